/** redisha is killed at every step of every plan: the next commands find the pair, and mend it. */
import { expect, test } from 'vitest';
import { CHANGES, isImpossible, WHY_IMPOSSIBLE } from './lib/changes.ts';
import { cutEverywhere, EVERY_STEP, type Treatment } from './lib/cuts.ts';

const KILLED: Treatment = {
  act: () => ({ signal: 'SIGKILL' }),
  atFiles: true,
  afterwards: (_bench, { signal }) => {
    expect(signal).toBe('SIGKILL');
    return Promise.resolve();
  },
};

const seen = new Set<string>();

test.for(CHANGES)('$name', { timeout: EVERY_STEP ? 600_000 : 180_000 }, async (change, { skip }) => {
  skip(isImpossible(change), WHY_IMPOSSIBLE);
  const { points, failures } = await cutEverywhere(change, KILLED, seen);
  if (EVERY_STEP) console.log(`${change.name}: killed at ${points} points`);
  expect(failures.join('\n\n')).toBe('');
});
