/** Whether a repair of the node with the address leaves the role where it is, and whether `backup` gives it up. */
import { expect, test } from 'vitest';
import { isAddressAtPeer } from '../../../src/app/address-at-peer.ts';
import { isAddressGoing } from '../../../src/app/execution.ts';
import type { Endpoint, Intent } from '../../../src/core/model.ts';
import { LOCAL, master, PEER, POLICY, replica } from '../core/builders.ts';
import { executionOf } from './execution.ts';
import { FakeNode } from './fake-node.ts';

const MOVED = { local: replica(), peer: master() };
const going = { isHere: true, isOutranked: false, hasFollowed: false, intent: 'master' as Intent, pair: MOVED };

test.each([
  ['it stays', {}, false],
  ['it has left', { isHere: false }, true],
  ['it will go to the other one', { isOutranked: true }, true],
  ['it will, but this command has made local follow', { isOutranked: true, hasFollowed: true }, false],
  ['local leads', { isHere: false, pair: { local: master(), peer: replica() } }, false],
  ['both lead', { isHere: false, pair: { local: master(), peer: master() } }, false],
  ['it is no matter of the address', { isHere: false, intent: 'backup' as Intent }, false],
  ['nobody knows', { isHere: undefined }, false],
])('%s', async (_name, changes, found) => {
  const { isHere, isOutranked, hasFollowed, intent, pair } = { ...going, ...changes };
  const execution = {
    ...executionOf(new FakeNode(LOCAL, pair.local), new FakeNode(PEER, pair.peer), () => undefined),
    intent,
    isAddressHere: () => Promise.resolve(isHere),
    isOutranked: () => Promise.resolve(isOutranked),
  };
  expect(await isAddressGoing(execution, pair, hasFollowed)).toBe(found);
});

const HERE = '10.0.0.100';
const LEFT = { local: master(), peer: replica({ runId: 'peer' }) };
const LATE_MS = POLICY.peerMasterTimeoutMs;
const leftBehind = {
  isHere: false,
  answers: 'peer',
  intent: 'backup' as Intent,
  pair: LEFT,
  waitedMs: LATE_MS,
  addresses: [HERE],
};

test.each([
  ['the peer answers at the address', {}, true],
  ["the peer's `master` may yet act", { waitedMs: LATE_MS - 1 }, false],
  ['the kernel says that it is here', { isHere: true }, false],
  ['the kernel says nothing', { isHere: undefined }, false],
  ['nobody knows the address', { addresses: [] }, false],
  ['somebody else answers there', { answers: 'another' }, false],
  ['local follows', { pair: { ...LEFT, local: replica() } }, false],
  ['the node is in fault', { intent: 'fault' as Intent }, false],
])('the role was left behind: %s', async (_name, changes, found) => {
  const { isHere, answers, intent, pair, waitedMs, addresses } = { ...leftBehind, ...changes };
  const given = executionOf(new FakeNode(LOCAL, pair.local), new FakeNode(PEER, pair.peer), () => undefined);
  const execution = {
    ...given,
    eyes: { ...given.eyes, open: (endpoint: Endpoint) => new FakeNode(endpoint, replica({ runId: answers })) },
    intent,
    addresses: () => Promise.resolve(addresses),
    isAddressHere: () => Promise.resolve(isHere),
  };
  expect(await isAddressAtPeer(execution, pair, waitedMs)).toBe(found);
});
