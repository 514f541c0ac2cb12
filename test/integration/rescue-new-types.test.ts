/** Data that a digest does not see whole, or that only newer servers have: it is rescued, compared and brought back whole. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isSince, type Server, serverOf } from '../lib/server.ts';
import { startPair } from './lib/pair.ts';
import { type Rescued, rescuedDataset, rescuedSuffix } from './rescuing.ts';

const server = serverOf('a');
const hasFieldTtl = ({ product, version }: Server): boolean =>
  product === 'valkey' ? version[0] >= 9 : isSince(server, [7, 4]);
const hasVectorSets = ({ product }: Server): boolean => product === 'redis' && isSince(server, [8, 0]);
const hasSetFields = ({ product }: Server): boolean =>
  product === 'valkey' ? hasFieldTtl(server) : isSince(server, [8, 0]);

const LIVE = ['SET', 'live', 1];

/** When these fields of the hash `h` expire, as a command. */
const ending = (at: number, ...fields: readonly string[]) => ['HEXPIREAT', 'h', at, 'FIELDS', fields.length, ...fields];

/** An element of the vector set `v`, as a command. */
const add = (element: string, ...numbers: readonly number[]) => [
  'VADD',
  'v',
  'VALUES',
  numbers.length,
  ...numbers,
  element,
];

/** A consumer group of the stream `s`, as a command. */
const group = (name: string, id: string) => ['XGROUP', 'CREATE', 's', name, id];

interface Diff {
  readonly equal: number;
  readonly missing: { readonly count: number };
  readonly differing: { readonly keys: readonly { readonly key: string; readonly what: string }[] };
  readonly doubts?: object;
}

/** The rescue's keys are restored, after which the master has all of them, and nothing else is told. */
const restored = async ({ told, name }: Rescued, keys: number): Promise<void> => {
  expect(await told(['restore', name, '--only-missing'])).toMatchObject({ restored: keys, refused: 0 });
  expect(await told<Diff>(['diff', name])).toMatchObject({ equal: keys, missing: { count: 0 } });
};

const differs = async ({ told, name }: Rescued): Promise<string | undefined> => {
  const { differing } = await told<Diff>(['diff', name], 1);
  expect(differing.keys).toHaveLength(1);
  return differing.keys[0]?.what;
};

describe.skipIf(!hasFieldTtl(server))('hash fields with a time to live (not before Redis 7.4, Valkey 9)', () => {
  const HASH = ['HSET', 'h', 'f', 1, 'g', 2];
  const AT = 4_102_444_800;

  test('are saved whole before two masters become one', async () => {
    const { a, b } = await startPair({ linked: false });
    await a.ask(...LIVE);
    await b.redis.askAll([HASH, ending(AT, 'f')]);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0 });
    await b.follows(a);
    const [name = ''] = readdirSync(join(a.dir, 'state', String(a.port), 'rescue'));
    const told = await a.runWith(['rescue', 'restore', name, '--only-missing'], b);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(await a.ask('HEXPIRETIME', 'h', 'FIELDS', 2, 'f', 'g')).toEqual([AT, -1]);
  });

  test('are compared: what expires, and when', async () => {
    const rescued = await rescuedDataset([HASH, ending(AT, 'f')], [LIVE]);
    const { b, told, name } = rescued;
    await restored(rescued, 1);
    await b.ask('DEL', 'h');
    await b.redis.askAll([['HSET', 'h', 'g', 2, 'f', 1], ending(AT, 'f')]);
    expect(await told<Diff>(['diff', name]), 'in another order').toMatchObject({ equal: 1 });
    await b.redis.askAll([ending(AT + 1, 'f')]);
    expect(await differs(rescued), 'later').toBe('ttl');
    await b.ask('HPERSIST', 'h', 'FIELDS', 1, 'f');
    expect(await differs(rescued), 'never').toBe('ttl');
    await b.ask('HSET', 'h', 'g', 3);
    expect(await differs(rescued)).toBe('value');
  });
});

describe.skipIf(!hasVectorSets(server))('vector sets (of Redis 8 alone)', () => {
  test('come back, and are compared in whatever order they were filled', async () => {
    const rescued = await rescuedDataset([add('x', 1, 2, 3), [...add('y', 3, 2, 1), 'SETATTR', '{"a":1}']], [LIVE]);
    const { b, told, name } = rescued;
    await restored(rescued, 1);
    expect(await b.ask('VGETATTR', 'v', 'y')).toBe('{"a":1}');
    await b.ask('DEL', 'v');
    await b.redis.askAll([[...add('y', 3, 2, 1), 'SETATTR', '{"a":1}'], add('x', 1, 2, 3)]);
    expect(await told<Diff>(['diff', name])).toMatchObject({ equal: 1 });
    await b.ask('VSETATTR', 'v', 'y', '{"a":2}');
    expect(await differs(rescued)).toBe('value');
  });
});

describe('streams', () => {
  const ENTRIES = ['1-1', '2-1'].map((id) => ['XADD', 's', id, 'f', 'v']);

  test('are compared with their groups and what these have not acknowledged', async () => {
    const read = ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', 1, 'STREAMS', 's', '>'];
    const rescued = await rescuedDataset([...ENTRIES, group('g', '0'), read], [LIVE]);
    const { b, told, name } = rescued;
    await restored(rescued, 1);
    await b.ask('XGROUP', 'DESTROY', 's', 'g');
    expect(await differs(rescued), 'without the group').toBe('value');
    await b.redis.askAll([group('g', '0'), read]);
    expect(await told<Diff>(['diff', name]), 'read at another time').toMatchObject({ equal: 1 });
    await b.ask('XACK', 's', 'g', '1-1');
    expect(await differs(rescued), 'acknowledged').toBe('value');
  });
});

describe.skipIf(!hasSetFields(server))('commands of newer servers (HSETEX, not before Redis 8, Valkey 9)', () => {
  test('are understood in a suffix', async () => {
    const rescued = await rescuedSuffix([], [['HSETEX', 'h', 'EX', 100_000, 'FIELDS', 1, 'f', 'v']]);
    const { b, told, name } = rescued;
    expect(await told<Diff>(['diff', name], 1)).toMatchObject({ doubts: { skippedCount: 0, unknown: [] } });
    expect(await told(['restore', name, '--only-missing'])).toMatchObject({ restored: 1 });
    expect(await b.ask('HGET', 'h', 'f')).toBe('v');
  });
});
