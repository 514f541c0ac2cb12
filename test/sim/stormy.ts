/**
 * Notifies of any kind rain on both nodes at once, and then nobody calls any more: no check, no resident. Whatever overlapped
 * with what, the last word of keepalived has to hold.
 */
import { seededRandom } from './engine.ts';
import type { Blow, Story } from './story.ts';
import { storyOf } from './story.ts';

const FROM_MS = 20_000;
const UNTIL_MS = 30_000;
const NEVER_MS = 3_600_000;

export const stormy = (seed: number): Story => {
  const story = storyOf(seed);
  const random = seededRandom(seed * 49_979_687 + 11);
  const rains = 1 + Math.floor(random() * 3);
  const blows = Array.from({ length: rains }, (_, nth): readonly Blow[] => {
    const atMs = FROM_MS + nth * 3000 + Math.floor(random() * 500);
    return ([0, 1] as const).map((node) => ({
      atMs: atMs + Math.floor(random() * 100),
      kind: 'storm',
      node,
      count: 2 + Math.floor(random() * 8),
      everyMs: 1 + Math.floor(random() * 80),
    }));
  });
  return {
    ...story,
    name: `stormy seed ${String(seed)}`,
    activeMs: UNTIL_MS,
    config: { ...story.config, start: 'peer', resident: false, checkEveryMs: NEVER_MS, priorities: [150, 100] },
    blows: blows.flat(),
  };
};
