/** Files that have their name only when they are complete. */
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UnnamedFile } from '../../../src/host/durable.ts';
import { temporaryDirectory } from '../temporary.ts';

test('a file has its name when it is complete, and is not there before', async () => {
  const directory = temporaryDirectory();
  const file = await UnnamedFile.create(join(directory, 'a.part'), 0o640);
  await file.write('one ');
  await file.flush();
  await file.write(Buffer.from('two'));
  expect(readdirSync(directory)).toEqual(['a.part']);
  await file.commit(join(directory, 'a'));
  expect(readdirSync(directory)).toEqual(['a']);
  expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('one two');
  expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o640);
});

test('one that cannot have its name is gone, and what was opened since stays open', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'taken', 'full'), { recursive: true });
  const file = await UnnamedFile.create(join(directory, 'a.part'), 0o640);
  await expect(file.commit(join(directory, 'taken'))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  // The kernel gives the lowest number that is free: the one that the file had.
  const other = openSync('/dev/null', 'r');
  await file.discard();
  expect(fstatSync(other).isCharacterDevice()).toBe(true);
  closeSync(other);
  expect(readdirSync(directory)).toEqual(['taken']);
  await expect(file.write('more')).rejects.toThrow('is closed');
});
