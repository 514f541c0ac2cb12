/** Segments, against packets that another program has made (Python's struct, RFC 1071 by hand). */
import { expect, test } from 'vitest';
import { bytesOfAddress, refusalOf, synIn, tickleOf } from '../../../src/host/segment.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test.each([
  [
    ['10.9.0.9', 6379],
    ['10.9.0.3', 58_680],
    '4500002800000000400666b30a0900090a09000318ebe5380000000000000000501004d298c10000',
    '020000000a0900030000000000000000',
  ],
  [
    ['192.0.2.100', 7000],
    ['198.51.100.7', 1],
    '450000280000000040068e31c0000264c63364071b5800010000000000000000501004d2a30a0000',
    '02000000c63364070000000000000000',
  ],
  [
    ['fd09::9', 6379],
    ['fd09::3', 60_470],
    '6000000000140640fd090000000000000000000000000009fd09000000000000000000000000000318ebec360000000000000000501004d2abc10000',
    '0a00000000000000fd09000000000000000000000000000300000000',
  ],
  [
    ['2001:db8::1:0:0:1', 65_535],
    ['2001:db8:1:2:3:4:5:6', 443],
    '600000000014064020010db800000000000100000000000120010db8000100020003000400050006ffff01bb0000000000000000501004d24dbf0000',
    '0a0000000000000020010db800010002000300040005000600000000',
  ],
] as const)('from %j to %j', ([fromAddress, fromPort], [toAddress, toPort], packet, destination) => {
  const made = tickleOf({ address: fromAddress, port: fromPort }, { address: toAddress, port: toPort });
  expect(made).toBeDefined();
  if (made === undefined) return;
  expect(hex(made.packet)).toBe(packet);
  expect(hex(made.destination)).toBe(destination);
});

test.each([
  ['::', '0'.repeat(32)],
  ['::1', `${'0'.repeat(30)}01`],
  ['fe80::a:B%eth0', 'fe8000000000000000000000000a000b'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:10.0.0.1', '0a000001'],
])('the bytes of %s', (address, bytes) => {
  expect(hex(Uint8Array.from(bytesOfAddress(address)))).toBe(bytes);
});

test('there is none between an IPv4 and an IPv6 address', () => {
  expect(tickleOf({ address: '10.0.0.1', port: 1 }, { address: '::1', port: 1 })).toBeUndefined();
});

const packet = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

test.each([
  [
    'IPv4',
    '4500002c00000000400666af0a0900030a090009e53818ebfffffffe00000000600204d281140000020405b4',
    { from: { address: '10.9.0.3', port: 58_680 }, to: { address: '10.9.0.9', port: 6379 }, sequence: 0xfffffffe },
    '4500002800000000400666b30a0900090a09000318ebe53800000000ffffffff501404d298bd0000',
  ],
  [
    'IPv4, the last number',
    '4500002c00000000400666af0a0900030a090009e53818ebffffffff00000000600204d281130000020405b4',
    { from: { address: '10.9.0.3', port: 58_680 }, to: { address: '10.9.0.9', port: 6379 }, sequence: 0xffffffff },
    '4500002800000000400666b30a0900090a09000318ebe5380000000000000000501404d298bd0000',
  ],
  [
    'IPv6',
    '6000000000180640fd090000000000000000000000000003fd090000000000000000000000000009ec3618ebfffffffe00000000600204d294140000020405b4',
    { from: { address: 'fd09:0:0:0:0:0:0:3', port: 60_470 }, to: { address: 'fd09:0:0:0:0:0:0:9', port: 6379 } },
    '6000000000140640fd090000000000000000000000000009fd09000000000000000000000000000318ebec3600000000ffffffff501404d2abbd0000',
  ],
])('a SYN is read, and refused: %s', (_name, bytes, expected, refusal) => {
  const syn = synIn(packet(bytes));
  expect(syn).toMatchObject(expected);
  if (syn === undefined) return;
  expect(hex(refusalOf(syn)?.packet ?? new Uint8Array())).toBe(refusal);
});

test.each([
  ['the answer to one', '4500002c00000000400666af0a0900030a090009e53818eb0000000700000008601204d280f40000020405b4'],
  ['a refusal', '4500002800000000400666b30a0900090a09000318ebe53800000000ffffffff501404d298bd0000'],
  ['UDP', '4500002800000000401166b30a0900090a09000318ebe53800000000ffffffff500204d298bd0000'],
  ['cut off', '4500002c00000000400666af0a0900030a090009e53818eb'],
  ['no IP', '0001080006040001'],
  ['nothing', ''],
])('no SYN: %s', (_name, bytes) => {
  expect(synIn(packet(bytes))).toBeUndefined();
});
