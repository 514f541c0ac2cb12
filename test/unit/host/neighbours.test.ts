/** Which neighbour the kernel has to ask the network for. */
import { expect, test } from 'vitest';
import { knownNeighbours, strangerIn, tellNeighbours } from '../../../src/host/neighbours.ts';

const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.0.0.254       0x1         0x2         02:00:00:00:00:fe     *        eth0
10.0.0.253       0x1         0x0         00:00:00:00:00:00     *        eth0
`;

const net = (address: string, netmask: string) => ({ address, netmask, cidr: null, family: 'IPv4' as const });

test('whom the kernel knows, it does not ask for', () => {
  expect(knownNeighbours(TABLE)).toEqual(new Set(['10.0.0.254']));
});

test('the last address of the network that nobody is known to have', () => {
  expect(strangerIn(net('10.0.0.1', '255.255.255.0'), knownNeighbours(TABLE))).toBe('10.0.0.253');
  expect(strangerIn(net('192.168.200.1', '255.255.0.0'), new Set())).toBe('192.168.255.254');
  expect(strangerIn(net('10.0.0.1', '255.255.255.248'), new Set(['10.0.0.6']))).toBe('10.0.0.5');
});

test('a network without a stranger in it has none', () => {
  const taken = new Set(Array.from({ length: 6 }, (_, place) => `10.0.0.${String(place + 1)}`));
  expect(strangerIn(net('10.0.0.1', '255.255.255.248'), taken)).toBeUndefined();
});

test('an address that is not here is not told of', async () => {
  expect(await tellNeighbours('192.0.2.1')).toMatch(/is not on a card of this host/);
  expect(await tellNeighbours('fd00::1')).toMatch(/no IPv4 address/);
});
