/** Whether a repair of the node with the address leaves the role where another command has taken it to. */
import { expect, test } from 'vitest';
import { isAddressGoing } from '../../../src/app/execution.ts';
import type { Intent } from '../../../src/core/model.ts';
import { LOCAL, master, PEER, replica } from '../core/builders.ts';
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
