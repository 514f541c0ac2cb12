/** Moments as people say them. */
import { expect, test } from 'vitest';
import { beginOfChange, readMoment, readSince } from '../../../src/cli/moments.ts';

const NOW = Date.parse('2026-11-30T09:00:00.000Z');

test.each<[word: string, from: string | undefined, lengthMs?: number]>([
  ['03:12', '2026-11-30T03:12:00.000Z', 60_000],
  ['03:12:04', '2026-11-30T03:12:04.000Z', 1000],
  ['03:12:04.118', '2026-11-30T03:12:04.118Z', 0],
  ['23:59', '2026-11-29T23:59:00.000Z', 60_000],
  ['2026-11-28T03:12', '2026-11-28T03:12:00.000Z', 60_000],
  ['2026-11-28 03:12:04Z', '2026-11-28T03:12:04.000Z', 1000],
  ['2026-11-28', '2026-11-28T00:00:00.000Z', 86_400_000],
  ['20261128T031204118Z', '2026-11-28T03:12:04.118Z', 0],
  ['25:00', undefined],
  ['2026-13-01', undefined],
  ['yesterday', undefined],
  ['', undefined],
])('the moment "%s"', (word, from, lengthMs = 0) => {
  const moment = readMoment(word, NOW);
  expect(moment).toEqual(
    from === undefined ? undefined : { fromMs: Date.parse(from), toMs: Date.parse(from) + lengthMs },
  );
});

test.each([
  ['2h', '2026-11-30T07:00:00.000Z'],
  ['90m', '2026-11-30T07:30:00.000Z'],
  ['1d', '2026-11-29T09:00:00.000Z'],
  ['30s', '2026-11-30T08:59:30.000Z'],
  ['03:00', '2026-11-30T03:00:00.000Z'],
])('since %s', (word, from) => {
  expect(readSince(word, NOW)).toBe(Date.parse(from));
});

test('what is neither is refused, with an example', () => {
  expect(() => readSince('2 hours', NOW)).toThrow('--since takes a length of time or a moment (UTC), not "2 hours"');
  expect(beginOfChange('20261328T031204118Z')).toBeUndefined();
  expect(beginOfChange('1')).toBeUndefined();
});
