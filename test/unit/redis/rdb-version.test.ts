/** Who reads what: every pair of the servers that were tried. */
import { describe, expect, test } from 'vitest';
import { type ServerVersion, serverOfText, serverText } from '../../../src/core/program.ts';
import { parseInfo, serverOfInfo } from '../../../src/redis/info.ts';
import { headOf, readersOf, reads, takes } from '../../../src/redis/rdb-version.ts';

const server = (text: string): ServerVersion => {
  const found = serverOfText(text);
  if (found === undefined) throw new Error(text);
  return found;
};

const head = (magic: string) => {
  const found = headOf(Buffer.from(magic));
  if (found === undefined) throw new Error(magic);
  return found;
};

const SERVERS = ['Redis 6.0.16', 'Redis 7.0.15', 'Redis 7.2.4', 'Redis 7.4.1', 'Redis 8.0.2', 'Redis 8.6.3'].concat([
  'Valkey 8.0.1',
  'Valkey 8.1.1',
  'Valkey 9.1.2',
]);

describe('a file', () => {
  test.each([
    ['REDIS0009', SERVERS],
    ['REDIS0010', SERVERS.slice(1)],
    ['REDIS0011', SERVERS.slice(2)],
    ['REDIS0012', ['Redis 7.4.1', 'Redis 8.0.2', 'Redis 8.6.3']],
    ['REDIS0013', ['Redis 8.6.3']],
    ['VALKEY080', ['Valkey 9.1.2']],
    ['REDIS0099', []],
    ['VALKEY099', []],
  ])('%s is read by %j', (magic, readers) => {
    expect(SERVERS.filter((text) => reads(server(text), head(magic)))).toEqual(readers);
  });

  test.each([
    ['REDIS0010', 'Redis 7.0 or newer, or any Valkey'],
    ['REDIS0011', 'Redis 7.2 or newer, or any Valkey'],
    ['REDIS0012', 'Redis 7.4 or newer'],
    ['VALKEY080', 'Valkey 9.0 or newer'],
    ['REDIS0099', undefined],
  ])('%s needs %s', (magic, needed) => {
    expect(readersOf(head(magic))).toBe(needed);
  });

  test.each([
    ['REDIS0012\xfa\x09redis-ver\x058.0.6\xfa', 'REDIS0012', 'Redis 8.0.6'],
    ['VALKEY080\xfa\x0avalkey-ver\x069.1.12\xfa', 'VALKEY080', 'Valkey 9.1.12'],
    ['REDIS0009', 'REDIS0009', undefined],
  ])('says who wrote it: %j', (bytes, magic, writer) => {
    const found = headOf(Buffer.from(bytes, 'latin1'));
    expect(found?.magic).toBe(magic);
    expect(found?.server === undefined ? undefined : serverText(found.server)).toBe(writer);
  });

  test.each(['', 'REDIS', 'REDIS001', 'MEMCACHED', '*3\r\n$3\r\nSET'])('is none: %j', (bytes) => {
    expect(headOf(Buffer.from(bytes))).toBeUndefined();
  });
});

describe('a packed value', () => {
  test.each([
    ['Redis 7.0.15', 'Redis 6.0.16', true],
    ['Redis 6.0.16', 'Redis 7.0.15', false],
    ['Redis 8.0.2', 'Redis 8.0.6', true],
    ['Redis 8.0.6', 'Redis 8.6.3', false],
    ['Redis 8.0.2', 'Valkey 8.1.1', true],
    ['Redis 7.0.15', 'Valkey 8.1.1', false],
    ['Redis 8.6.3', 'Valkey 9.1.2', false],
    ['Valkey 8.1.1', 'Redis 7.0.15', true],
    ['Valkey 9.1.2', 'Redis 8.0.2', false],
    ['Valkey 8.1.1', 'Valkey 9.1.2', false],
    ['Valkey 9.1.2', 'Valkey 8.1.1', true],
    ['Redis 10.2.0', 'Redis 9.9.0', true],
  ])('%s takes one from %s: %s', (to, from, taken) => {
    expect(takes(server(to), server(from))).toBe(taken);
  });
});

describe('a server', () => {
  test.each([
    ['redis_version:7.0.15\r\nredis_mode:standalone', 'Redis 7.0.15'],
    ['redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2', 'Valkey 9.1.2'],
    ['redis_version:255.255.255', 'Redis 255.255.255'],
    ['role:master', undefined],
  ])('as INFO tells: %j', (info, text) => {
    const found = serverOfInfo(parseInfo(info));
    expect(found === undefined ? undefined : serverText(found)).toBe(text);
  });

  test.each([
    ['Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=6d95e1af3a2c082a', 'Redis 6.0.16'],
    ['Valkey server v=9.1.2 sha=00000000:0 malloc=jemalloc-5.3.1 bits=64 build=9108e8f1788612b', 'Valkey 9.1.2'],
    ['Valkey 9.1.2', 'Valkey 9.1.2'],
    ['keydb 6.3', undefined],
    ['', undefined],
  ])('as its program tells: %j', (words, text) => {
    const found = serverOfText(words);
    expect(found === undefined ? undefined : serverText(found)).toBe(text);
  });
});
