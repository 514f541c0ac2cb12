/** How a person reads it: no line is longer than the terminal. */
import { expect, test } from 'vitest';
import { hanging, pairs } from '../../../src/cli/text.ts';

test.each([
  ['short', 'short', 8, 'short'],
  ['one two three', 'at the blanks', 8, 'one two\n  three'],
  ['aaaaaaaaaaaa b', 'a word is never cut', 8, 'aaaaaaaaaaaa\n  b'],
  ['one two three', 'without a limit', Number.POSITIVE_INFINITY, 'one two three'],
])('%j: %s', (text, _name, width, expected) => {
  expect(hanging(text, 2, width)).toBe(expected);
});

test('a column of names stays one where a value takes several lines', () => {
  expect(
    pairs(
      [
        ['name', 'one two three'],
        ['x', 'y'],
      ],
      14,
    ),
  ).toBe('name  one two\n      three\nx     y');
});
