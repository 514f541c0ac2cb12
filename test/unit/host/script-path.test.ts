/** Which paths keepalived refuses. install.sh says the same of them, see test/install. */
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unsafeParts } from '../../../src/host/script-path.ts';
import { temporaryDirectory } from '../temporary.ts';

const STAFF = 50;

/** root:GROUP, with a program in it. */
const directoryOf = (mode: number, group: number): string => {
  const directory = join(temporaryDirectory(), 'bin');
  mkdirSync(directory);
  writeFileSync(join(directory, 'redisha'), '', { mode: 0o755 });
  chownSync(directory, 0, group);
  chmodSync(directory, mode);
  return directory;
};

test.skipIf(process.getuid?.() !== 0).each([
  ['for root alone', 0o755, 0, false],
  ["for root's group", 0o775, 0, false],
  ['for another group', 0o775, STAFF, true],
  ['for the world', 0o757, 0, true],
  ['for the world, and sticky', 0o1777, STAFF, false],
])('a directory that is writable %s', (_name, mode, group, isRefused) => {
  const directory = directoryOf(mode, group);
  const complaints = isRefused ? [`${directory} can be written by others than root (chmod go-w ${directory})`] : [];
  expect(unsafeParts(join(directory, 'redisha'))).toEqual(complaints);
  expect(unsafeParts(join(directory, 'not-yet/redisha'))).toEqual(complaints);
});

test.skipIf(process.getuid?.() !== 0)('another owner, also behind a link', () => {
  const directory = directoryOf(0o755, 0);
  const link = join(temporaryDirectory(), 'redisha');
  symlinkSync(join(directory, 'redisha'), link);
  expect(unsafeParts(link)).toEqual([]);
  chownSync(directory, 4711, 0);
  expect(unsafeParts(link)).toEqual([`${directory} does not belong to root (chown root ${directory})`]);
});
