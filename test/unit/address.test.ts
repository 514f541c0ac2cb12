/** One address, however it is written. */
import { describe, expect, test } from 'vitest';
import {
  isIn,
  isLoopback,
  isSameAddress,
  isUnspecified,
  plainAddress,
  toAddress,
  toNumber,
} from '../../src/address.ts';
import * as fc from './properties.ts';

describe('an address is written in one way', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0::0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::', '::'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
    ['FE80::0:1%eth0', 'fe80::1%eth0'],
    ['Redis-A.example', 'redis-a.example'],
    ['::g', '::g'],
    ['', ''],
  ])('%s as %s', (text, plain) => {
    expect(plainAddress(text)).toBe(plain);
  });

  test('and that way is its own', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.ipV4(), fc.domain(), fc.string()), (text) => {
        const plain = plainAddress(text);
        expect(plainAddress(plain)).toBe(plain);
        expect(isSameAddress(text, plain)).toBe(true);
      }),
    );
  });

  test('numbers and IPv4 addresses are the same', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(toAddress(toNumber(address))).toBe(address);
        expect(isSameAddress(`::ffff:${address}`, address)).toBe(true);
      }),
    );
  });
});

test.each([
  ['10.0.0.0/24', '10.0.0.7', true],
  ['10.0.0.9/24', '10.0.1.7', false],
  ['fd00::/64', 'FD00:0:0:0:1::1', true],
  ['fd00::/64', '10.0.0.1', false],
  ['', '10.0.0.1', false],
])('the network %s and %s', (cidr, address, expected) => {
  expect(isIn(cidr, address)).toBe(expected);
});

test('of this host alone, and of nobody', () => {
  expect(['127.0.0.9', '::1', '0::1', 'localhost', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true);
  expect(['10.0.0.1', '::2', 'redis-a'].some(isLoopback)).toBe(false);
  expect(['0.0.0.0', '::', '0:0::0'].every(isUnspecified)).toBe(true);
  expect(['0.0.0.1', '::1'].some(isUnspecified)).toBe(false);
});
