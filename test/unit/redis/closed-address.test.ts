import { describe, expect, test } from 'vitest';
import { closedBind, localAddressesIn, openedBind, withoutInsisting } from '../../../src/redis/closed-address.ts';

const VIP = '10.0.0.100';
const OTHERS = ['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '10.0.0.1', VIP, '192.168.7.1'];
const split = (bind: string): readonly string[] => bind.split(' ');

test.each<readonly [name: string, bind: string, addresses: readonly string[], closed: string]>([
  [
    'everywhere: every other address by itself, and IPv6 stays',
    '* -::*',
    [VIP],
    '-100:7264:0:103:0:0:0:0 -10.0.0.1 -127.0.0.1 -192.168.7.1 -::*',
  ],
  ['0.0.0.0', '0.0.0.0', [VIP], '-100:7264:0:203:0:0:0:0 -10.0.0.1 -127.0.0.1 -192.168.7.1'],
  ['an IPv6 address', '* -::*', ['fd00::100'], '* -100:7264:0:8302:0:0:0:0 -::1 -fd00::1'],
  ['named', `127.0.0.1 ${VIP} 10.0.0.1`, [VIP], '127.0.0.1 -100:7264:0:500:0:0:a00:64 10.0.0.1'],
  ['named, where there is such an address', `10.0.0.1 -${VIP}`, [VIP], '10.0.0.1 -100:7264:0:8500:0:0:a00:64'],
  [
    'a named IPv6 address takes two words',
    '::1 fd00::1:2:3:100 10.0.0.1',
    ['fd00:0:0::1:2:3:100'],
    '::1 -100:7264:0:601:fd00:0:0:0 -100:7264:0:700:1:2:3:100 10.0.0.1',
  ],
  [
    'several addresses',
    `${VIP} 10.0.0.1 10.0.0.101`,
    [VIP, '10.0.0.101'],
    '-100:7264:0:500:0:0:a00:64 10.0.0.1 -100:7264:0:500:0:0:a00:65',
  ],
])('%s', (_name, bind, addresses, closed) => {
  expect(closedBind(split(bind), addresses, OTHERS)).toEqual(split(closed));
  expect(openedBind(split(closed))).toEqual(split(bind));
});

describe('nothing is closed', () => {
  test.each<readonly [name: string, bind: string]>([
    ['where the server does not listen at the address', '127.0.0.1 10.0.0.1'],
    ['where a name stands for it', 'redis.example'],
    ['where there is no room for two words', Array.from({ length: 16 }, (_, at) => `10.0.1.${String(at)}`).join(' ')],
  ])('%s', (_name, bind) => {
    expect(closedBind(split(bind), [VIP, 'fd00::100'], OTHERS)).toBeUndefined();
    expect(openedBind(split(bind))).toBeUndefined();
  });
});

test('more addresses than a server can name: those that matter most', () => {
  const many = Array.from({ length: 40 }, (_, at) => `10.0.2.${String(at)}`);
  const closed = closedBind(['*', '-::*'], [VIP], ['10.0.0.1', '127.0.0.1', ...many]) ?? [];
  expect(closed).toHaveLength(16);
  expect(closed.slice(1, 3)).toEqual(['-10.0.0.1', '-127.0.0.1']);
  expect(openedBind(closed)).toEqual(['*', '-::*']);
});

test('a word that another hand has put in stays', () => {
  const closed = closedBind(['*'], [VIP], OTHERS) ?? [];
  expect(openedBind([...closed, '10.9.9.9'])).toEqual(['*', '10.9.9.9']);
});

test('what a server cannot insist on now', () => {
  expect(withoutInsisting(['127.0.0.1', VIP, '-fd00::1', '*'])).toEqual(['127.0.0.1', `-${VIP}`, '-fd00::1', '*']);
});

const line = (laddr: string): string => `id=3 addr=10.0.0.9:1000 laddr=${laddr} fd=8 name= db=0`;

test('where clients came in, by the server', () => {
  const list = ['10.0.0.1:6379', '[fd00::1]:6379', '[fe80::1]:6379', '/run/redis.sock:0'].map(line).join('\n');
  expect(localAddressesIn(list)).toEqual(['10.0.0.1', 'fd00::1']);
});
