/** Which interface `config` takes, and what it says of those that are there. */
import { describe, expect, test } from 'vitest';
import {
  assertSigning,
  interfacesFor,
  missingNotes,
  networkNotes,
  nodeNumberHere,
} from '../../../../src/app/config/network.ts';

const VIP = '192.0.2.100';
const NODES = ['192.0.2.1', '192.0.2.2'] as const;
const service = { vip: VIP, prefixLength: 24, family: 4, ports: [6379], virtualRouterId: 1 } as const;
const card = (name: string, address: string) => ({ name, address, cidr: `${address}/24` });

const CLIENTS = card('clients', '192.0.2.77');
const NEAR = card('near', '198.51.100.3');
const OWN = card('own', '198.51.100.1');
const FAR = card('far', '203.0.113.1');
const APART = ['198.51.100.1', '198.51.100.2'] as const;

describe('the interface', () => {
  test.each([
    ['in whose network the virtual address is', false, [FAR, OWN, CLIENTS], 'clients'],
    ['that has the address of a node', false, [FAR, NEAR, OWN], 'own'],
    ['in the network of a node', false, [FAR, NEAR], 'near'],
    ['with unicast: that of a node first', true, [CLIENTS, NEAR, OWN], 'own'],
    ['with unicast: that of the address at last', true, [FAR, CLIENTS], 'clients'],
  ])('%s', (_name, unicast, cards, name) => {
    const asked = { nodes: APART, services: [service], unicast, interfaces: undefined };
    expect(interfacesFor(asked, cards).value).toEqual([name, name]);
  });

  test('that was named is taken without a word', () => {
    const asked = { nodes: APART, services: [service], unicast: false, interfaces: ['a', 'b'] } as const;
    expect(interfacesFor(asked, [])).toEqual({ value: ['a', 'b'], notes: [] });
  });

  test('that cannot be told is asked for', () => {
    const asked = { nodes: APART, services: [service], unicast: false, interfaces: undefined };
    expect(() => interfacesFor(asked, [FAR])).toThrow(/no interface of this host is in a network with/);
  });
});

const plan = (address: string) => ({ address, local: '127.0.0.1', interface: 'eth0' });
const blueprint = { nodes: [plan(NODES[0]), plan(NODES[1])] as const, services: [service], authHmacKeyFile: '/key' };

test.each([
  ['another host', [card('eth0', '203.0.113.9')], []],
  ['a node without that interface', [card('eth1', NODES[0])], [/no interface eth0/]],
  ['a node in the network of the address', [card('eth0', NODES[1])], []],
  ['a node in another network', [card('eth1', NODES[0]), card('eth0', '203.0.113.9')], [/is in no network of eth0/]],
])('notes for %s', (_name, cards, says) => {
  const notes = networkNotes(blueprint, cards);
  expect(notes).toHaveLength(says.length);
  for (const [at, words] of says.entries()) expect(notes[at]).toMatch(words);
});

test('a node whose keepalived signs no adverts is refused, and another host is not', () => {
  const here = [card('eth0', NODES[0])];
  expect(() => assertSigning(blueprint, 'too old', here)).toThrow('too old');
  expect(() => assertSigning(blueprint, undefined, here)).not.toThrow();
  expect(() => assertSigning(blueprint, 'too old', [FAR])).not.toThrow();
});

test.each([
  ['the first', [card('eth0', NODES[0])], 1],
  ['the second', [FAR, card('eth0', NODES[1])], 2],
  ['neither', [FAR], undefined],
  ['both', NODES.map((address) => card('lo', address)), undefined],
] as const)('which node this host is: %s', (_name, cards, number) => {
  expect(nodeNumberHere(blueprint, cards)).toBe(number);
});

test('what is missing is said', () => {
  const executable = '/usr/local/bin/redisha';
  const all = { isProgram: true, hasIpvs: true, hasPasswordFile: true };
  const none = { isProgram: false, hasIpvs: false, hasPasswordFile: false };
  const wanted = { executable, readAddress: service, passwordFile: '/etc/redisha/password', scriptUser: 'redis' };
  expect(missingNotes(wanted, all)).toEqual([]);
  expect(missingNotes(wanted, none)).toHaveLength(3);
  expect(
    missingNotes({ ...wanted, readAddress: undefined, passwordFile: undefined }, { ...none, isProgram: true }),
  ).toEqual([]);
});
