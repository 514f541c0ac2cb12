/** What /proc says of the process of a Redis server. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openServerState } from '../../../src/host/process-table.ts';
import { Running } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory } from '../temporary.ts';

const LIMIT = { deadlineMs: 20_000, everyMs: 10 };

const start = (name: string): Running => {
  const program = join(temporaryDirectory(), name);
  copyFileSync('/bin/sleep', program);
  const running = new Running([program, '60']);
  onTestFinished(() => running.stop('SIGKILL', 5_000).then(() => undefined));
  return running;
};

test('asleep, stopped, asleep again, and unknown once it has ended', async () => {
  const server = start('redis-server');
  const state = openServerState();
  const now = (): string => state(server.pid);
  await waitFor('asleep', LIMIT, now, (found) => found === 'asleep');
  server.signal('SIGSTOP');
  await waitFor('stopped', LIMIT, now, (found) => found === 'stopped');
  server.signal('SIGCONT');
  await waitFor('asleep', LIMIT, now, (found) => found === 'asleep');
  await server.stop('SIGKILL', 5_000);
  expect(now()).toBe('unknown');
});

test('the next server is found by its own pid', async () => {
  const [first, second] = [start('valkey-server'), start('redis-server')];
  const state = openServerState();
  await waitFor(
    'the first',
    LIMIT,
    () => state(first.pid),
    (found) => found === 'asleep',
  );
  second.signal('SIGSTOP');
  await waitFor(
    'the second',
    LIMIT,
    () => state(second.pid),
    (found) => found === 'stopped',
  );
  expect(state(first.pid)).toBe('asleep');
});

test('a program that is no Redis is unknown, whatever it does', async () => {
  const other = start('something');
  other.signal('SIGSTOP');
  const state = openServerState();
  expect(state(other.pid)).toBe('unknown');
  expect(state(2 ** 22)).toBe('unknown');
});
