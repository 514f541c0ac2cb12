/** What one side wrote alone since the two parted, as its own backlog tells it. */
import { RedishaError } from '../errors.ts';
import type { Answering, Side, Suffix } from '../core/model.ts';
import type { Written } from '../core/merge.ts';
import { partingOffset } from '../core/relation.ts';
import { nodeOf } from './execution.ts';
import type { Applying, Covered } from './findings.ts';
import type { SuffixRange, SuffixContent } from './ports.ts';

/** What `side` took from `fromOffset` up to where it stood in `view`. */
export const suffixRangeOf = (applying: Applying, side: Side, view: Answering, fromOffset: number): SuffixRange => {
  const { history, databases } = view;
  const [onlyDatabase, another] = databases;
  return {
    endpoint: nodeOf(applying, side).endpoint,
    replid: history.replid,
    fromOffset,
    toOffset: history.offset,
    onlyDatabase: another === undefined ? onlyDatabase : undefined,
  };
};

/** Where the writes of `side` begin that are nowhere else; `undefined` where the two share no known history. */
export const beginOf = (
  { findings }: Applying,
  side: Side,
  [view, other]: readonly [Answering, Answering],
): number | undefined => {
  const parted = partingOffset(view, other);
  const merged = findings.merged.get(side);
  return parted === undefined || merged?.replid !== view.history.replid ? parted : Math.max(parted, merged.offset);
};

const unreachableBacklog = ({ backlogFirstOffset }: Answering, fromOffset: number): string | undefined => {
  if (backlogFirstOffset === undefined) return 'it keeps no backlog';
  return backlogFirstOffset > fromOffset + 1 ? 'its backlog does not reach back that far' : undefined;
};

export type Read = { readonly suffix: Suffix; readonly content: SuffixContent | undefined };

const unreadable = (why: string): Read => ({ suffix: { kind: 'unreadable', why }, content: undefined });

export const readSuffix = async (
  applying: Applying,
  side: Side,
  views: readonly [Answering, Answering],
): Promise<Read> => {
  const [view] = views;
  const begin = beginOf(applying, side, views);
  if (begin === undefined) return unreadable('the two share no known history');
  if (view.history.offset === begin) return { suffix: { kind: 'no-writes' }, content: undefined };
  const beyond = unreachableBacklog(view, begin);
  if (beyond !== undefined) return unreadable(beyond);
  try {
    const content = await applying.rescuer.read(suffixRangeOf(applying, side, view, begin));
    if (content.commands === 0) return { suffix: { kind: 'no-writes' }, content };
    return { suffix: { kind: 'writes', commands: content.commands, keys: content.keys.length }, content };
  } catch (error) {
    if (!(error instanceof RedishaError)) throw error;
    return unreadable(error.message);
  }
};

export const written = ({ suffix, content }: Read): Written | undefined =>
  suffix.kind === 'no-writes' ? { keys: [], removed: [], everything: undefined } : content;

/** True when `side` took only keep-alives since the offset that was examined or saved. */
export const wroteNothingSince = async (
  applying: Applying,
  side: Side,
  held: Answering,
  covered: Covered,
): Promise<boolean> => {
  const { replid, offset } = held.history;
  if (replid !== covered.replid) return false;
  if (offset <= covered.offset) return true;
  if (replid === '' || unreachableBacklog(held, covered.offset) !== undefined) return false;
  return (await applying.rescuer.read(suffixRangeOf(applying, side, held, covered.offset))).commands === 0;
};
