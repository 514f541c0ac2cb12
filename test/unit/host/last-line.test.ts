/** What keepalived has carried out where nobody may be left: by a real shell, with a file that stands for the next resident. */
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noteLooks } from '../../../src/host/guard.ts';
import { writeLastLine } from '../../../src/host/last-line.ts';
import { run } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory } from '../temporary.ts';

/** The next resident leaves its words in a file, and how it was found. */
const asked = async (looks: (path: string) => void, directory = temporaryDirectory()) => {
  const [looksFile, started] = [join(directory, 'looks'), join(directory, 'started')];
  looks(looksFile);
  const script = join(directory, 'next.cjs');
  writeFileSync(
    script,
    `const [, , file, ...words] = process.argv;
    require('fs').writeFileSync(file, [process.env.GUARD_FOUND, ...words].join('|'));`,
  );
  writeLastLine(directory, looksFile, { script, args: [started, "it's", '$HOME'], env: process.env });
  const file = join(directory, 'last-line');
  const { code: exitCode } = await run([
    'env',
    'sh',
    '-c',
    `if [ -O ${directory} ] && [ -e ${file} ]; then . ${file}; fi`,
  ]);
  return { exitCode, started };
};

test.each<[string, (path: string) => void]>([
  ['somebody has looked just now', noteLooks],
  ['nobody has looked yet', () => undefined],
  ['a look could not be written', (path) => writeFileSync(path, '')],
])('fit, and nobody is started: %s', async (_name, looks) => {
  const { exitCode, started } = await asked(looks);
  expect([exitCode, existsSync(started)]).toEqual([0, false]);
});

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)(
  'what another user may write is not carried out by root (skipped for any other user)',
  async () => {
    const directory = temporaryDirectory();
    chownSync(directory, 65_534, 65_534);
    const { exitCode, started } = await asked((path) => writeFileSync(path, `${String(uptime() - 12)}\n`), directory);
    expect([exitCode, existsSync(started)]).toEqual([0, false]);
  },
);

test('nobody has looked for long: unfit, and the next resident is started with all of its words', async () => {
  const { exitCode, started } = await asked((path) => writeFileSync(path, `${String(uptime() - 12)}\n`));
  expect(exitCode).toBe(1);
  const look = () => readFileSync(started, 'utf8');
  expect(await waitFor('the next resident', { deadlineMs: 20_000 }, look, Boolean)).toBe("gone|it's|$HOME");
});
