/** A crashed master that starts safely, as a replica, with writes in its append-only file that nobody else has. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';

const RESCUED = /rescue\/[\w.-]+\.rdb/;

const AOF = ['appendonly yes', 'appendfsync always', 'repl-diskless-sync-delay 5'];

/** a was the master and took a write while b was away; now b leads, and a is back as its file says. */
const crashed = async (): Promise<TestPair> => {
  const pair = await startPair({ lines: AOF });
  const { a, b } = pair;
  await a.run('master', b);
  await b.redis.kill();
  await a.ask('SET', 'unsent', 'only here');
  await a.redis.kill();
  await a.run('fault', b);
  await b.redis.start();
  await b.run('master', a);
  expect(await b.ask('EXISTS', 'unsent')).toBe(0);
  await a.redis.start([...a.lines, `replicaof ${b.address} ${String(b.port)}`]);
  return pair;
};

test('writes that were never sent are rescued before the first sync, and the old master follows', async () => {
  const { a, b } = await crashed();
  expect(await a.told('fault', b)).toMatchObject({ result: 'done' });
  await expectInOrder(b, a);
  expect(a.decisions).toContain(501);
  const [file] = RESCUED.exec(a.log) ?? [];
  expect(file, a.log).toBeDefined();
  expect(readFileSync(`${a.dir}/state/${String(a.port)}/${file ?? ''}`, 'latin1')).toContain('only here');
});

test('the check finds them, and has them saved', async () => {
  const { a, b } = await crashed();
  expect(await a.check()).toMatchObject({ code: 1, rule: 61 });
  // A command that keepalived has just started may still be on its way, so the first check after it repairs nothing.
  const checked = async (): Promise<string> => {
    await a.check();
    return a.log;
  };
  await waitFor('the rescue', { deadlineMs: 10_000, everyMs: 300 }, checked, (log) => RESCUED.test(log));
  await expectInOrder(b, a);
});
