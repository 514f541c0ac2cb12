/** What the journal says of a rescue that was replayed or restored, by itself or with another one. */
import { describe, expect, test } from 'vitest';
import type { RescueFile } from '../../../src/app/ports/rescues.ts';
import type { JournalRecord } from '../../../src/core/history/record.ts';
import { shareCommands, toldOf } from '../../../src/app/rescue-journal.ts';

const nameOf = (from: number, to: number, history = '3f2a9c01'): string =>
  `20260813T101500Z-peer-${history}-${String(from)}-${String(to)}.resp`;

const MINE = nameOf(100, 200);

const toldBy = (fields: Readonly<Record<string, unknown>>) => {
  const entry = { at: '2026-08-13T10:15:00.000Z', pid: 1, event: 'restored', ...fields } satisfies JournalRecord;
  const accepted = (accept: ((entry: JournalRecord) => boolean) | undefined) => accept?.(entry) !== false;
  const last = (_count: number, accept?: (entry: JournalRecord) => boolean) =>
    Promise.resolve(accepted(accept) ? [entry] : []);
  return toldOf({ last }, { name: MINE } as RescueFile);
};

describe('two rescues', () => {
  test.each([
    ['the same beginning', nameOf(100, 150), true],
    ['one goes further', nameOf(100, 300), true],
    ['one begins within the other', nameOf(150, 300), true],
    ['one goes on where the other ends', nameOf(200, 300), false],
    ['another history', nameOf(100, 200, '0123abcd'), false],
    ['a dataset', '20260813T101500Z-peer-3f2a9c01-150.rdb', false],
  ])('share commands or do not: %s', (_name, other, shared) => {
    expect([shareCommands(MINE, other), shareCommands(other, MINE)]).toEqual([shared, shared]);
  });
});

describe('the journal', () => {
  test.each([
    ['a merge', { event: 'merged', file: `/var/${MINE}` }, 'replayed'],
    ['a replay', { how: 'replay', file: MINE }, 'replayed'],
    ['a replay in part', { how: 'replay', inPart: true, file: MINE }, 'replayedInPart'],
    ['a merge of some of it', { event: 'merged', file: nameOf(100, 150) }, 'replayedInPart'],
    ['a merge of what came after it', { event: 'merged', file: nameOf(200, 300) }, undefined],
    ['values', { how: 'keys', restored: 1, doubts: { byEffect: 1 }, file: MINE }, 'restoredByEffect'],
    [
      'values of some of it',
      { how: 'keys', restored: 1, doubts: { byEffect: 1 }, file: nameOf(1, 101) },
      'restoredByEffect',
    ],
    [
      'values until it broke off',
      { how: 'keys', restored: 0, interrupted: true, doubts: { byEffect: 1 }, file: MINE },
      'restoredByEffect',
    ],
    ['no values', { how: 'keys', restored: 0, doubts: { byEffect: 1 }, file: MINE }, undefined],
    ['whole values', { how: 'keys', restored: 1, doubts: { byEffect: 0 }, file: MINE }, undefined],
  ])('tells of %s', async (_name, entry, expected) => {
    const told = Object.entries(await toldBy(entry)).filter(([, found]) => found !== undefined);
    expect(told.map(([name]) => name)).toEqual(expected === undefined ? [] : [expected]);
  });
});
