/** Two processes, one at work and one that stands by: real ones, over a real socket. */
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

/** One at work, and one that stands by. */
const two = async (path = newPath()) => {
  const worker = started(path);
  await says(worker, 'at work');
  const standby = started(path);
  await says(worker, `standby ${String(standby.pid)} one`);
  return { path, worker, standby };
};

const over = (running: Running) => waitFor('the end', DEADLINE, () => running.over, Boolean);

test('who comes first is at work, and the socket is not for everybody', async () => {
  const { path, standby } = await two();
  await says(standby, 'stands by');
  expect(standby.text).not.toContain('at work');
  expect((statSync(path).mode & 0o777).toString(8)).toBe('660');
});

test('both at once: one is at work, the other stands by', async () => {
  const path = newPath();
  const both = [started(path), started(path)];
  const atWork = (): readonly Running[] => both.filter(({ text }) => text.includes('at work'));
  await waitFor('one at work', DEADLINE, atWork, (found) => found.length > 0);
  const [worker] = atWork();
  const other = both.find((one) => one !== worker);
  if (worker === undefined || other === undefined) throw new Error('unreachable');
  await says(worker, `standby ${String(other.pid)} one`);
  expect(atWork()).toHaveLength(1);
});

test('the one at work is killed: the other takes over', async () => {
  const { worker, standby } = await two();
  worker.signal('SIGKILL');
  await says(standby, 'at work');
  expect(standby.text).toContain('parted: gone one');
});

test('the one at work is stopped: the other ends it and takes over', async () => {
  const { worker, standby } = await two();
  worker.signal('SIGSTOP');
  await says(standby, 'at work');
  expect(standby.text).toContain('parted: silent one');
  await over(worker);
  expect((await worker.ended).signal).toBe('SIGKILL');
});

test('the one that stands by is killed: who is at work hears of it, and of the next one', async () => {
  const { path, worker, standby } = await two();
  standby.signal('SIGKILL');
  await says(worker, 'standby gone');
  const next = started(path);
  await says(worker, `standby ${String(next.pid)} one`);
  expect(worker.over).toBe(false);
});

test('the one that stands by is stopped: it is ended', async () => {
  const { worker, standby } = await two();
  standby.signal('SIGSTOP');
  await says(worker, 'standby gone');
  await over(standby);
  expect((await standby.ended).signal).toBe('SIGKILL');
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

test('the one at work leaves because there is another one: that takes over', async () => {
  const { path, worker, standby } = await two();
  worker.write('bye\n');
  await says(standby, 'parted: bye one');
  await over(worker);
  await says(standby, 'at work');
  expect(existsSync(path)).toBe(true);
});

test('the one at work leaves because nothing is left to do: the other hears that', async () => {
  const { path, worker, standby } = await two();
  worker.write('end\n');
  await says(standby, 'parted: end one');
  await over(worker);
  await over(standby);
  expect(existsSync(path)).toBe(false);
});

test('whoever asks the one at work is answered, and is not taken for one that stands by', async () => {
  const { path, worker } = await two();
  expect(await askAtWork(path, 5000)).toEqual({ from: worker.pid });
  expect(worker.text).not.toContain('standby gone');
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
  expect(await says(started(path), 'at work')).toContain('parted: silent nobody');
});

test('the socket is removed: who was at work ends, and the other takes over', async () => {
  const { path, worker, standby } = await two();
  rmSync(path);
  await says(worker, 'lost');
  await says(standby, 'at work');
  await worker.ended;
  expect(worker.over).toBe(true);
});

test('one of another FIFO says so', async () => {
  const { path, worker } = await two();
  const newer = started(path, 'two');
  expect(await says(worker, `standby ${String(newer.pid)} two`)).toContain('at work');
});
