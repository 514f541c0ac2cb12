/** The private server is nobody else's, and gone however the command ends. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startRedisha } from '../lib/program.ts';
import { isSince, serverOf } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import { type Rescued, rescuedDataset } from './rescuing.ts';

const privateDirectory = (dir: string): string | undefined =>
  readdirSync(dir).find((found) => found.startsWith('redisha-rescue-'));

/** The processes whose command line or environment names the directory. */
const processesOf = (dir: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(join(dir, 'redisha-rescue-'));
      } catch {
        return false;
      }
    });

/** A restore that cannot go on: writes are held back on the master, and everything else is answered. */
const startRestore = async ({ a, b, dir, name }: Rescued) => {
  await b.ask('CLIENT', 'PAUSE', 60_000, 'WRITE');
  const running = startRedisha(['rescue', 'restore', name, '--only-missing'], b.envFor(a, { TMPDIR: dir }));
  const look = async (): Promise<string> => String(await b.ask('CLIENT', 'LIST'));
  await waitFor('the restore to hang', { deadlineMs: 20_000, everyMs: 10 }, look, (list) =>
    list.includes('cmd=restore'),
  );
  return running;
};

const gone = async (dir: string): Promise<void> => {
  const look = () => ({ directory: privateDirectory(dir), processes: processesOf(dir) });
  await waitFor(
    'the private server to be gone',
    { deadlineMs: 10_000, everyMs: 10 },
    look,
    ({ directory, processes }) => directory === undefined && processes.length === 0,
  );
};

// Before Redis 6.2 nothing makes a write wait without making everything wait.
test.skipIf(!isSince(serverOf('b'), [6, 2])).each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGKILL', null],
] as const)('%s in the middle of a restore leaves no server and no file', async (signal, code) => {
  const rescued = await rescuedDataset([['SET', 'mine', 1]], [['SET', 'live', 1]]);
  const { dir, file, b } = rescued;
  const content = readFileSync(file);
  const running = await startRestore(rescued);
  const directory = join(dir, privateDirectory(dir) ?? '');
  expect(statSync(directory).mode & 0o777, 'the directory is ours alone').toBe(0o700);
  expect(statSync(join(directory, 'socket')).mode & 0o077, 'and so is the socket').toBe(0);
  expect(processesOf(dir).length).toBeGreaterThan(0);
  running.signal(signal);
  expect((await running.ended).code).toBe(code);
  await gone(dir);
  expect(readFileSync(file).equals(content), 'the rescue is as it was').toBe(true);
  await b.ask('CLIENT', 'UNPAUSE');
  expect((await rescued.rescue(['restore', rescued.name, '--only-missing'])).code).toBe(0);
  expect(await b.ask('GET', 'mine')).toBe('1');
});
