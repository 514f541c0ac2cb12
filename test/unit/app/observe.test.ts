/** Who is who in the lists of replicas that two servers keep. */
import { describe, expect, test } from 'vitest';
import { settlePair } from '../../../src/app/observe.ts';
import type { Answering, Endpoint, NodeView, ReplicaLine } from '../../../src/core/model.ts';
import { LOCAL, master, PEER, replica } from '../core/builders.ts';
import { FakeNode } from './fake-node.ts';

const line = (endpoint: Endpoint): ReplicaLine => ({ endpoint, online: true, offset: 100 });
const THIRD = { host: '10.0.0.3', port: LOCAL.port };
const NATTED = { host: '203.0.113.1', port: LOCAL.port };
const leads = (...replicas: readonly Endpoint[]): Answering => master({ replicas: replicas.map(line) });

const at = (host: string): Endpoint => ({ host, port: LOCAL.port });

const localAtPeer = async (local: NodeView, peer: NodeView) => {
  const pair = await settlePair(
    {
      local: new FakeNode(LOCAL, master()),
      peer: new FakeNode(PEER, master()),
      interfaces: { addresses: () => [LOCAL.host] },
      resolver: { resolve: (host) => Promise.resolve([host]) },
      open: (endpoint) => new FakeNode(endpoint, replica()),
    },
    local,
    peer,
  );
  return { line: pair.localAtPeer?.endpoint, seen: pair.localSeenByPeer };
};

describe("local's line in the peer's list", () => {
  test.each([
    ['by its address, among others', replica(), leads(THIRD, LOCAL), LOCAL],
    ['alone, from an address that nobody knows', replica(), leads(NATTED), NATTED],
    ['a third server at the same port, local has no link', replica({}, { linkUp: false }), leads(THIRD), undefined],
    ['a third server at the same port, local is a master', master(), leads(THIRD), undefined],
    [
      'a third server at the same port, local follows somebody else',
      replica({}, { endpoint: THIRD }),
      leads(THIRD),
      undefined,
    ],
    [
      'a third server at the same port, local announces another one',
      replica(),
      leads(THIRD, { host: NATTED.host, port: 7000 }),
      undefined,
    ],
    ['local does not answer', { kind: 'refused', why: '' } as const, leads(THIRD), undefined],
  ])('%s', async (_name, local, peer, expected) => {
    expect(await localAtPeer(local, peer)).toEqual({ line: expected, seen: expected ?? LOCAL });
  });
});

test('a master that is named by another form of its address is that master', async () => {
  const [local, peer] = [at('fd00::1'), at('fd00:0::2')];
  const pair = await settlePair(
    {
      local: new FakeNode(local, master()),
      peer: new FakeNode(peer, master()),
      interfaces: { addresses: () => [local.host] },
      resolver: { resolve: (host) => Promise.resolve([host]) },
      open: (endpoint) => new FakeNode(endpoint, master()),
    },
    replica({}, { endpoint: at('FD00::0:2') }),
    leads(at('fd00:0:0::1')),
  );
  expect(pair.local).toMatchObject({ upstream: { who: 'other-side' } });
  expect(pair.localAtPeer?.endpoint).toEqual(at('fd00:0:0::1'));
});
