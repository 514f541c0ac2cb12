/** Who is who in the lists of replicas that two servers keep. */
import { describe, expect, test } from 'vitest';
import type { Eyes } from '../../../src/app/observe.ts';
import { observe, settlePair } from '../../../src/app/observe.ts';
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

const eyesThat = (silentMs: () => number, look: () => Promise<NodeView>): Eyes => ({
  local: new FakeNode(LOCAL, replica()),
  peer: Object.assign(new FakeNode(PEER, master()), { look }),
  interfaces: { addresses: () => [LOCAL.host] },
  resolver: { resolve: (host: string) => Promise.resolve([host]) },
  open: (endpoint: Endpoint) => new FakeNode(endpoint, replica()),
  peerSilence: { silentMs, patienceMs: 750, clock: { delay: () => Promise.resolve() } },
});
const never = new Promise<NodeView>(() => undefined);
const inAMoment = (view: NodeView): Promise<NodeView> =>
  new Promise((resolve) => {
    setImmediate(resolve, view);
  });
const rising = (...silences: readonly number[]): (() => number) => {
  let nth = 0;
  return () => silences[nth++] ?? 0;
};

describe('a peer that is asked by a resident, which waits for an answer of it already', () => {
  test.each([
    ['the time is over before anybody asks', rising(800, 800), never, 'frozen'],
    ['the time ends while it is asked', rising(400, 400, 760), never, 'frozen'],
    ['the resident hears it while it is asked', rising(400, 400, 0), inAMoment(master()), 'answering'],
    ['it answers at once', rising(400, 400, 760), Promise.resolve(master()), 'answering'],
  ])('%s', async (_name, silentMs, answer, kind) => {
    const pair = await observe(eyesThat(silentMs, () => answer));
    expect(pair.peer.kind).toBe(kind);
  });
});
