/**
 * The planned change of master under full load, by each of the three ways: no acknowledged write is lost. Redis before 6.2
 * has the fence alone.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { Running } from '../lib/process.ts';
import { isSince, serverOf } from '../lib/server.ts';
import { missingFrom, Writer } from '../lib/writer.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { rights } from './lib/troubles.ts';

const IS_OLD = !isSince(serverOf('a'), [6, 2]);
/** On 6.0 a replica looks for its new master only at the next second: the backlog has to hold a second of the load. */
const ROOMY = IS_OLD ? ['repl-backlog-size 256mb'] : [];

const SET = ['SET', 'load:__rand_int__', '__rand_int__'];
const SCRIPT = ['EVAL', "return redis.call('SET', KEYS[1], ARGV[1])", '1', ...SET.slice(1)];

/** As many writes as the machine takes, to few keys, by other clients than those that keep account. */
function load(node: TestNode, write = SET): Running {
  const where = ['-h', node.address, '-p', String(node.port)];
  const bench = new Running([
    'redis-benchmark',
    ...where,
    '-P',
    '16',
    '-c',
    '8',
    '-n',
    '100000000',
    '-r',
    '5000',
    '-q',
    ...write,
  ]);
  bench.ended.catch(() => undefined);
  onTestFinished(() => bench.stop('SIGKILL'));
  return bench;
}

async function counters(node: TestNode): Promise<{ full: number; partial: number }> {
  const stats = await node.redis.info('stats');
  return { full: Number(stats.get('sync_full')), partial: Number(stats.get('sync_partial_ok')) };
}

/** Both nodes are written to all the time, a as the old master and b as the new one; every acknowledgement counts. */
async function underLoad(pair: TestPair, act: () => Promise<void>): Promise<void> {
  const { a, b } = pair;
  const options = { port: a.port, writesPerS: 2_000 };
  const writers = [
    await Writer.start(undefined, a.address, { ...options, keyPrefix: 'a:' }),
    await Writer.start(undefined, b.address, { ...options, port: b.port, keyPrefix: 'b:' }),
  ] as const;
  const loads = [load(a)];
  await writers[0].ackedMore(1_000, 20_000);
  await act();
  loads.push(load(b));
  await writers[1].ackedMore(1_000, 20_000);
  for (const running of loads) await running.stop('SIGKILL');
  const written = await Promise.all(writers.map((writer) => writer.end()));
  expect(written.map(({ acked }) => acked.length > 1_000)).toEqual([true, true]);
  for (const one of written) expect(await missingFrom(b.redis, one), `missing of ${one.keyPrefix}`).toEqual([]);
}

const expectHandOver = async (pair: TestPair, way: string): Promise<void> => {
  const { a, b } = pair;
  const before = await counters(a);
  await underLoad(pair, async () => {
    const told = await b.told('master', a);
    expect(told, b.log).toMatchObject({ exitCode: 0, result: 'done' });
    expect(b.rules).toContain(300);
    expect(b.log).toMatch(new RegExp(`handed-over.* way="?${way}"?\\b`));
  });
  await expectInOrder(b, a);
  expect(await counters(a), 'the old master').toEqual(before);
  const after = await counters(b);
  expect(after.full, 'full copies from the new master').toBe(0);
  expect(after.partial, 'partial ones').toBeGreaterThanOrEqual(1);
};

test('scripts write all the while, and the fence of an old server does not stop them: nothing is lost', async () => {
  const { a, b } = await startPair({ lines: ROOMY });
  const writer = await Writer.start(undefined, a.address, { port: a.port, writesPerS: 1_000, byScript: true });
  const others = load(a, SCRIPT);
  await writer.ackedMore(500, 20_000);
  const told = await b.told('master', a);
  await others.stop('SIGKILL');
  const written = await writer.end();
  expect(told, b.log).toMatchObject({ exitCode: 0, result: 'done' });
  await expectInOrder(b, a);
  expect(written.acked.length).toBeGreaterThan(500);
  expect(await missingFrom(b.redis, written)).toEqual([]);
});

test('a replica whose ACL user may not promote it: the old master has its role back before the command ends', async () => {
  const { a, b } = await startPair();
  await rights([b], '-replicaof', '-slaveof');
  const told = await b.told('master', a);
  expect(told).toMatchObject({ exitCode: 3, result: 'failed' });
  expect(told.message).toMatch(/REPLICAOF NO.*'replicaof'.*; the old master has its role back/);
  expect(told.hint).toContain('docs/configuration.md');
  expect(b.decisions).toEqual([300]);
  await expectInOrder(a, b);
});

describe('hand-over under full load loses no acknowledged write and needs no full copy', () => {
  test('by a pause, where the server has everything; before 6.2 by the fence', async () => {
    await expectHandOver(await startPair({ lines: ROOMY }), IS_OLD ? 'fence' : 'pause');
  });

  test.skipIf(IS_OLD)('by FAILOVER, where CLIENT PAUSE is forbidden', async () => {
    const pair = await startPair();
    await rights([pair.a, pair.b], '-client|pause');
    await expectHandOver(pair, 'failover');
  });

  test('by the fence, where CLIENT PAUSE and FAILOVER are forbidden', async () => {
    const pair = await startPair({ lines: ROOMY });
    await rights([pair.a, pair.b], '-client|pause', '-failover');
    await expectHandOver(pair, 'fence');
  });

  test.skipIf(IS_OLD)('by FAILOVER under the name that redis.conf gives it, where CLIENT is gone', async () => {
    const lines = ['rename-command FAILOVER swap-roles', 'rename-command CLIENT ""'];
    const pair = await startPair({ lines, toml: ['rename_commands = { FAILOVER = "swap-roles" }'] });
    await expectHandOver(pair, 'failover');
  });

  test('by the fence, where FAILOVER and CLIENT are gone', async () => {
    const pair = await startPair({ lines: [...ROOMY, 'rename-command FAILOVER ""', 'rename-command CLIENT ""'] });
    await expectHandOver(pair, 'fence');
  });
});
