/** Processes that want one post: real ones, over a real socket. */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { askAtWork } from '../../../src/host/partner.ts';
import { Running } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory } from '../temporary.ts';

const PROCESS = fileURLToPath(new URL('partner-process.ts', import.meta.url));
const DEADLINE = { deadlineMs: 15_000, everyMs: 10 };

const started = (path: string, fifo = 'one'): Running => {
  const running = new Running([process.execPath, PROCESS, path, fifo]);
  onTestFinished(() => {
    running.signal('SIGKILL');
  });
  return running;
};

const says = (running: Running, what: string | RegExp, times = 1) =>
  waitFor(
    `${String(what)} from ${String(running.pid)}`,
    DEADLINE,
    () => running.lines.map(({ text }) => text),
    (lines) => lines.filter((line) => (typeof what === 'string' ? line === what : what.test(line))).length >= times,
  );

const newPath = (): string => join(temporaryDirectory(), 'socket');

const over = (running: Running) => waitFor('the end', DEADLINE, () => running.over, Boolean);

const atWork = async (path = newPath()) => {
  const worker = started(path);
  await says(worker, 'at work');
  return { path, worker };
};

test('who comes first is at work, and the socket is not for everybody', async () => {
  const { path, worker } = await atWork();
  expect((statSync(path).mode & 0o777).toString(8)).toBe('660');
  expect(worker.over).toBe(false);
});

test('one more of the same FIFO is not needed, and ends', async () => {
  const { path, worker } = await atWork();
  const other = started(path);
  await says(other, 'works');
  await over(other);
  expect(other.text).not.toContain('at work');
  expect(worker.over).toBe(false);
});

test('both at once: one is at work, the other ends', async () => {
  const path = newPath();
  const both = [started(path), started(path)];
  await waitFor(
    'one that has ended',
    DEADLINE,
    () => both.filter((one) => one.over).length,
    (count) => count === 1,
  );
  expect(both.filter(({ text }) => text.includes('at work'))).toHaveLength(1);
});

test('one of another FIFO takes over', async () => {
  const { path, worker } = await atWork();
  const newer = started(path, 'two');
  await says(newer, 'at work');
  expect(newer.text).toContain('gone');
  await over(worker);
  expect(worker.text).toContain('lost');
});

test('the one at work is stopped: one of another FIFO ends it and takes over', async () => {
  const { path, worker } = await atWork();
  worker.signal('SIGSTOP');
  const newer = started(path, 'two');
  await says(newer, 'at work');
  worker.signal('SIGCONT');
  await over(worker);
  expect(newer.text).toContain('silent');
});

test('the one at work is stopped before the other has come: it loses its place, and ends when it goes on', async () => {
  const path = newPath();
  const worker = started(path);
  await says(worker, 'at work');
  worker.signal('SIGSTOP');
  const standby = started(path);
  await says(standby, 'at work');
  worker.signal('SIGCONT');
  await over(worker);
  expect(worker.text).toContain('lost');
  expect(standby.over).toBe(false);
});

test('the one at work leaves: nothing is left of it', async () => {
  const { path, worker } = await atWork();
  worker.write('leave\n');
  await over(worker);
  expect(existsSync(path)).toBe(false);
});

test('whoever asks the one at work is answered, and is not taken for one that wants its place', async () => {
  const { path, worker } = await atWork();
  expect(await askAtWork(path, 5000)).toEqual({ from: worker.pid });
  expect(worker.text).not.toContain('lost');
  expect(await askAtWork(`${path}-nowhere`, 5000)).toBeUndefined();
});

test('somebody who listens there and does not answer is not waited for', async () => {
  const path = newPath();
  const worker = started(path);
  await says(worker, 'at work');
  worker.signal('SIGSTOP');
  expect(await askAtWork(path, 100)).toBeUndefined();
});

test('a socket that was left by one that was killed is taken', async () => {
  const path = newPath();
  const first = started(path);
  await says(first, 'at work');
  first.signal('SIGKILL');
  await over(first);
  expect(existsSync(path)).toBe(true);
  await says(started(path), 'at work');
});

test('a file in the place of the socket is taken away', async () => {
  const path = newPath();
  writeFileSync(path, '');
  expect(await says(started(path), 'at work')).toContain('at work');
});

test('somebody listens there and says nothing: its place is taken', async () => {
  const path = newPath();
  const silent = createServer((socket) => void socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => void silent.listen(path, resolve));
  onTestFinished(() => void silent.close());
  expect(await says(started(path), 'at work')).toContain('silent');
});

test('the socket is removed: who was at work ends', async () => {
  const { path, worker } = await atWork();
  rmSync(path);
  await over(worker);
  expect(worker.text).toContain('lost');
});
