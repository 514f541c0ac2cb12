/** Values between servers of different versions: what comes over, what is refused before anything is changed, what is said. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encode } from '../lib/resp.ts';
import type { Finished } from '../lib/process.ts';
import { expectInOrder, startPair, temporary } from './lib/pair.ts';
import {
  datasetOf,
  MINE,
  missing,
  pathOf,
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

describe.skipIf(missing.length > 0)(`a restore${where}`, () => {
  test.each([
    [REDIS_8_0_2, REDIS_7, /is Redis 7\.0\.15, which takes no values from redis-server 8\.0\.2 of this host; nothing/],
    [REDIS_7, REDIS_6, /is Redis 6\.0\.16, which takes no values from redis-server 7\.0\.15/],
    [VALKEY_9, VALKEY_8_1, /is Valkey 8\.1\.1, which takes no values from valkey-server 9\./],
    [VALKEY_9, REDIS_8_6, /is Redis 8\.6\.3, which takes no values from valkey-server 9\./],
  ])('of %s into %s is refused before anything is changed', async (from, to, words) => {
    const file = await datasetOf(from, [MINE]);
    const master = await startServer(to);
    const restore = ['restore', file, '--only-missing'];
    const refused = await rescueOn([from], master, restore);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatch(words);
    const port = /\d+ is/;
    const dry = await rescueOn([from], master, [...restore, '--dry-run']);
    expect({ ...dry, stderr: dry.stderr.replace(port, '') }).toEqual({
      ...refused,
      stderr: refused.stderr.replace(port, ''),
    });
    expect(await master.ask('DBSIZE')).toBe(0);
  });

  test.each([
    [REDIS_6, [REDIS_6, REDIS_8_6], REDIS_6],
    [REDIS_7, [REDIS_8_6, REDIS_7, VALKEY_9], VALKEY_8_1],
    [VALKEY_8_1, [VALKEY_8_1], REDIS_8_0_2],
    [VALKEY_8_1, [VALKEY_9, VALKEY_8_1], VALKEY_8_1],
  ])('of %s on a host with %j goes into %s', async (from, here, to) => {
    const file = await datasetOf(from, [['HSET', 'h', 'f', 1], ['XADD', 's', '1-1', 'f', 'v'], MINE]);
    const master = await startServer(to);
    const restored = await rescueOn(here, master, ['restore', file, '--only-missing']);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    expect(await master.ask('HGET', 'h', 'f')).toBe('1');
    expect(await rescueOn(here, master, ['diff', file])).toMatchObject({ code: 0, stderr: '' });
  });

  test('that the replica would drop is refused; what both take goes in, where this host has the program', async () => {
    const file = await datasetOf(VALKEY_8_1, [MINE]);
    const { a, b } = await startPair({ servers: [VALKEY_9, VALKEY_8_1] });
    const restoreOn = async (programs: readonly string[]): Promise<Finished> => {
      const pair = { REDISHA_LOCAL: a.address, REDISHA_PEER: b.address, REDISHA_PORT: String(a.port) };
      return a.runWith(['rescue', 'restore', file, '--only-missing'], b, { ...pair, PATH: await pathOf(programs) });
    };
    const refused = await restoreOn([VALKEY_9]);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatch(
      /the replica \S+ is Valkey 8\.[\d.]+, which takes no values from valkey-server 9\.[\d.]+ of this host; nothing was restored\nhint: install Valkey 8\.[\d.]+ on this host, where its service need not run; or make the replica a server of Valkey 9/,
    );
    expect(await a.ask('EXISTS', 'mine')).toBe(0);
    expect(await restoreOn([VALKEY_9, VALKEY_8_1])).toMatchObject({ code: 0, stderr: '' });
    expect(await a.ask('GET', 'mine')).toBe('1');
    await expectInOrder(a, b);
  });

  test('goes on past a value that the master cannot read, and names it', async () => {
    const file = await datasetOf(REDIS_8_0_6, [['VADD', 'v', 'VALUES', 3, 1, 2, 3, 'el'], MINE]);
    const master = await startServer(REDIS_8_0_2);
    const { code, stdout, stderr } = await rescueOn([REDIS_8_0_6], master, ['restore', file, '--only-missing']);
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(/cannot read the values of 1 key: 0\/v; 1 key restored\nhint: /);
    expect(await master.ask('GET', 'mine')).toBe('1');
    expect(await master.ask('EXISTS', 'v')).toBe(0);
  });
});

describe.skipIf(missing.length > 0)(`a comparison${where}`, () => {
  test('with a master whose values this host does not read says so, and finds what is missing', async () => {
    const file = await datasetOf(REDIS_7, [['RPUSH', 'list', 1], ['SADD', 'set', 1, 'x'], MINE]);
    const master = await startServer(REDIS_8_0_2, [['SADD', 'set', 'x', 1, 'y'], MINE]);
    const { code, stdout } = await rescueOn([REDIS_7], master, ['diff', file]);
    expect(code).toBe(1);
    expect(stdout).toContain('3 keys: 1 only in the rescue, 1 different, 1 equal by now');
    expect(stdout).toContain('  0/set  cannot be compared\n');
    expect(stdout).toMatch(
      /note: redis-server 7\.0\.15 of this host does not read the master's value of 1 key; Redis 8\.0\.2 or newer on/,
    );
  });
});

describe.skipIf(missing.length > 0)(`a suffix${where}`, () => {
  const COMMANDS = [
    ['SELECT', 0],
    ['SET', 'mine', 1],
    ['HSETEX', 'h', 'EX', 1000, 'FIELDS', 1, 'f', 'v'],
  ];

  const suffixOf = async (server: string | undefined): Promise<string> => {
    const file = join(await temporary(), '20260813T101500Z-peer-0123abcd-9-99.resp');
    writeFileSync(file, COMMANDS.map((command) => encode(command)).join(''));
    writeFileSync(`${file}.json`, JSON.stringify({ server, content: { form: 'suffix' } }));
    return file;
  };

  test.each([
    ['of Redis 8, on a host with an older one first', 'Redis 8.0.2', [REDIS_7, REDIS_8_0_2], 'redis-server 8.0.2', []],
    ['of Valkey 9, beside Redis', 'Valkey 9.1.2', [REDIS_8_6, VALKEY_9], 'valkey-server 9', []],
    ['that does not say whose it is', undefined, [REDIS_7, REDIS_8_6], 'redis-server 8.6', []],
    ['of Redis 8, on an old host', 'Redis 8.0.2', [REDIS_7], 'redis-server 7.0.15', ['HSETEX']],
  ])('%s', async (_name, server, here, reader, unknown) => {
    const master = await startServer(REDIS_8_6);
    const { code, stdout } = await rescueOn(here, master, ['diff', await suffixOf(server), '--json']);
    expect(code).toBe(1);
    const diff = JSON.parse(stdout) as { readonly reader: string; readonly doubts: { readonly unknown: string[] } };
    expect(diff.reader.startsWith(reader), diff.reader).toBe(true);
    expect(diff.doubts.unknown).toEqual(unknown);
  });

  test('says which commands the program of this host does not know', async () => {
    const master = await startServer(REDIS_8_6);
    const { stdout } = await rescueOn([REDIS_7], master, ['diff', await suffixOf('Redis 8.0.2')]);
    expect(stdout).toContain('note: redis-server 7.0.15 does not know HSETEX: a newer one on this host would');
  });

  test('whose values an older master does not take can be replayed, where that knows the commands', async () => {
    const master = await startServer(REDIS_7);
    const file = await suffixOf('Redis 8.0.2');
    const { code, stderr } = await rescueOn([REDIS_8_0_2], master, ['restore', file, '--only-missing']);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /takes no values from redis-server 8\.0\.2 of this host; nothing was restored\nhint: use --replay/,
    );
    const replayed = await rescueOn([REDIS_8_0_2], master, ['restore', file, '--replay']);
    expect(replayed).toMatchObject({ code: 6, stdout: '' });
    expect(replayed.stderr).toContain('HSETEX');
    expect(await master.ask('DBSIZE')).toBe(0);
  });
});
