/**
 * Which older rescues a new one makes needless. A command that cannot come to an end rescues the same side again and again:
 * each time its elder goes, and nothing else, so that no loop of repairs pushes out what somebody may still need.
 */
import type { History } from '../core/model.ts';
import type { Rescue, RescueRecord } from './rescue-store.ts';

type Content = RescueRecord['content'];

/** The id of the history that the server went on with after it was rescued, and the offset up to which the rescue goes. */
const endOf = ({ replid, content }: RescueRecord): { readonly replid: string; readonly offset: number } =>
  content.form === 'dataset'
    ? { replid: content.replidAfter, offset: content.offset }
    : { replid, offset: content.toOffset };

const beginsBefore = (newer: Content, elder: Content): boolean => {
  if (newer.form === 'dataset' || elder.form === 'dataset') return newer.form === elder.form;
  return newer.fromOffset <= elder.fromOffset;
};

/**
 * True when `newer`, which was just read from a server with this history, holds everything that `elder` holds: it is of the
 * same server, begins no later, ends no earlier, and its history goes on from the elder's. A server that was promoted in
 * between has a new id, and remembers the one before.
 *
 * What may have been replayed stays: by its name the next command knows how much of it is on the other side already.
 */
export const hasAllOf = (newer: RescueRecord, history: History, elder: RescueRecord): boolean => {
  if (elder.endpoint !== newer.endpoint || (elder.mayBeReplayed === true && elder.content.form === 'suffix'))
    return false;
  const [last, end] = [endOf(elder), endOf(newer)];
  if (end.replid !== history.replid || end.offset < last.offset || last.replid === '') return false;
  if (!beginsBefore(newer.content, elder.content)) return false;
  if (last.replid === history.replid) return true;
  const { replid2, secondOffset = 0 } = history;
  return last.replid === replid2 && last.offset < secondOffset;
};

/** True when a rescue that is to come of the server with this history may hold all that this one holds. */
export const mayBeReplaced = (record: RescueRecord, endpoint: string, { replid, replid2 }: History): boolean =>
  record.endpoint === endpoint && [replid, replid2].includes(endOf(record).replid) && endOf(record).replid !== '';

/** The files of the rescues that `newer` makes needless; `ask` tells the history of its server, and is asked only if need be. */
export const eldersAmong = async (
  rescues: readonly Rescue[],
  newer: RescueRecord,
  ask: () => Promise<History | undefined>,
): Promise<readonly string[]> => {
  const sameServer = rescues.flatMap(({ file, record }) =>
    record?.endpoint === newer.endpoint ? [{ file, record }] : [],
  );
  const history = sameServer.length > 0 ? await ask() : undefined;
  if (history === undefined) return [];
  return sameServer.filter(({ record }) => hasAllOf(newer, history, record)).map(({ file }) => file);
};
