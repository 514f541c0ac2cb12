/** A node that starts safely, as a replica, with data that the master has not: the first sync would overwrite it. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { fill, loadsSlowly } from './lib/troubles.ts';

const RESCUED = /rescue\/[\w.-]+\.rdb/;

/** Redis' own defaults since 7.0. */
const DELAY = ['repl-diskless-sync yes', 'repl-diskless-sync-delay 5'];
const AOF = ['appendonly yes', 'appendfsync always', ...DELAY];

/** a was the master and took a write while b was away; now b leads, and a is back as its file says. */
const crashed = async ({ loads = false } = {}): Promise<TestPair> => {
  const pair = await startPair({ lines: loads ? [...DELAY, 'rdbcompression no'] : AOF });
  const { a, b } = pair;
  if (loads) await fill(a);
  await a.run('master', b);
  await b.redis.kill();
  await a.ask('SET', 'unsent', 'only here');
  if (loads) await a.ask('SAVE');
  await a.redis.kill();
  await a.run('fault', b);
  await b.redis.start();
  await b.run('master', a);
  expect(await b.ask('EXISTS', 'unsent')).toBe(0);
  const slowly = loads ? loadsSlowly(a) : [];
  await a.redis.start([...a.lines, `replicaof ${b.address} ${String(b.port)}`, ...slowly]);
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

/** A command that keepalived has just started may still be on its way, so the first check after it repairs nothing. */
const expectRescueByCheck = async (node: TestNode): Promise<void> => {
  const checked = async (): Promise<string> => {
    await node.check();
    return node.log;
  };
  await waitFor('the rescue', { deadlineMs: 20_000, everyMs: 300 }, checked, (log) => RESCUED.test(log));
};

test('the check finds them, and has them saved', async () => {
  const { a, b } = await crashed();
  expect(await a.check()).toMatchObject({ code: 1, rule: 61 });
  await expectRescueByCheck(a);
  await expectInOrder(b, a);
});

test('the check finds them, whatever keepalived called while they were loaded', async () => {
  const { a, b } = await crashed({ loads: true });
  expect(await a.told('fault', b)).toMatchObject({ exitCode: 0, rule: 102 });
  await expectRescueByCheck(a);
  await expectInOrder(b, a);
});

test('a replica that comes back has what its master lost when it restarted too: it is rescued', async () => {
  const { a, b } = await startPair({ lines: DELAY });
  await b.run('backup', a);
  await b.ask('SAVE');
  await b.redis.kill();
  await a.redis.kill();
  rmSync(join(a.dir, 'redis', 'dump.rdb'), { force: true });
  await a.redis.start();
  await a.ask('SET', 'new', 'by a');
  await a.run('master', b);
  // Of two that have just restarted, the younger is taken for the one that lost data.
  const age = async (): Promise<number> => Number((await a.redis.info('server')).get('uptime_in_seconds'));
  await waitFor('a to be no newcomer', { deadlineMs: 40_000, everyMs: 500 }, age, (seconds) => seconds >= 30);
  await b.redis.start([...b.lines, `replicaof ${a.address} ${String(a.port)}`]);
  await expectRescueByCheck(b);
  await expectInOrder(a, b);
  expect(await b.ask('KEYS', '*')).toEqual(['new']);
});

test('a replica without a place in the history restarts, and its master has run on: there is nothing to save', async () => {
  const { a, b } = await startPair({ lines: AOF });
  // No command has seen this pair whole, but a check.
  expect(await b.told('fault', a)).toMatchObject({ exitCode: 0, rule: 500 });
  await a.redis.kill();
  await a.redis.start();
  await b.follows(a);
  expect(await b.check()).toMatchObject({ fit: true, rule: 66 });
  await b.redis.kill();
  await b.redis.start([...b.lines, `replicaof ${a.address} ${String(a.port)}`]);
  expect(await b.check()).toMatchObject({ rule: 62 });
  await b.follows(a);
  expect(b.decisions).not.toContain(501);
});
