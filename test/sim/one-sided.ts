/**
 * The network breaks between the two nodes, all clients are on one side, and it heals: what they wrote meanwhile is nowhere
 * else, and everybody writes the same few keys. On the files of `config`, which have a claim (core/watch/claim.ts).
 */
import { seededRandom } from './engine.ts';
import type { Blow, Index, Story } from './story.ts';
import { storyOf } from './story.ts';

const FROM_MS = 20_000;
const APART_MS = 40_000;

export const oneSided = (seed: number): Story => {
  const story = storyOf(seed);
  const random = seededRandom(seed * 32_452_843 + 5);
  const clientsAt: Index = random() < 0.5 ? 0 : 1;
  const cuts = random() < 0.5 ? 1 : 2;
  const blows = Array.from({ length: cuts }, (_, nth): Blow => {
    const atMs = FROM_MS + nth * APART_MS + Math.floor(random() * 5000);
    return { atMs, kind: 'cut', what: 'all', from: 'both', forMs: 4000 + Math.floor(random() * 9000) };
  });
  // A role that was moved before, so that either of the two leads when the network breaks.
  const moved: readonly Blow[] = random() < 0.5 ? [{ atMs: 14_000, kind: 'promote', node: 1 }] : [];
  const { deletions: _, ...config } = story.config;
  return {
    ...story,
    name: `one-sided seed ${String(seed)}`,
    activeMs: FROM_MS + cuts * APART_MS,
    config: {
      ...config,
      start: 'peer',
      keys: 'meet',
      directClients: 0,
      clientsAt,
      resident: true,
      preempt: false,
      priorities: [150, 100],
      faultActs: true,
    },
    blows: [...moved, ...blows],
  };
};
