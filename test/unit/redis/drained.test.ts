/** What a server says of its node by its replica-priority, and what that was before. */
import { expect, test } from 'vitest';
import { priorityFor, saysDrained } from '../../../src/redis/drained.ts';

test.each([0, 1, 100, 999_999])('a priority of %d is put back as it was, however often it is said', (before) => {
  const drained = priorityFor(priorityFor(before, true), true);
  expect([saysDrained(before), saysDrained(drained)]).toEqual([false, true]);
  expect(priorityFor(drained, false)).toBe(before);
  expect(priorityFor(before, false)).toBe(before);
});
