/** Which keys keepalived takes. */
import { expect, test } from 'vitest';
import { isSigningKey, KEY_FILE_MAX_BYTES } from '../../../src/keepalived/signing-key.ts';

const LONGEST = `hex:${'Ab'.repeat(64)}\r\n`;

test.each([
  ['31 characters', 'k'.repeat(31), false],
  ['32 characters', 'k'.repeat(32), true],
  ['64 characters, and the end of the line', `${'k'.repeat(64)}\n`, true],
  ['65 characters', 'k'.repeat(65), false],
  ['digits of 31 bytes', `hex:${'ab'.repeat(31)}`, false],
  ['digits of 32 bytes', `hex:${'ab'.repeat(32)}`, true],
  ['digits of 64 bytes', LONGEST, true],
  ['digits of 65 bytes', `hex:${'ab'.repeat(65)}`, false],
  ['digits of 32 bytes and a half', `hex:${'ab'.repeat(32)}a`, false],
  ['no digits', `hex:${'xy'.repeat(32)}`, false],
  ['nothing', '', false],
])('%s', (_name, content, isTaken) => {
  expect(isSigningKey(content)).toBe(isTaken);
});

test('a longer file holds no key', () => {
  expect(LONGEST).toHaveLength(KEY_FILE_MAX_BYTES);
});
