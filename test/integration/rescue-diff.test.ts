/** What a rescue has that the live master has not, on real pairs. */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSince, serverOf } from '../lib/server.ts';
import { isKnownSince } from './lib/streamed.ts';
import { rescuedDataset, rescuedSuffix } from './rescuing.ts';

interface Sort {
  readonly count: number;
  readonly keys: readonly { readonly key: string; readonly what?: string; readonly byEffect: boolean }[];
}

interface Diff {
  readonly compared: number;
  readonly equal: number;
  readonly missing: Sort;
  readonly differing: Sort;
  readonly doubts?: { readonly byEffect: number; readonly skipped: readonly string[]; readonly skippedCount: number };
}

const named = ({ keys }: Sort): readonly string[] => keys.map(({ key }) => key).toSorted();
/** It has more fields than a reply usually may have items. */
const WIDE_HASH = ['EVAL', "for at = 1, 70000 do redis.call('HSET', KEYS[1], at, 'v') end", 1, 'hash'];
const members = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `member:${String(at)}`);

test('a dataset: missing, different and equal keys in every database, in whatever order the servers keep a set', async () => {
  const set = members(2000);
  const { b, name, rescue, told } = await rescuedDataset(
    [
      ['SET', 'mine', 1],
      ['SET', 'same', 1],
      ['SET', 'other', 'a'],
      ['SADD', 'set', ...set],
      WIDE_HASH,
      ['SET', 'lasting', 1],
      ['SELECT', 3],
      ['SET', 'deep', 1],
    ],
    [
      ['SET', 'same', 1],
      ['SET', 'other', 'b'],
      ['SADD', 'set', ...set.toReversed()],
      WIDE_HASH,
      ['SET', 'lasting', 1, 'EX', 1000],
      ['SET', 'live-only', 1],
    ],
  );
  const diff = await told<Diff>(['diff', name], 1);
  expect(diff).toMatchObject({ compared: 7, equal: 3 });
  expect(named(diff.missing)).toEqual(['0/mine', '3/deep']);
  expect(diff.differing.keys.toSorted((one, other) => one.key.localeCompare(other.key))).toEqual([
    { key: '0/lasting', what: 'ttl', byEffect: false },
    { key: '0/other', what: 'value', byEffect: false },
  ]);
  const { code, stdout, stderr } = await rescue(['diff', name]);
  expect({ code, stderr }, 'no progress where nobody looks on').toEqual({ code: 1, stderr: '' });
  expect(stdout).toContain('7 keys: 2 only in the rescue, 2 different, 3 equal by now');
  expect(stdout).toContain('  0/other  value\n');
  await b.redis.askAll([
    ['SET', 'mine', 1],
    ['SET', 'other', 'a'],
    ['PERSIST', 'lasting'],
    ['SELECT', 3],
    ['SET', 'deep', 1],
  ]);
  expect(await told<Diff>(['diff', name])).toMatchObject({ compared: 7, equal: 7 });
});

test('a suffix: what its commands set is whole, what they change is seen by its effect, and that is said', async () => {
  const { b, name, rescue, told } = await rescuedSuffix(
    [
      ['RPUSH', 'list', 1, 2, 3],
      ['SET', 'counter', 41],
    ],
    [
      ['SET', 'mine', 1],
      ['INCR', 'counter'],
      ['LSET', 'list', 0, 'changed'],
      ['DEL', 'seed:1'],
      ['SELECT', 2],
      ['SET', 'deep', 1],
    ],
  );
  const diff = await told<Diff>(['diff', name], 1);
  expect(named(diff.missing)).toEqual(['0/mine', '2/deep']);
  expect(diff.differing.keys.toSorted((one, other) => one.key.localeCompare(other.key))).toEqual([
    { key: '0/both', what: 'value', byEffect: false },
    { key: '0/counter', what: 'value', byEffect: true },
    { key: '0/list', what: 'changed in the rescue', byEffect: true },
    { key: '0/seed:1', what: 'removed in the rescue', byEffect: false },
  ]);
  expect(diff.doubts).toMatchObject({ byEffect: 2, skipped: ['LSET'], skippedCount: 1 });
  const { stdout } = await rescue(['diff', name]);
  expect(stdout).toContain('  0/counter  value  (by effect alone)\n');
  expect(stdout).toContain('note: 1 command could not be tried without what was there before: LSET');
  await b.redis.askAll([
    ['SET', 'mine', 1],
    ['SET', 'both', 'by a'],
    ['DEL', 'seed:1'],
  ]);
  expect(named((await told<Diff>(['diff', name], 1)).differing)).toEqual(['0/counter', '0/list']);
});

interface Seen {
  readonly missing: readonly string[];
  readonly different: readonly string[];
  readonly byEffect: readonly string[];
  readonly skipped: readonly string[];
}

const seen = ({ missing, differing, doubts }: Diff): Seen => ({
  missing: named(missing),
  different: differing.keys.map(({ key, what = '' }) => `${key} ${what}`).toSorted(),
  byEffect: [...missing.keys, ...differing.keys].flatMap(({ key, byEffect }) => (byEffect ? key : [])).toSorted(),
  skipped: doubts?.skipped.toSorted() ?? [],
});

test('a suffix: what was done under a condition is shown as it was done, or said to be unknown', async () => {
  const { name, told } = await rescuedSuffix(
    [
      ['MSET', 'flag', 'old', 'name', 'n', 'session', 's', 'there', 't'],
      ['RPUSH', 'list', 'a'],
      ['ZADD', 'board', 1, 'm'],
      ['SADD', 'tags', 'x', 'y'],
    ],
    [
      ['SET', 'flag', 'new', 'XX'],
      ['SETNX', 'fresh', 1],
      ['LPUSHX', 'list', 'b'],
      ['ZADD', 'board', 'XX', 2, 'm'],
      ['RENAME', 'flag', 'renamed'],
      ['SET', 'copied', 1],
      ['SUNIONSTORE', 'copied', 'tags'],
      ['RENAME', 'name', 'unknown'],
      ['EXPIRE', 'session', 1000],
      ['SREM', 'tags', 'x'],
      ['EXPIRE', 'there', -1],
    ],
  );
  expect(seen(await told<Diff>(['diff', name], 1))).toEqual({
    missing: ['0/fresh', '0/renamed'],
    different: [
      '0/board value',
      '0/both value',
      '0/flag removed in the rescue',
      '0/list value',
      '0/name changed in the rescue',
      '0/session changed in the rescue',
      '0/tags changed in the rescue',
      '0/there removed in the rescue',
    ],
    byEffect: ['0/board', '0/list', '0/name', '0/session', '0/tags'],
    skipped: [isSince(serverOf('a'), [7, 0]) ? 'PEXPIREAT' : 'EXPIRE', 'RENAME', 'SREM', 'SUNIONSTORE'],
  });
});

test.skipIf(!isSince(serverOf('a'), [7, 0]))('a suffix: what ran out and was renewed in time is there', async () => {
  const { name, told } = await rescuedSuffix(
    [],
    [
      ['SET', 'kept', 1, 'PX', 50],
      ['PERSIST', 'kept'],
      ['SET', 'ended', 1, 'PX', 50],
      ['SET', 'lasting', 1, 'PX', 50],
      ['PEXPIRE', 'lasting', 1_000_000],
    ],
  );
  expect(seen(await told<Diff>(['diff', name], 1))).toEqual({
    missing: ['0/kept', '0/lasting'],
    different: ['0/both value'],
    byEffect: [],
    skipped: [],
  });
});

const conditional = isKnownSince(serverOf('a'), { redis: [8, 4], valkey: [9, 1] });

test.skipIf(!conditional)('a suffix: the conditions of this year (Redis 8.4, Valkey 9.1)', async () => {
  const { name, told } = await rescuedSuffix(
    [
      ['MSET', 'flag', 'old', 'lease', 'mine', 'a', 1, 'b', 2],
      ['HSET', 'hash', 'f', 'v', 'g', 'w'],
    ],
    [
      ['SET', 'flag', 'new', 'IFEQ', 'old'],
      ['MSETEX', 2, 'a', 3, 'b', 4, 'XX'],
      ['HSETEX', 'hash', 'FXX', 'EX', 1000, 'FIELDS', 1, 'f', 'x'],
      ['HGETDEL', 'hash', 'FIELDS', 1, 'g'],
    ],
  );
  expect(seen(await told<Diff>(['diff', name], 1))).toEqual({
    missing: [],
    different: ['0/a value', '0/b value', '0/both value', '0/flag value', '0/hash value'],
    byEffect: ['0/hash'],
    skipped: [serverOf('a').product === 'valkey' ? 'HGETDEL' : 'HDEL'],
  });
});

test('what could not be tried is not called equal', async () => {
  const { b, name, rescue, told } = await rescuedSuffix([['RPUSH', 'list', 1, 2, 3]], [['LSET', 'list', 0, 'changed']]);
  await b.redis.askAll([
    ['SET', 'both', 'by a'],
    ['DEL', 'list'],
  ]);
  expect(await told<Diff>(['diff', name], 1)).toMatchObject({ compared: 2, equal: 2, doubts: { skippedCount: 1 } });
  expect((await rescue(['diff', name])).stdout).toContain('note: 1 command could not be tried');
});

test('functions are not compared, and that is said', async ({ skip }) => {
  skip(!isSince(serverOf('a'), [7, 0]), 'this server has no functions');
  const library = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
  const same = ['SET', 'same', 1];
  const { name, rescue } = await rescuedDataset([same, ['FUNCTION', 'LOAD', library]], [same]);
  const { code, stdout } = await rescue(['diff', name]);
  expect(stdout).toContain('note: it holds functions as well (libraries: 1), which are not compared');
  expect(code).toBe(0);
});

test('keys and values that are no text come through', async () => {
  const { b, name, told } = await rescuedDataset(
    [['EVAL', String.raw`return redis.call('SET', '\255\0\r\n$', string.rep('\0\r\n\254', 100000))`, 0]],
    [['SET', 'live', 1]],
  );
  expect(named((await told<Diff>(['diff', name], 1)).missing)).toEqual(['0/0xff000d0a24']);
  await b.ask('EVAL', String.raw`return redis.call('SET', '\255\0\r\n$', string.rep('\0\r\n\254', 100000))`, 0);
  expect(await told<Diff>(['diff', name])).toMatchObject({ compared: 1, equal: 1 });
});

test('a rescue that is damaged is refused in words, and nothing is left running', async () => {
  const { b, dir, file, rescue } = await rescuedDataset([['SET', 'mine', 1]], [['SET', 'live', 1]]);
  const bent = join(dir, '20260813T101500Z-local-0123abcd-99.rdb');
  writeFileSync(bent, `${readFileSync(file, 'latin1').slice(0, 9)} and no more`);
  const damaged = await rescue(['diff', bent], { TMPDIR: dir });
  expect(damaged).toMatchObject({ code: 4, stdout: '' });
  expect(damaged.stderr).toMatch(
    /^redisha: 20260813T101500Z-local-0123abcd-99\.rdb cannot be read: it is damaged: [^\n]+\nhint: [a-z]+-check-rdb [^\n]+\n$/,
  );
  const cut = join(dir, '20260813T101500Z-local-0123abcd-9-99.resp');
  writeFileSync(cut, '*3\r\n$3\r\nSET\r\n$1\r\na');
  const suffix = await rescue(['diff', cut], { TMPDIR: dir });
  expect(suffix).toMatchObject({ code: 4, stdout: '' });
  expect(suffix.stderr).toContain('in the middle of a command');
  expect(readdirSync(dir).filter((found) => found.startsWith('redisha-rescue-'))).toEqual([]);
  // All that redisha's own start needs here, and no server, neither in PATH nor at work.
  symlinkSync('/bin/sh', join(dir, 'sh'));
  const elsewhere = { REDISHA_LOCAL: '127.0.0.9', REDISHA_PEER: b.address };
  const without = await rescue(['diff', file], { PATH: dir, ...elsewhere });
  expect(without).toMatchObject({ code: 6, stdout: '' });
  expect(without.stderr).toMatch(/there is no redis-server or valkey-server in PATH.*\nhint: install /);
});
