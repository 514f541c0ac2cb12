/** Histories of two Redis servers: what is done to them, one thing after the other, invented from a seed. */
import { seededRandom } from '../sim/engine.ts';
import type { Disk, Index } from '../sim/story.ts';

export type Operation =
  | {
      readonly do:
        | 'write'
        /** A write that is longer than the backlog. */
        | 'flood'
        /** A key that expires at once: the stream grows, the dataset does not. */
        | 'expire'
        | 'lead'
        | 'pause'
        | 'unpause'
        | 'fence'
        | 'unfence'
        | 'abort'
        | 'save'
        | 'freeze'
        | 'thaw';
      readonly at: Index;
    }
  | { readonly do: 'follow'; readonly at: Index; readonly whom: Index }
  | { readonly do: 'failover'; readonly at: Index; readonly timeoutMs: number }
  /** `whole` is SHUTDOWN SAVE, or a kill that an append-only file outlives; anything else is a kill. */
  | { readonly do: 'stop'; readonly at: Index; readonly disk: Disk }
  /** `whom` is the master that redis.conf names. */
  | { readonly do: 'start'; readonly at: Index; readonly whom: Index | undefined }
  | { readonly do: 'cut'; readonly from: Index | 'both' }
  /** Everything is whole again; or each master PINGs its replicas; or those who hear nothing give the other up. */
  | { readonly do: 'mend' | 'ping' | 'give up' };

export interface History {
  readonly seed: number;
  /** Whether each server keeps an append-only file, which does not hold the place in the replication history. */
  readonly appendOnly: boolean;
  readonly operations: readonly Operation[];
}

/** What of the pair decides whether an operation means anything. */
interface Standing {
  readonly up: [boolean, boolean];
  readonly frozen: [boolean, boolean];
  readonly disk: [Disk, Disk];
  cut: Index | 'both' | undefined;
}

type Random = () => number;
type Candidate = readonly [weight: number, make: () => Operation];

const chosen = (random: Random, candidates: readonly Candidate[]): Operation | undefined => {
  let left = random() * candidates.reduce((sum, [weight]) => sum + weight, 0);
  return candidates.find(([weight]) => (left -= weight) < 0)?.[1]();
};

const disks: readonly Disk[] = ['empty', 'stale', 'stale', 'whole', 'whole', 'whole'];
const pick = <T>(random: Random, choices: readonly [T, ...T[]] | readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T;

const whileUp = (random: Random, at: Index, appendOnly: boolean): readonly Candidate[] => {
  const other: Index = at === 0 ? 1 : 0;
  return [
    [16, () => ({ do: 'write', at })],
    [1, () => ({ do: 'flood', at })],
    [2, () => ({ do: 'expire', at })],
    [4, () => ({ do: 'follow', at, whom: other })],
    [0.3, () => ({ do: 'follow', at, whom: at })],
    [5, () => ({ do: 'lead', at })],
    [1.5, () => ({ do: 'pause', at })],
    [1.5, () => ({ do: 'unpause', at })],
    [1, () => ({ do: 'fence', at })],
    [1, () => ({ do: 'unfence', at })],
    [4, () => ({ do: 'failover', at, timeoutMs: pick(random, [600, 600_000]) })],
    [1, () => ({ do: 'abort', at })],
    [1.5, () => ({ do: 'save', at })],
    [1.5, () => ({ do: 'freeze', at })],
    [4, () => ({ do: 'stop', at, disk: appendOnly ? pick(random, ['empty', 'whole', 'whole']) : pick(random, disks) })],
  ];
};

const candidates = (random: Random, standing: Standing, appendOnly: boolean): readonly Candidate[] => {
  const found: Candidate[] = [];
  for (const at of [0, 1] as const) {
    const whom: Index = at === 0 ? 1 : 0;
    if (!standing.up[at]) found.push([12, () => ({ do: 'start', at, whom: pick(random, [undefined, whom]) })]);
    else if (standing.frozen[at])
      found.push([12, () => ({ do: 'thaw', at })], [2, () => ({ do: 'stop', at, disk: 'stale' })]);
    else found.push(...whileUp(random, at, appendOnly));
  }
  const awake = !standing.frozen[0] && !standing.frozen[1];
  if (awake) found.push([1, () => ({ do: 'ping' })]);
  if (standing.cut === undefined) found.push([5, () => ({ do: 'cut', from: pick(random, ['both', 'both', 0, 1]) })]);
  else found.push([8, () => ({ do: 'mend' })]);
  // A replica that hears nothing gives up where nothing is to be heard: only with both ways cut is that everybody.
  if (awake && standing.cut === 'both') found.push([6, () => ({ do: 'give up' })]);
  return found;
};

const stand = (standing: Standing, operation: Operation): void => {
  if (operation.do === 'start') standing.up[operation.at] = true;
  if (operation.do === 'stop') [standing.up[operation.at], standing.frozen[operation.at]] = [false, false];
  if (operation.do === 'freeze') standing.frozen[operation.at] = true;
  if (operation.do === 'thaw') standing.frozen[operation.at] = false;
  if (operation.do === 'cut') standing.cut = operation.from;
  if (operation.do === 'mend') standing.cut = undefined;
};

const LENGTH = [12, 26] as const;

export const historyOf = (seed: number): History => {
  const random = seededRandom(seed * 104_729 + 7);
  const appendOnly = random() < 0.15;
  const standing: Standing = { up: [false, false], frozen: [false, false], disk: ['empty', 'empty'], cut: undefined };
  const operations: Operation[] = [
    { do: 'start', at: 0, whom: pick(random, [undefined, undefined, 1] as const) },
    { do: 'start', at: 1, whom: pick(random, [undefined, 0, 0] as const) },
    { do: 'lead', at: 0 },
    { do: 'write', at: 0 },
  ];
  for (const operation of operations) stand(standing, operation);
  const length = LENGTH[0] + Math.floor(random() * (LENGTH[1] - LENGTH[0]));
  while (operations.length < length) {
    const operation = chosen(random, candidates(random, standing, appendOnly));
    if (operation === undefined) break;
    stand(standing, operation);
    operations.push(operation);
  }
  return { seed, appendOnly, operations };
};
