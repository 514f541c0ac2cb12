import { describe, expect, test } from 'vitest';
import * as kind from '../../../src/config/kinds.ts';
import { KEYS, SCHEMA, variablesOf } from '../../../src/config/schema.ts';

const wrong = undefined;

describe('kinds', () => {
  test.each([
    ['10s', 10_000],
    ['300ms', 300],
    ['1.5s', 1_500],
    ['0.5ms', 1],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['2h', wrong],
    ['0s', wrong],
    ['10', wrong],
    ['-1s', wrong],
    ['1 s', wrong],
    ['1e3s', wrong],
    ['10sec', wrong],
    ['1constructor', wrong],
    ['', wrong],
    [10, wrong],
    [null, wrong],
  ])('duration: %j is %j ms', (raw, ms) => {
    expect(kind.duration.read(raw)).toBe(ms);
  });

  test('a grace may be none at all', () => {
    expect([kind.grace.read('0s'), kind.grace.read('5s'), kind.grace.read('5')]).toEqual([0, 5_000, wrong]);
  });

  test.each([
    ['10GiB', 10 * 1024 ** 3],
    ['512MiB', 512 * 1024 ** 2],
    ['100B', 100],
    ['10GB', wrong],
    ['0B', wrong],
    ['999999999TiB', wrong],
    [1024, wrong],
  ])('size: %j is %j bytes', (raw, bytes) => {
    expect(kind.size.read(raw)).toBe(bytes);
  });

  test.each([
    [6379, 6379],
    ['6379', 6379],
    [65_535, 65_535],
    [0, wrong],
    [65_536, wrong],
    [6379.5, wrong],
    ['6379x', wrong],
    ['', wrong],
    [true, wrong],
  ])('port: %j is %j', (raw, port) => {
    expect(kind.port.read(raw)).toBe(port);
  });

  test.each([
    [true, true],
    ['yes', true],
    ['1', true],
    ['false', false],
    ['no', false],
    ['maybe', wrong],
    [1, wrong],
  ])('yes or no: %j is %j', (raw, value) => {
    expect(kind.yesNo.read(raw)).toBe(value);
  });

  test.each([
    ['10.0.0.2', '10.0.0.2'],
    ['fe80::1', 'fe80::1'],
    ['redis-1.example', 'redis-1.example'],
    ['[::1]', wrong],
    ['two words', wrong],
    ['a\nb', wrong],
    [7, wrong],
  ])('host: %j is %j', (raw, host) => {
    expect(kind.host.read(raw)).toBe(host);
  });

  test.each([
    ['10.0.0.3:6379', { host: '10.0.0.3', port: 6379 }],
    ['witness.example:7000', { host: 'witness.example', port: 7000 }],
    ['[fd00::3]:6379', { host: 'fd00::3', port: 6379 }],
    ['fd00::3:6379', wrong],
    ['[10.0.0.3]:6379', wrong],
    ['10.0.0.3', wrong],
    ['10.0.0.3:0', wrong],
    ['10.0.0.3:65536', wrong],
    [':6379', wrong],
    [6379, wrong],
  ])('endpoint: %j is %j', (raw, value) => {
    expect(kind.endpoint.read(raw)).toEqual(value);
  });

  test('an address may have the length of its prefix, and is no name', () => {
    expect(['10.0.0.100/24', 'fd00::1', 'vip.example'].map(kind.address.read)).toEqual([
      '10.0.0.100',
      'fd00::1',
      wrong,
    ]);
  });

  test('a path is absolute, since keepalived starts us in the root', () => {
    expect(['/a', 'a', './a', ''].map(kind.path.read)).toEqual(['/a', wrong, wrong, wrong]);
  });

  test('renamed commands are a table of texts', () => {
    expect(kind.renames.read({ failover: 'x1' })).toEqual({ FAILOVER: 'x1' });
    expect([{ FAILOVER: 1 }, { FAILOVER: '' }, ['x1'], 'FAILOVER=x1'].map(kind.renames.read)).toEqual(
      Array(4).fill(wrong),
    );
  });

  test('a choice is one of its words, a count a small whole number', () => {
    expect(['merge', 'Merge', 'x'].map(kind.choice('merge', 'manual').read)).toEqual(['merge', wrong, wrong]);
    expect([1, '10', 0, 1_001, 1.5].map(kind.count.read)).toEqual([1, 10, wrong, wrong, wrong]);
  });
});

describe('the table of options', () => {
  test.each(KEYS.filter((key) => SCHEMA[key].default !== undefined))(
    '%s: its default is what it would print',
    (key) => {
      const { kind: of, default: preset } = SCHEMA[key];
      const value = of.read(preset);
      expect(value).toBeDefined();
      expect((of.show as (value: unknown) => string)(value).replace(/^1200ms$/, '1.2s')).toBe(preset);
    },
  );

  test('gives every key but the table a variable of its own', () => {
    const names = KEYS.flatMap(variablesOf);
    expect(new Set(names).size).toBe(names.length);
    expect(variablesOf('state_dir')).toEqual(['REDISHA_STATE_DIR']);
    expect(variablesOf('password')).toEqual(['REDISHA_PASSWORD', 'REDISCLI_AUTH']);
    expect(variablesOf('rename_commands')).toEqual([]);
  });

  test('says of every key what it is, in a sentence', () => {
    expect(KEYS.filter((key) => !/^[A-Zr].*\.$/.test(SCHEMA[key].doc))).toEqual([]);
  });
});
