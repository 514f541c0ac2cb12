import { describe, expect, test } from 'vitest';
import type { NodeView } from '../../../src/core/model.ts';
import { describeOlderData, isCopiedOver, olderDataIn } from '../../../src/core/older-data.ts';
import { at, master, pairOf, replica, silent } from './builders.ts';

const YOUNG = { uptimeSeconds: 3 };
const older = (keys: number) => ({ ...YOUNG, keys, history: at('R', 100) });
const newer = (keys: number): NodeView => master({ keys, history: at('S', 150, 'R', 140) });
const DOWN = { linkUp: false, linkDownSeconds: -1 };

test.each([
  ['a master that came back with a backup: its keys were deleted since', master(older(10)), newer(0), false, 'local'],
  ['a replica that came back with more keys than its master', replica(older(10), DOWN), newer(0), false, 'local'],
  ['the peer came back so', newer(0), master(older(10)), false, 'peer'],
  ['the one that led before came back older, with fewer keys', replica(older(5), DOWN), newer(10), true, 'local'],
  ['a replica that was stopped and started', replica(older(5), DOWN), newer(10), false, undefined],
  ['its link is up already', replica(older(10)), newer(0), false, undefined],
  ['it has run on', master({ ...older(10), uptimeSeconds: 500 }), newer(0), false, undefined],
  ['it came back empty', master(older(0)), newer(10), true, undefined],
  ['it has writes of its own', master({ ...older(10), history: at('T', 120, 'R', 100) }), newer(0), true, undefined],
  ['both hold the same', master(older(10)), master({ keys: 10, history: at('Q', 100, 'R', 101) }), true, undefined],
  [
    'its replica was read a moment later',
    master(older(10)),
    replica({ keys: 11, history: at('R', 136) }),
    true,
    undefined,
  ],
  ['the other one does not answer', master(older(10)), silent('refused'), true, undefined],
] as const)('%s', (_name, local, peer, wasMaster, side) => {
  expect(olderDataIn(pairOf(local, peer), { wasMaster })?.side).toBe(side);
});

test('a young server that has not restarted since the pair was whole was cut off, and nothing else', () => {
  const [local, peer] = [master({ ...older(10), runId: 'l' }), newer(0)];
  const runs = { local: 'l', peer: 'p' };
  expect(olderDataIn(pairOf(local, peer), { runs })).toBeUndefined();
  expect(olderDataIn(pairOf(local, peer), { runs: { ...runs, local: 'before' } })?.side).toBe('local');
});

const back = (changes = {}, link = {}): NodeView =>
  replica({ ...YOUNG, runId: 'l', keys: 0, keysLoaded: 10, history: at('S', 150, 'R', 100), ...changes }, link);

describe('in step before anybody looked', () => {
  const LED = { wasMaster: true, runs: { local: 'before', peer: 'p' }, keys: 10 };

  test.each([
    ['it joined from before its peer took the role', back(), LED, 'local'],
    ['it loads for longer than two minutes', back({ uptimeSeconds: 500 }), LED, 'local'],
    ['of two that nobody remembers the young one', back(), undefined, 'local'],
    ['nobody remembers, and it is old', back({ uptimeSeconds: 500 }), undefined, undefined],
    ['it had saved all when it was stopped', back({ history: at('S', 150, 'R', 140) }), LED, undefined],
    ['it has not restarted', back({ runId: 'before' }), LED, undefined],
    ['it had a full copy', back({ history: at('S', 150) }), LED, undefined],
  ] as const)('%s', (_name, local, memory, side) => {
    expect(olderDataIn(pairOf(local, newer(0)), memory)?.side).toBe(side);
  });

  test('the other host knows it as well', () => {
    const memory = { wasMaster: true, runs: { local: 'p', peer: 'before' } };
    expect(olderDataIn(pairOf(newer(0), back()), memory)?.side).toBe('peer');
  });

  test.each([
    ['as many keys as it says', back(), /\(10 keys, 40 bytes/],
    ['before Redis 7.0 it does not say', back({ keysLoaded: undefined }), /\(40 bytes/],
  ])('%s', (_name, local, words) => {
    const found = olderDataIn(pairOf(local, newer(0)), LED);
    expect(found && describeOlderData(found)).toMatch(words);
  });

  test.each([
    ['a full copy of the peer', back({ history: at('S', 150) }), LED, true],
    ['only what it lacked', back(), LED, false],
    ['it was the replica before', back({ history: at('S', 150) }), { ...LED, wasMaster: false }, false],
    ['it was told to follow since', back({ history: at('S', 150), runId: 'before' }), LED, false],
    ['not yet', back({ history: at('S', 150) }, DOWN), LED, false],
    ['nothing is remembered', back({ history: at('S', 150) }), undefined, false],
  ] as const)('copied over: %s', (_name, local, memory, found) => {
    expect(isCopiedOver(pairOf(local, newer(0)), memory)).toBe(found);
  });
});
