/** The peer does not serve: dead, frozen, loading, busy, full, locked. Who may take over, when, and what is said. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nowMs, waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { valuesOf } from './lib/rounds.ts';

/** A local Redis that is loading for seconds: slow keys, and an answer between any two of them. */
const SLOW_LOAD = ['key-load-delay 20000', 'loading-process-events-interval-bytes 1024', 'rdbcompression no'];

/** The node has a dump of so many keys on disk and restarts from it, slowly. */
async function restartLoading(node: TestNode, lines: readonly string[] = []): Promise<void> {
  await node.redis.askAll(Array.from({ length: 200 }, (_, at) => ['SET', `slow:${at}`, 'x'.repeat(200)]));
  const save = async (): Promise<string> => String(await node.redis.ask('SAVE'));
  await waitFor('the dump', { deadlineMs: 5_000 }, save, (reply) => reply === 'OK');
  await node.redis.kill();
  await node.redis.start([...node.lines, ...SLOW_LOAD, ...lines]);
  expect((await node.redis.info('persistence')).get('loading')).toBe('1');
}

/** The node is blocked by a script until the test says otherwise. */
async function busy(node: TestNode): Promise<() => Promise<unknown>> {
  await node.ask('CONFIG', 'SET', 'busy-reply-threshold', 20);
  const script = node.connect();
  onTestFinished(() => script.close());
  void script.send('EVAL', 'while true do end', 0).catch(() => undefined);
  const answer = async (): Promise<string> => String(await node.redis.ask('PING'));
  await waitFor('the script', { deadlineMs: 5_000 }, answer, (text) => text.includes('BUSY'));
  return () => node.redis.ask('SCRIPT', 'KILL');
}

/** The node has no connection left but the one that the test keeps. */
async function full(node: TestNode): Promise<() => Promise<unknown>> {
  const own = node.connect();
  onTestFinished(() => own.close());
  await own.send('CONFIG', 'SET', 'maxclients', 1);
  return () => own.send('CONFIG', 'SET', 'maxclients', 1000);
}

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
  await b.redis.kill();
  rmSync(join(b.dir, 'redis', 'dump.rdb'));
  await b.redis.start([...b.lines, `replicaof ${a.address} ${String(a.port)}`]);
  return pair;
};

/** The node comes back with nothing; Redis gives its replica, as by default, 5 s before it wipes it. */
async function restartEmpty(node: TestNode): Promise<void> {
  await node.redis.kill();
  await node.redis.start([...node.lines, 'repl-diskless-sync-delay 5']);
}

describe('a replica takes over', () => {
  test('at once, when the peer is dead', async () => {
    const { a, b } = await startPair();
    await a.redis.kill();
    const startMs = nowMs();
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 206 });
    expect(nowMs() - startMs).toBeLessThan(2_000);
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

  test('when the peer is loading, though backup on the peer waits for its own load', async () => {
    const { a, b } = await startPair();
    await restartLoading(a);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.decisions).toEqual([340, 206]);
    await keepsData(b);
  });

  test('when the peer rejects our password, after the patience for a live peer', async () => {
    const { a, b } = await startPair({ toml: ['sync_timeout = "300ms"'] });
    await a.ask('ACL', 'SETUSER', 'default', '-@all', '+replconf', '+psync', '+sync', '+ping', '+acl');
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.rules.slice(0, 2)).toEqual([336, 340]);
    expect(b.log).toContain('the peer rejects our credentials');
    await keepsData(b);
  });

  test('when the peer is blocked by a script, after the same patience', async () => {
    const { a, b } = await startPair({ toml: ['sync_timeout = "300ms"'] });
    const end = await busy(a);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(b.rules.slice(0, 2)).toEqual([336, 340]);
    expect(b.log).toContain('is blocked by a script');
    await end();
    await keepsData(b);
  });

  test('not while the script of the peer may still end: then the role is handed over', async () => {
    const { a, b } = await startPair();
    const end = await busy(a);
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
    const widen = await full(a);
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

  test('is promoted when the operator allows it', async () => {
    const { a, b } = await lostAll({ toml: ['on_empty = "promote"'] });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    expect(await b.role()).toBe('master');
  });

  test('waits for a peer that loads, and gets the data from it', async () => {
    const { a, b } = await startPair({ linked: false });
    await b.ask('REPLICAOF', a.address, a.port);
    await b.follows(a);
    await a.ask('CONFIG', 'SET', 'repl-diskless-sync-delay', 5);
    await a.redis.askAll([['SET', 'kept', 'yes']]);
    await b.ask('REPLICAOF', 'NO', 'ONE');
    await b.ask('FLUSHALL');
    await restartLoading(a);
    await b.ask('REPLICAOF', a.address, a.port);
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

  test('that comes back empty and takes writes does not wipe its replica: both datasets are kept', async () => {
    const { a, b } = await startPair();
    await restartEmpty(a);
    await a.ask('SET', 'early', 'bird');
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.decisions.slice(0, 2)).toEqual([202, 225]);
    await b.follows(a);
    const rescued = a.journal.find(({ event }) => event === 'rescued');
    expect(rescued).toMatchObject({ loser: 'peer', form: 'dataset' });
    expect(await valuesOf(a, ['early'])).toEqual({ early: 'bird' });
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
