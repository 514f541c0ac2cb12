/** The peer does not serve: dead, frozen, loading, busy, full, locked. Who may take over, when, and what is said. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nowMs, waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { rescuedText, valuesOf } from './lib/rounds.ts';
import { blockByScript, fill, restartLoading, restartWithout, rights, takeAllConnections } from './lib/troubles.ts';

const keepsData = async (node: TestNode): Promise<void> => {
  expect(await node.role()).toBe('master');
  expect(await valuesOf(node, ['seed:0', 'seed:9'])).toEqual({ 'seed:0': '0', 'seed:9': '9' });
};

/** The pair was whole with its keys, then a died and b lost everything. */
const lostAll = async (options: { readonly toml?: readonly string[] } = {}): Promise<TestPair> => {
  const pair = await startPair(options);
  const { a, b } = pair;
  await b.run('backup', a);
  await a.redis.kill();
  await restartWithout(b, a);
  return pair;
};

/** The node comes back with nothing; Redis gives its replica 5 s before it wipes it, as by default since 7.0. */
async function restartEmpty(node: TestNode): Promise<void> {
  await node.redis.kill();
  rmSync(join(node.dir, 'redis', 'dump.rdb'), { force: true });
  await node.redis.start([...node.lines, 'repl-diskless-sync yes', 'repl-diskless-sync-delay 5']);
}

describe('a replica takes over', () => {
  test('at once, when the peer is dead', async () => {
    const { a, b } = await startPair({ toml: ['frozen_timeout = "20s"', 'gone_timeout = "20s"'] });
    await a.redis.kill();
    const startMs = nowMs();
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 206 });
    expect(nowMs() - startMs, 'half of the patience for a peer that is only silent').toBeLessThan(10_000);
    expect(b.rules).toEqual([340, 206]);
    await keepsData(b);
  });

  test('within two seconds or so, when the peer is frozen; thawed, the old master follows and its data is not lost', async () => {
    const { a, b } = await startPair({ ownPorts: true });
    a.redis.freeze();
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.decisions).toEqual([340, 206]);
    await b.ask('SET', 'meanwhile', 'b');
    a.redis.thaw();
    expect(await a.told('backup', b, ['--option', 'peer_master_timeout=1ms'])).toMatchObject({ exitCode: 0 });
    await expectInOrder(b, a);
    expect(await valuesOf(a, ['meanwhile', 'seed:1'])).toEqual({ meanwhile: 'b', 'seed:1': '1' });
  });

  test('after the same patience, when somebody at its port ends every connection', async () => {
    const { a, b } = await startPair({ ownPorts: true, toml: ['frozen_timeout = "2s"'] });
    await a.redis.kill();
    const closer = createServer((socket) => socket.destroy());
    onTestFinished(() => void closer.close());
    await once(closer.listen(a.port, a.address), 'listening');
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.rules[0]).toBe(334);
    expect(b.decisions).toEqual([340, 206]);
  });

  test('when the peer is loading, though backup on the peer waits for its own load', async () => {
    const { a, b } = await startPair();
    await fill(a);
    await restartLoading(a);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.decisions).toEqual([340, 206]);
    await keepsData(b);
  });

  test('when the peer rejects our password, after the patience for a live peer', async () => {
    const { a, b } = await startPair({ toml: ['sync_timeout = "2s"'] });
    await rights([a], '-@all', '+replconf', '+psync', '+sync', '+ping', '+acl');
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.rules.slice(0, 2)).toEqual([336, 340]);
    expect(b.log).toContain('the peer rejects our credentials');
    await keepsData(b);
  });

  test('when the peer is blocked by a script, after the same patience', async () => {
    const { a, b } = await startPair({ toml: ['sync_timeout = "2s"'] });
    const end = await blockByScript(a);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.rules.slice(0, 2)).toEqual([336, 340]);
    expect(b.log).toContain('is blocked by a script');
    await end();
    await keepsData(b);
  });

  test('not while the script of the peer may still end: then the role is handed over', async () => {
    const { a, b } = await startPair();
    const end = await blockByScript(a);
    const running = b.start('master', a);
    await waitFor(
      'the wait',
      { deadlineMs: 10_000 },
      () => b.rules,
      (rules) => rules.includes(336),
    );
    await end();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(b.decisions).toEqual([300, 204]);
    await expectInOrder(b, a);
  });

  test('not while the peer has no connection left for us: then the role is handed over', async () => {
    const { a, b } = await startPair();
    const widen = await takeAllConnections(a);
    const running = b.start('master', a);
    await waitFor(
      'the wait',
      { deadlineMs: 10_000 },
      () => b.rules,
      (rules) => rules.includes(336),
    );
    expect(b.log).toContain('has no connection left for us');
    await widen();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    await expectInOrder(b, a);
  });

  test('for a person only with --force', async () => {
    const { a, b } = await startPair();
    await a.redis.kill();
    const told = await b.told('promote', a);
    expect(told).toMatchObject({ exitCode: 4, rule: 332, hint: expect.stringContaining('--force') as string });
    expect(await b.role()).toBe('slave');
    expect(await b.told('promote', a, ['--force'])).toMatchObject({ exitCode: 0 });
    await keepsData(b);
  });
});

describe('a replica without data', () => {
  test('is not promoted where there were keys, and says how many', async () => {
    const { a, b } = await lostAll();
    const told = await b.told('master', a);
    expect(told, b.log).toMatchObject({ exitCode: 4, rule: 330 });
    expect(told.message).toContain('held 10 keys');
    expect(await b.role()).toBe('slave');
  });

  test('but with a history, a queue whose work is done: it is fit, and is promoted', async () => {
    const { a, b } = await startPair();
    await b.run('backup', a);
    await a.ask('FLUSHALL');
    await b.follows(a);
    await a.redis.kill();
    expect(await b.check()).toMatchObject({ fit: true, rule: 66 });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 206 });
    expect(await b.role()).toBe('master');
  });

  test('is promoted when the operator allows it', async () => {
    const { a, b } = await lostAll({ toml: ['on_empty = "promote"'] });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(await b.role()).toBe('master');
  });

  test('waits for a peer that loads, and gets the data from it', async () => {
    const { a, b } = await startPair();
    await a.ask('SET', 'kept', 'yes');
    await fill(a);
    await restartLoading(a);
    await restartWithout(b, a);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(b.rules[0]).toBe(338);
    expect(b.decisions).toEqual([300, 204]);
    await expectInOrder(b, a);
    expect(await valuesOf(b, ['kept'])).toEqual({ kept: 'yes' });
  });
});

describe('the master', () => {
  const SHORT = { toml: ['peer_master_timeout = "200ms"'] };

  test('stays what it is when the peer is dead: master is content, backup reports an orphan, fault leaves it alone', async () => {
    const { a, b } = await startPair(SHORT);
    await b.redis.kill();
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 206 });
    expect(await a.told('fault', b)).toMatchObject({ exitCode: 0, rule: 552 });
    expect(await a.told('backup', b)).toMatchObject({ exitCode: 4, rule: 556 });
    expect(a.rules).toEqual([206, 552, 554, 556]);
    await keepsData(a);
  });

  test('stays what it is while its replica loads', async () => {
    const { a, b } = await startPair();
    await b.ask('REPLICAOF', 'NO', 'ONE');
    await fill(b);
    await restartLoading(b);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 206 });
    await keepsData(a);
  });

  test('that comes back empty under its replica gets its data back before the replica is wiped', async () => {
    const { a, b } = await startPair();
    await restartEmpty(a);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.decisions).toEqual([200, 300, 204]);
    await expectInOrder(a, b);
    await keepsData(a);
  });

  test('that comes back empty and takes writes does not wipe its replica: the data lives on, the writes are in a file', async () => {
    const { a, b } = await startPair();
    const uptime = async (): Promise<number> => Number((await b.redis.info('server')).get('uptime_in_seconds'));
    await waitFor('a replica that is older', { deadlineMs: 10_000 }, uptime, (seconds) => seconds >= 4);
    await restartEmpty(a);
    await a.ask('SET', 'early', 'bird');
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.decisions.slice(0, 2)).toEqual([202, 215]);
    await expectInOrder(a, b);
    await keepsData(a);
    expect(rescuedText(a)).toContain('early');
  });

  test('that comes back empty gives way in backup, too', async () => {
    const { a, b } = await startPair();
    await restartEmpty(a);
    expect(await a.told('backup', b)).toMatchObject({ exitCode: 0, rule: 500 });
    expect(a.decisions).toEqual([550, 500]);
    await expectInOrder(b, a);
    await keepsData(b);
  });
});
