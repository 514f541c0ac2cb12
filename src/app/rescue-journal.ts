/** What the journal says of a rescue: the rule that asked for it, and whether its writes are in the pair already. */
import { basename } from 'node:path';
import type { JournalReader, RescueFile } from './ports/rescues.ts';
import type { JournalRecord } from '../core/history/record.ts';

export interface Told {
  /** The plan that asked for the rescue; `undefined` where the journal does not reach back. */
  readonly plan: JournalRecord | undefined;
  /** When its commands were carried out on the other side, by a merge or by a person; the last time. */
  readonly replayed: JournalRecord | undefined;
  /** When only some of them were, by themselves or with another rescue that shares them. */
  readonly replayedInPart: JournalRecord | undefined;
  /** When the effects of its commands were restored as values; a replay would count them twice. */
  readonly restoredByEffect: JournalRecord | undefined;
}

const EVERYTHING = Number.POSITIVE_INFINITY;

/** The range that the name of a suffix tells: history, and the offsets after which and up to which. */
const RANGE = /-([0-9a-f]{8})-(\d+)-(\d+)\.resp$/;

/** True for two suffixes with commands in common: the later one began where the earlier one did, or in the middle of it. */
export const shareCommands = (one: string, other: string): boolean => {
  const [, history, from, to] = RANGE.exec(one) ?? [];
  const [, otherHistory, otherFrom, otherTo] = RANGE.exec(other) ?? [];
  if (history === undefined || history !== otherHistory) return false;
  return Number(from) < Number(otherTo) && Number(otherFrom) < Number(to);
};

const isReplay = ({ event, how }: JournalRecord): boolean =>
  event === 'merged' || (event === 'restored' && how === 'replay');

const isByEffect = ({ event, how, restored, interrupted, doubts }: JournalRecord): boolean =>
  event === 'restored' &&
  how !== 'replay' &&
  (Number(restored ?? 0) > 0 || interrupted === true) &&
  Number((doubts as { byEffect?: unknown } | undefined)?.byEffect ?? 0) > 0;

/** The rescue of a moved file is still the same: it goes by its name. */
export const toldOf = async (journal: JournalReader, { name }: RescueFile): Promise<Told> => {
  const entries = await journal.last(EVERYTHING, ({ event }) =>
    ['plan', 'rescued', 'merged', 'restored'].includes(event),
  );
  const named = ({ file }: JournalRecord): boolean => typeof file === 'string' && basename(file) === name;
  const shares = ({ file }: JournalRecord): boolean => typeof file === 'string' && shareCommands(basename(file), name);
  const isInPart = (entry: JournalRecord): boolean => (named(entry) ? entry['inPart'] === true : shares(entry));
  const at = entries.findIndex((entry) => entry.event === 'rescued' && named(entry));
  const { pid } = entries[at] ?? {};
  const before = at < 0 ? [] : entries.slice(0, at);
  return {
    plan: before.findLast((entry) => entry.event === 'plan' && entry.pid === pid),
    replayed: entries.findLast((entry) => isReplay(entry) && named(entry) && !isInPart(entry)),
    replayedInPart: entries.findLast((entry) => isReplay(entry) && isInPart(entry)),
    restoredByEffect: entries.findLast((entry) => isByEffect(entry) && (named(entry) || shares(entry))),
  };
};
