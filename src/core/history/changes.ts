/** Which entries of the journal belong to one change: what one command, or the resident on one event, did about one port. */
import type { JournalRecord } from './record.ts';
import { idOfTime } from './record.ts';

/** Entries that are written by a change alone; others of them stand by themselves as well, as those of `rescue`. */
const OF_CHANGES = new Set(['plan', 'step', 'end', 'examined', 'rescued', 'merged', 'older-data']);

/**
 * The name of the change that each of the entries belongs to, in their order; `undefined` for what belongs to none.
 *
 * An entry says itself which change it is of. Those of older versions are of the same change as long as their process is the same and
 * has not come to an end.
 */
export const changesOf = (records: readonly JournalRecord[]): readonly (string | undefined)[] => {
  const open = new Map<number, string>();
  return records.map((record) => {
    const { change, event, at, pid } = record;
    if (typeof change === 'string') return change;
    if (!OF_CHANGES.has(event)) return undefined;
    const id = open.get(pid) ?? idOfTime(at);
    if (event === 'end') open.delete(pid);
    else open.set(pid, id);
    return id;
  });
};
