/** redisha is told to end at every step, as keepalived does when it ends: it lets go by itself of whatever it holds. */
import { expect, test } from 'vitest';
import { CHANGES, isImpossible, WHY_IMPOSSIBLE } from './lib/changes.ts';
import { cutEverywhere, EVERY_STEP, type Treatment } from './lib/cuts.ts';

const TERMINATED: Treatment = {
  act: () => ({ signal: 'SIGTERM' }),
  atFiles: EVERY_STEP,
  async afterwards(bench, { code, signal }, { leftBefore = false }) {
    expect(signal).toBe(null);
    // 0 where it was done already.
    expect([143, 0]).toContain(code);
    if (!leftBefore) expect(await bench.held()).toEqual([]);
  },
};

const SAMPLE = [
  'a hand-over by pause',
  'a hand-over by FAILOVER',
  'a hand-over by fence',
  'a rescue of a whole dataset',
];
const changes = CHANGES.filter(({ name }) => EVERY_STEP || SAMPLE.includes(name));
const seen = new Set<string>();

test.for(changes)('$name', { timeout: EVERY_STEP ? 600_000 : 180_000 }, async (change, { skip }) => {
  skip(isImpossible(change), WHY_IMPOSSIBLE);
  const { points, failures } = await cutEverywhere(change, TERMINATED, seen);
  if (EVERY_STEP) console.log(`${change.name}: ended at ${points} points`);
  expect(failures.join('\n\n')).toBe('');
});
