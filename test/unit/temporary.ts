/** Directories and lock names that no other test has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty directory, gone after the test. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-unit-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
};

/** `content` in a file of a directory of its own. */
export const temporaryFile = (name: string, content: string): string => {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, content);
  return file;
};

let taken = 0;

/** A lock is only a name, so that numbers beyond the ports are as good, and nobody else's. */
export const unusedPort = (): number => {
  taken += 1;
  return 100_000 + process.pid * 100 + taken;
};
