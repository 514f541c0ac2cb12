/** Where a user may write, judged by somebody else. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { User } from '../../../src/host/users.ts';
import { whyNotWritable } from '../../../src/host/writable.ts';
import { temporaryDirectory } from '../temporary.ts';

const NOBODY: User = { name: 'nobody', uid: 65_534, gids: [65_534] };
const SELF: User = { name: 'self', uid: process.geteuid?.() ?? 0, gids: [process.getegid?.() ?? 0] };

const openTo = (mode: number): string => {
  const directory = join(temporaryDirectory(), 'open');
  mkdirSync(directory);
  chmodSync(directory, mode);
  chmodSync(join(directory, '..'), 0o755);
  return directory;
};

test.each([
  [0o777, NOBODY, undefined],
  [0o755, NOBODY, 'EACCES'],
  [0o772, NOBODY, 'EACCES'],
  [0o755, SELF, undefined],
])('a directory of mode %o', (mode, user, code) => {
  expect(whyNotWritable(openTo(mode), user)?.code).toBe(code);
  expect(whyNotWritable(join(openTo(mode), 'not', 'there'), user)?.code).toBe(code);
});

test('a directory that one may write to is of no use below one that one may not enter', () => {
  const directory = openTo(0o777);
  chmodSync(join(directory, '..'), 0o700);
  expect(whyNotWritable(directory, NOBODY)?.code).toBe('EACCES');
});

test('what should be below a file', () => {
  const file = join(openTo(0o777), 'file');
  writeFileSync(file, '');
  expect(whyNotWritable(join(file, 'state'), SELF)).toMatchObject({ path: file, code: 'ENOTDIR' });
});
