/** Which rescues go for a new one, and which only by the word of a person. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { beyondLimits, goByThemselves, isFull } from '../../../src/core/rescue-limits.ts';

const stored = fc
  .array(fc.record({ bytes: fc.nat(100), isSeen: fc.boolean() }), { maxLength: 20 })
  .map((all) => all.map((rescue, at) => ({ ...rescue, file: String(at) })));
const limits = fc.record({ keep: fc.nat(20), bytesMax: fc.nat(1000) });

test('no later rescue pushes out one that nobody has looked at, nor itself', () => {
  fc.assert(
    fc.property(stored, limits, fc.nat(20), (all, some, at) => {
      const newest = all[at]?.file;
      const going = goByThemselves(all, some, newest);
      expect(going.every(({ isSeen, file }) => isSeen && file !== newest)).toBe(true);
      expect(beyondLimits(all, some, newest)).toEqual(expect.arrayContaining([...going]));
    }),
  );
});

test('what is left is within the limits, but for the newest and for what nobody has looked at', () => {
  fc.assert(
    fc.property(stored, limits, (all, some) => {
      const going = new Set(goByThemselves(all, some, all.at(-1)?.file));
      const left = all.filter((rescue) => !going.has(rescue) && rescue !== all.at(-1));
      const seen = left.filter(({ isSeen }) => isSeen);
      expect(seen.length).toBeLessThanOrEqual(some.keep);
      expect(seen.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(some.bytesMax);
    }),
  );
});

const A = { file: 'a', bytes: 60, isSeen: false };
const B = { file: 'b', bytes: 60, isSeen: true };
test.each([
  ['nothing there', [], 0, false],
  ['room left', [A], 100, false],
  ['what was seen may go', [A, B, B], 100, false],
  ['filled by what may not go', [A, A], 100, true],
  ['nothing granted, and something there', [A], 0, true],
])('no room for another one: %s', (_name, all, bytesMax, full) => {
  expect(isFull(all, { keep: 1, bytesMax })).toBe(full);
});
