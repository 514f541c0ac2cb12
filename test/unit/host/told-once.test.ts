/** Checks that end with the same mistake every two seconds fill no log. */
import { expect, test } from 'vitest';
import { isToldBefore } from '../../../src/host/told-once.ts';
import { temporaryDirectory } from '../temporary.ts';

test('each text is told once, whatever was told between', () => {
  const directory = temporaryDirectory();
  const tell = (text: string): boolean => isToldBefore(directory, text);
  expect(['7 check: a\nhint: b\n', '7 master: c', '7 check: a\nhint: b\n', '8 check: a\nhint: b\n'].map(tell)).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

test('what cannot be written down is told again', () => {
  expect([1, 2].map(() => isToldBefore('/proc/none', 'x'))).toEqual([false, false]);
});
