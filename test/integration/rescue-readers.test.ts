/** Which program of a host reads a rescue, and what is said where none can: on real files of real servers of every version. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findServer } from '../lib/server.ts';
import {
  type Command,
  datasetOf,
  MINE,
  missing,
  REDIS_6,
  REDIS_7,
  REDIS_8_0_2,
  REDIS_8_0_6,
  REDIS_8_6,
  rescueOn,
  startServer,
  VALKEY_8_1,
  VALKEY_9,
  where,
} from './reading.ts';

const FIELD: readonly Command[] = [MINE, ['HSET', 'h', 'f', 1], ['HEXPIRE', 'h', 100_000, 'FIELDS', 1, 'f']];
const VECTOR: readonly Command[] = [MINE, ['VADD', 'v', 'VALUES', 3, 1, 2, 3, 'el']];

describe.skipIf(missing.length > 0)(`a dataset${where}`, () => {
  test.each([
    ['a hash field with a time to live of Valkey 9', VALKEY_9, FIELD, [REDIS_7, VALKEY_9], VALKEY_9, 'valkey-server 9'],
    [
      'a Redis beside an older one and a Valkey',
      REDIS_8_0_2,
      VECTOR,
      [VALKEY_9, REDIS_7, REDIS_8_0_2],
      REDIS_8_6,
      'redis-server 8.0.2',
    ],
    [
      'a vector set that only a newer release reads',
      REDIS_8_0_6,
      VECTOR,
      [REDIS_8_0_2, REDIS_8_6],
      REDIS_8_6,
      'redis-server 8.6',
    ],
    [
      'what both read is read by the one that takes the values of the master',
      REDIS_7,
      [MINE],
      [REDIS_7, REDIS_8_6, VALKEY_9],
      REDIS_8_6,
      'redis-server 8.6',
    ],
    ['a Valkey for what both read', REDIS_7, [MINE], [VALKEY_8_1], VALKEY_8_1, 'valkey-server 8.1'],
    ['a Redis for what both read', VALKEY_8_1, [MINE], [REDIS_8_0_2], REDIS_8_0_2, 'redis-server 8.0'],
  ])('%s: read', async (_name, from, commands, here, master, reader) => {
    const file = await datasetOf(from, commands);
    const { code, stdout, stderr } = await rescueOn(here, await startServer(master), ['diff', file, '--json']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const diff = JSON.parse(stdout) as { readonly reader: string; readonly missing: { readonly count: number } };
    expect(diff.reader.startsWith(reader), diff.reader).toBe(true);
    expect(diff.missing.count).toBe(commands.some(([, key]) => key !== 'mine') ? 2 : 1);
  });

  test('is read by the program of the server that runs here, wherever that is', async () => {
    const file = await datasetOf(REDIS_8_0_2, VECTOR);
    const master = await startServer(REDIS_8_0_2);
    expect(await rescueOn([REDIS_7], master, ['diff', file])).toMatchObject({ code: 4 });
    const { stdout } = await rescueOn([REDIS_7], master, ['diff', file, '--json'], true);
    expect(JSON.parse(stdout)).toMatchObject({ reader: 'redis-server 8.0.2', missing: { count: 2 } });
  });

  test.each([
    [
      'too old',
      VALKEY_9,
      FIELD,
      [VALKEY_8_1, REDIS_7],
      /what this host has is too old for it \(VALKEY080, written by Valkey 9\.[\d.]+\): valkey-server 8\.1\.1, redis-server 7\.0\.15\nhint: install Valkey 9\.0 or newer on this host/,
    ],
    [
      'too old',
      REDIS_8_6,
      [MINE],
      [REDIS_8_0_2, REDIS_6],
      /too old for it \(REDIS0013, written by Redis 8\.6\.[\d]+\): redis-server 8\.0\.2, redis-server 6\.0\.16\nhint: install Redis 8\.6 or newer/,
    ],
    [
      'too old',
      REDIS_8_0_2,
      [MINE],
      [REDIS_7, VALKEY_9],
      /too old for it \(REDIS0012, written by Redis 8\.0\.2\): .*\nhint: install Redis 7\.4 or newer/,
    ],
    [
      'too old',
      VALKEY_8_1,
      [MINE],
      [REDIS_7],
      /too old for it \(REDIS0011, written by Valkey 8\.1\.1\): redis-server 7\.0\.15\nhint: install Redis 7\.2 or newer, or any Valkey/,
    ],
    [
      'too old for a value',
      REDIS_8_0_6,
      VECTOR,
      [REDIS_8_0_2],
      /redis-server 8\.0\.2 is too old for a value of the type vectorset in it .*\nhint: install Redis 8\.0\.6 or newer/,
    ],
    [
      'foreign',
      VALKEY_9,
      [MINE],
      [REDIS_8_6, REDIS_7],
      /only Valkey reads such a file \(VALKEY080, written by Valkey 9\.[\d.]+\), and this host has redis-server 8\.6\.3, redis-server 7\.0\.15\nhint: install Valkey 9\.0 or newer/,
    ],
    [
      'foreign',
      REDIS_8_6,
      [MINE],
      [VALKEY_9],
      /only Redis reads such a file \(REDIS0013, .*\), and this host has valkey-server 9\.[\d.]+\nhint: install Redis 8\.6 or newer/,
    ],
  ])('%s: %s', async (_name, from, commands, here, words) => {
    const file = await datasetOf(from, commands);
    const { code, stdout, stderr } = await rescueOn(here, await startServer(REDIS_7), ['diff', file]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(words);
  });

  test('with no program at all', async () => {
    const file = await datasetOf(VALKEY_9, FIELD);
    const { code, stderr } = await rescueOn([], await startServer(REDIS_7), ['diff', file]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/there is no redis-server or valkey-server .*\nhint: install Valkey 9\.0 or newer/);
  });
});

test.skipIf(findServer(REDIS_7) === undefined)('a rescue that cannot be opened', async () => {
  const master = await startServer(REDIS_7);
  const directory = join(master.dir, '20260813T101500Z-local-0123abcd-99.rdb');
  mkdirSync(directory);
  const { code, stderr } = await rescueOn([REDIS_7], master, ['diff', directory]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^redisha: \S+\.rdb is not a rescue: it is not a file\nhint: /);
});

/** A value of a module that nobody has. Source: redis/src/rdb.h RDB_TYPE_MODULE_2, redis/src/module.c moduleTypeEncodeId. */
const moduleValue = (): Buffer => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const name = 'test-type'.split('').reduce((id, letter) => id * 64n + BigInt(letters.indexOf(letter)), 0n);
  const id = Buffer.alloc(8);
  id.writeBigUInt64BE(name * 1024n + 1n);
  return Buffer.concat([Buffer.from([0xfe, 0, 7, 1, 0x6b, 0x81]), id, Buffer.from([0, 0xff]), Buffer.alloc(8)]);
};

const bent = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

const VALUE = 'x'.repeat(15);
const DAMAGES: readonly (readonly [name: string, damage: (whole: Buffer) => Buffer, words: RegExp])[] = [
  ['empty', () => Buffer.alloc(0), /it is damaged: it does not begin as an RDB file does/],
  ['cut', (whole) => whole.subarray(0, whole.length / 2), /it is damaged: it ends too soon/],
  ['without its last byte', (whole) => whole.subarray(0, -1), /it is damaged: it ends too soon/],
  ['with a bent value', (whole) => bent(whole, whole.indexOf(VALUE)), /it is damaged: its checksum is wrong/],
  ['with a bent checksum', (whole) => bent(whole, whole.length - 1), /it is damaged: its checksum is wrong/],
  [
    'with a module value',
    (whole) => Buffer.concat([whole.subarray(0, 9), moduleValue()]),
    /it holds values of the module type test-type, and redisha loads no modules\nhint: .*--loadmodule/,
  ],
];

describe.each([REDIS_6, REDIS_7, REDIS_8_0_2, REDIS_8_6, VALKEY_8_1, VALKEY_9])('a file of %s', (id) => {
  test.skipIf(findServer(id) === undefined)('that is damaged, or holds a type of a module', async () => {
    const file = await datasetOf(id, [['SET', 'mine', VALUE]]);
    const whole = readFileSync(file);
    const master = await startServer(id);
    for (const [name, damage, words] of DAMAGES) {
      writeFileSync(file, damage(whole));
      const { code, stdout, stderr } = await rescueOn([id], master, ['diff', file]);
      expect({ code, stdout }, name).toEqual({ code: 4, stdout: '' });
      expect(stderr, name).toMatch(words);
    }
  });
});
