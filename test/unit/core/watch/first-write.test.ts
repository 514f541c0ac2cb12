/** The first write that a look sees since local became the master. */
import { expect, test } from 'vitest';
import type { NodeView } from '../../../../src/core/model.ts';
import type { FirstWrite } from '../../../../src/core/watch/first-write.ts';
import { seekFirstWrite } from '../../../../src/core/watch/first-write.ts';
import { master, replica, silent } from '../builders.ts';

const linked = (changesSinceSave: number): NodeView => replica({ changesSinceSave });
const parted = (changesSinceSave: number): NodeView => replica({ changesSinceSave }, { linkUp: false });
const leads = (changesSinceSave: number, runId = 'run'): NodeView => master({ changesSinceSave, runId });

test.each<[name: string, seen: readonly NodeView[], at: readonly number[]]>([
  ['a write after a takeover, before the first look', [parted(5), leads(6)], [1]],
  ['no write yet, and then one', [parted(5), leads(5), leads(5), leads(7), leads(9)], [3]],
  ['what its master had sent is none', [linked(5), leads(9), leads(9)], []],
  ['after a hand-over', [linked(5), leads(9), leads(10)], [2]],
  ['a save sets the count back', [parted(5), leads(5), leads(0), leads(1)], [3]],
  ['a server that was silent meanwhile', [parted(5), silent('frozen'), leads(6)], [2]],
  ['another run does not know since when it leads', [parted(5), leads(6, 'other'), leads(7, 'other')], []],
  ['nor does who comes later', [leads(5), leads(6)], []],
  ['again after it was a replica', [parted(1), leads(2), linked(3), leads(3), leads(4)], [1, 4]],
])('%s', (_name, views, expected) => {
  let before: FirstWrite | undefined;
  const seen = views.flatMap((view, place) => {
    const { next, isSeen } = seekFirstWrite(before, view);
    before = next;
    return isSeen ? [place] : [];
  });
  expect(seen).toEqual(expected);
});
