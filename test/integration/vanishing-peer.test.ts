/** The peer is gone in the middle of a command: it ends in time, and when the peer is back the next commands converge. */
import { describe, expect, test } from 'vitest';
import { CHANGES, isImpossible, WHY_IMPOSSIBLE } from './lib/changes.ts';
import { cutEverywhere, EVERY_STEP, type Treatment } from './lib/cuts.ts';

/** The end within the budget is what `cutEverywhere` waits for; which of the documented codes of a failure it is, hangs on the step. */
const afterwards: Treatment['afterwards'] = (_bench, { code, signal }) => {
  expect(signal).toBe(null);
  expect([0, 3, 4, 5, 6]).toContain(code);
  return Promise.resolve();
};

const WAYS: Readonly<Record<string, Treatment>> = {
  'goes silent': { act: (_actor, { redis }) => ({ freezes: redis.pid }), atFiles: false, afterwards },
  'resets its connections': { act: (_actor, { address }) => ({ resets: address }), atFiles: false, afterwards },
};

const SAMPLE = ['a hand-over by pause', 'a hand-over by FAILOVER'];
const changes = CHANGES.filter(({ name, needsPeer = true }) => needsPeer && (EVERY_STEP || SAMPLE.includes(name)));

describe.each(Object.entries(WAYS))('the peer %s', (way, treatment) => {
  const seen = new Set<string>();

  test.for(changes)('$name', { timeout: EVERY_STEP ? 600_000 : 180_000 }, async (change, { skip }) => {
    skip(isImpossible(change), WHY_IMPOSSIBLE);
    const { points, failures } = await cutEverywhere(change, treatment, seen);
    if (EVERY_STEP) console.log(`${change.name}: the peer ${way} at ${points} points`);
    expect(failures.join('\n\n')).toBe('');
  });
});
