/** What the journal of this host has of a port: the last entries, one change, or why something moved. */
import { changesOf } from '../core/history/changes.ts';
import type { Chain, Moment } from '../core/history/chain.ts';
import { chainOf, openReach } from '../core/history/chain.ts';
import type { JournalRecord, Recorded } from '../core/history/record.ts';
import type { HistoryReader } from './ports/rescues.ts';

/** More of them nobody reads, and they are all in memory at once. */
const ENTRIES_MAX = 100_000;

/** So many entries before those that are asked for may say which change the first of these belongs to. */
const BEFORE_THEM = 200;

/** An entry and the change that it belongs to. */
export interface Dated {
  readonly entry: Recorded;
  readonly change: string | undefined;
}

/** Two commands of a host began at the same moment very rarely; a change is over within a minute or so, or within hours at most. */
const CHANGE_MS = 6 * 3_600_000;

const datedOf = (entry: JournalRecord): Recorded => ({ ...entry, atMs: Date.parse(entry.at) });

/** What a look found is as large as everything else together. */
const withoutViews = ({ seen: _seen, localBefore: _before, ...entry }: Recorded): Recorded => entry;

/** The newest entries, as long as `isWanted`; oldest first. */
const newest = async (reader: HistoryReader, isWanted: (entry: Recorded) => boolean): Promise<readonly Recorded[]> => {
  const found: Recorded[] = [];
  await reader.back((record) => {
    const entry = datedOf(record);
    if (Number.isNaN(entry.atMs)) return true;
    if (!isWanted(entry)) return false;
    found.push(withoutViews(entry));
    return found.length < ENTRIES_MAX;
  });
  return found.toReversed();
};

const withChanges = (entries: readonly Recorded[]): readonly Dated[] => {
  const changes = changesOf(entries);
  return entries.map((entry, place) => ({ entry, change: changes[place] }));
};

/** Since a moment, or the last ones, or both. */
export const timeline = async (
  reader: HistoryReader,
  { sinceMs, count }: { readonly sinceMs: number | undefined; readonly count: number },
): Promise<readonly Dated[]> => {
  let left = count + BEFORE_THEM;
  const entries = await newest(reader, ({ atMs }) => left-- > 0 && (sinceMs === undefined || atMs >= sinceMs));
  return withChanges(entries).slice(-count);
};

/** All entries of one change, with everything that was seen; none where the journal has no such change. */
export const change = async (reader: HistoryReader, id: string, beganMs: number): Promise<readonly Dated[]> => {
  const found: Recorded[] = [];
  await reader.back((record) => {
    const entry = datedOf(record);
    if (entry.atMs < beganMs) return false;
    if (entry.atMs <= beganMs + CHANGE_MS) found.push(entry);
    return found.length < ENTRIES_MAX;
  });
  return withChanges(found.toReversed()).filter((dated) => dated.change === id);
};

/** `undefined` where nothing moved, then or ever. */
export const why = async (reader: HistoryReader, moment: Moment | undefined): Promise<Chain | undefined> =>
  chainOf(await newest(reader, openReach(moment)), moment);
