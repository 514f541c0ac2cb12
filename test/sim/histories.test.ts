/** Histories of a pair under faults by the thousand, on all of the processors. */
import { describe, expect, test } from 'vitest';
import { tellMany } from './many.ts';

/** The same histories on every machine: some minutes where it counts, a moment where somebody waits. */
const SEEDS = process.env['CI'] === undefined ? 1_000 : 100_000;
/**
 * What redisha gets wrong and is known for.
 * - 25136, 45071: role and address follow each other from node to node, every step as late as the one before, and never meet.
 */
const KNOWN: readonly number[] = [25136, 45071];
const TIMEOUT_MS = 2_400_000;

test('a pair under faults loses no acknowledged write without a trace, and comes to rest with one master', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { sums, failed } = await tellMany({ first: 1, count: SEEDS });
  const others = failed.filter(({ seed }) => !KNOWN.includes(seed));
  expect(others, `of ${String(SEEDS)} histories; npm run sim -- --seed N tells one`).toEqual([]);
  expect(sums.histories).toBe(SEEDS);
});

describe('a pair with a witness', () => {
  test('never acknowledges writes on both nodes at once', { timeout: TIMEOUT_MS }, async () => {
    const count = Math.max(200, SEEDS / 40);
    const { sums, failed } = await tellMany({ family: 'witnessed', first: 1, count });
    expect(failed, `of ${String(count)} histories; npm run sim -- --witness --seed N tells one`).toEqual([]);
    expect(sums.histories).toBe(count);
  });
});

describe('a storm of notifies, after which nobody looks', () => {
  test('ends in what keepalived said last', { timeout: TIMEOUT_MS }, async () => {
    const count = Math.max(300, SEEDS / 100);
    const { sums, failed } = await tellMany({ family: 'stormy', first: 1, count });
    expect(failed, `of ${String(count)} histories; npm run sim -- --storms --seed N tells one`).toEqual([]);
    expect(sums.histories).toBe(count);
  });
});

describe('a network that breaks while all clients are on one side', () => {
  test('puts nothing of theirs aside when it is whole again', { timeout: TIMEOUT_MS }, async () => {
    const count = Math.max(300, SEEDS / 100);
    const { sums, failed } = await tellMany({ family: 'one-sided', first: 1, count });
    expect(failed, `of ${String(count)} histories; npm run sim -- --one-sided --seed N tells one`).toEqual([]);
    expect(sums.histories).toBe(count);
  });
});
