/** The server that is installed here does what the recording says that servers do. */
import { describe, expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import { RealPair } from './real-pair.ts';
import { type Recording, recordings, type Step } from './recorded.ts';
import { inWords, Naming } from './seen.ts';

const COUNT = 8;
/** Those go by the clock: six seconds each. */
const isSlow = ({ steps }: Recording): boolean => steps.some(({ operation }) => operation.do === 'give up');

/** The pair has come to look as it was recorded, and held writes are answered. */
const comesTo = async (pair: RealPair, naming: Naming, step: Step, late: string[]): Promise<Naming> => {
  const { operation, seen } = step;
  const wanted = JSON.stringify(inWords(seen), undefined, 1);
  const { trial } = await waitFor(
    `after ${JSON.stringify(operation)}: ${wanted}`,
    { deadlineMs: 15_000, everyMs: 25, holdMs: 100 },
    async () => {
      const copy = naming.copy();
      late.push(...pair.late());
      return { trial: copy, words: JSON.stringify(inWords(copy.pair(await pair.looks())), undefined, 1) };
    },
    ({ words }) => words === wanted && late.length >= step.late.length,
  );
  return trial;
};

const repeat = async (pair: RealPair, { steps }: Recording): Promise<readonly Pick<Step, 'said' | 'late'>[]> => {
  const told: Pick<Step, 'said' | 'late'>[] = [];
  let naming = new Naming(pair.indexOf);
  for (const [nth, step] of steps.entries()) {
    const said = await pair.do(step.operation, nth);
    const late: string[] = [];
    naming = await comesTo(pair, naming, step, late);
    told.push({ said, late });
  }
  return told;
};

describe.concurrent('a recorded history, repeated', () => {
  const chosen = recordings().filter((recording) => !isSlow(recording));
  const apart = Math.floor(chosen.length / COUNT);
  const some = Array.from({ length: COUNT }, (_, nth) => chosen[nth * apart] as Recording);
  test.each(some.map((recording) => [recording.seed, recording] as const))(
    'seed %i',
    { timeout: 150_000 },
    async (_, recording) => {
      const pair = await RealPair.open(recording);
      try {
        const told = await repeat(pair, recording);
        expect(told).toEqual(recording.steps.map(({ said, late }) => ({ said, late })));
      } finally {
        await pair.close();
      }
    },
  );
});
