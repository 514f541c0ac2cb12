/** What befalls a server between two commands: no memory left, a clean stop, the end in the middle of a full copy. */
import { expect, test } from 'vitest';
import { childPids } from '../lib/process.ts';
import { waitFor } from '../lib/wait.ts';
import { expectInOrder, startPair } from './lib/pair.ts';
import { valuesOf } from './lib/rounds.ts';

test('a server without memory left is fit, and its role moves', async () => {
  const { a, b } = await startPair();
  await a.configure({ maxmemory: 1, 'maxmemory-policy': 'noeviction' });
  expect(String(await a.redis.ask('SET', 'k', 'v'))).toContain('OOM');
  expect(await a.check()).toMatchObject({ code: 0, fit: true });
  expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
  expect(b.rules).toContain(300);
  await expectInOrder(b, a);
});

test('a master that is stopped in order waits for a replica that is behind: no acknowledged write is lost', async () => {
  const { a, b } = await startPair();
  const keys = Array.from({ length: 50 }, (_, at) => `late:${at}`);
  b.redis.freeze();
  for (const key of keys) await a.ask('SET', key, key);
  const stopped = a.redis.stop();
  b.redis.thaw();
  await stopped;
  expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
  expect(b.rules).toContain(340);
  expect(await valuesOf(b, keys)).toEqual(Object.fromEntries(keys.map((key) => [key, key])));
});

test('a master that dies in the middle of a full copy is replaced, with the data from before the copy', async () => {
  const { a, b } = await startPair({ lines: ['repl-diskless-load disabled', 'rdb-key-save-delay 100000'] });
  await b.ask('REPLICAOF', 'NO', 'ONE');
  await a.redis.askAll(Array.from({ length: 100 }, (_, at) => ['SET', `slow:${at}`, 'x'.repeat(2_000)]));
  await a.ask('DEBUG', 'CHANGE-REPL-ID');
  await b.ask('REPLICAOF', a.address, a.port);
  const copying = async (): Promise<unknown> => (await b.redis.info('replication')).get('master_sync_in_progress');
  await waitFor(
    'the copy, which begins after repl-diskless-sync-delay',
    { deadlineMs: 15_000 },
    copying,
    (now) => now === '1',
  );
  // The process that saves ends with its server; that of 6.0 goes on by itself.
  const savers = childPids(a.redis.pid);
  const killed = a.redis.kill();
  for (const pid of savers) process.kill(pid, 'SIGKILL');
  await killed;
  expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
  expect(b.rules).toContain(340);
  expect(await valuesOf(b, ['seed:1', 'slow:1'])).toEqual({ 'seed:1': '1', 'slow:1': null });
  expect(await b.ask('SET', 'again', 'yes')).toBe('OK');
});
