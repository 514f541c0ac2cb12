/** Many stories on several threads. What comes of them does not depend on how many threads there are. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Violation } from './judge.ts';

export interface Failed {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

export interface Sums {
  readonly histories: number;
  readonly acknowledged: number;
  readonly rescued: number;
  readonly lostWithDisk: number;
  readonly lostByRedis: number;
  readonly lostBySafeStart: number;
  readonly onWaking: number;
}

export interface Tally {
  readonly sums: Sums;
  readonly failed: readonly Failed[];
}

/**
 * What stories a seed stands for: anything may befall the pair; the network breaks and all clients are on one side;
 * notifies rain and nobody looks afterwards; or the pair has a witness.
 */
export type Family = 'any' | 'one-sided' | 'stormy' | 'witnessed';

/** Consecutive seeds, the last one not among them. */
export interface Stretch {
  readonly family: Family;
  readonly from: number;
  readonly to: number;
}

export interface Many {
  readonly family?: Family;
  readonly first: number;
  readonly count: number;
  readonly workers?: number | undefined;
  /** After so many stories that end badly, no more are begun. */
  readonly failuresMax?: number;
}

/** A hundred milliseconds of work, so that the last thread at work keeps nobody waiting. */
const AT_ONCE = 50;
/** Nearly everything dies young: with more room for the young, the collector has hardly anything to copy. */
const YOUNG_MB = 48;

export const addUp = (tallies: readonly Tally[]): Tally => {
  const lost = { lostWithDisk: 0, lostByRedis: 0, lostBySafeStart: 0 };
  const sums = { histories: 0, acknowledged: 0, rescued: 0, ...lost, onWaking: 0 };
  for (const tally of tallies) for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += tally.sums[name];
  return { sums, failed: tallies.flatMap(({ failed }) => failed) };
};

/** The stretches in their order, up to the one that fills the measure. */
const upTo = (failuresMax: number, tallies: readonly (Tally | undefined)[]): readonly Tally[] => {
  const counted: Tally[] = [];
  let failures = 0;
  for (const tally of tallies) {
    if (tally === undefined || failures >= failuresMax) break;
    counted.push(tally);
    failures += tally.failed.length;
  }
  return counted;
};

const stretchesOf = ({ family = 'any', first, count }: Many): readonly Stretch[] =>
  Array.from({ length: Math.ceil(count / AT_ONCE) }, (_, nth) => ({
    family,
    from: first + nth * AT_ONCE,
    to: first + Math.min(count, (nth + 1) * AT_ONCE),
  }));

const openWorker = (): Worker =>
  new Worker(new URL('worker.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });

const answerOf = async (worker: Worker, stretch: Stretch): Promise<Tally> => {
  worker.postMessage(stretch);
  // An error of the thread is an error of this promise.
  const [tally] = (await once(worker, 'message')) as [Tally];
  return tally;
};

export const tellMany = async (many: Many): Promise<Tally> => {
  const { workers = availableParallelism(), failuresMax = Number.POSITIVE_INFINITY } = many;
  const stretches = stretchesOf(many);
  const tallies: (Tally | undefined)[] = stretches.map(() => undefined);
  let next = 0;
  let found = 0;
  const work = async (): Promise<void> => {
    const worker = openWorker();
    try {
      while (next < stretches.length && found < failuresMax) {
        const nth = next++;
        const tally = await answerOf(worker, stretches[nth] as Stretch);
        tallies[nth] = tally;
        found += tally.failed.length;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, stretches.length) }, work));
  return addUp(upTo(failuresMax, tallies));
};
