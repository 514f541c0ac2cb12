/** How long a pause may be said to be. */
import { expect, test } from 'vitest';
import { pauseMsOf } from '../../../src/cli/commands/pause.ts';

test.each([
  ['1s', 1_000],
  ['90m', 5_400_000],
  ['24h', 86_400_000],
])('%s', (text, ms) => {
  expect(pauseMsOf(text)).toBe(ms);
});

test.each([undefined, '', '2', '0s', '25h', '2 h', '-1h', '1d', '1.5h', '99999h'])('%s is refused', (text) => {
  expect(() => pauseMsOf(text)).toThrow(/--for TIME, from 1s to 24h/);
});
