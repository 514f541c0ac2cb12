/**
 * What would be lost if `loser` were overwritten with `winner`.
 *
 * A dataset is a path through replication ids: `replid2` up to `secondOffset - 1`, then `replid` up to `offset`. Two
 * datasets share their past exactly as far as they share an id, so the whole question is where the paths part.
 * A node whose `offset` is `secondOffset - 1` has taken nothing since its id changed: it still stands on its old path.
 * Source: redis/src/replication.c masterTryPartialResynchronization and shiftReplicationId.
 */
import type { Answering, History } from './model.ts';
import { knowsAllOf } from './program.ts';

export type Relation =
  | { readonly kind: 'empty' }
  | { readonly kind: 'same' }
  | { readonly kind: 'prefix'; readonly behindBytes: number }
  /** By its offset it is the same or a prefix; but the other side is older, and has refused commands that are in it. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'ahead'; readonly aheadBytes: number }
  | { readonly kind: 'diverged'; readonly lostBytes: number; readonly partedOffset: number }
  | { readonly kind: 'unrelated'; readonly keys: number };

type Placed = Pick<Answering, 'history' | 'backlogFirstOffset'>;
type Dataset = Placed & Pick<Answering, 'keys' | 'changesSinceSave' | 'uptimeSeconds' | 'program' | 'refusedCommands'>;

interface Position {
  readonly replid: string;
  readonly offset: number;
}

/**
 * The positions that a history has passed through: the ends of its two paths.
 *
 * A server without a backlog does not count what it writes. One that got a new id and has stood still since may have
 * taken any number of writes, so nothing is known of how it compares with its old path.
 * Source: redis/src/replication.c replicationFeedSlaves; seen on 7.0.15: restarted as a replica from its RDB, promoted, and
 * written to, its offset stays at second_repl_offset - 1.
 */
const path = ({ history, backlogFirstOffset }: Placed): readonly Position[] => {
  // Before Redis 4.0 there are no replication ids, so no two histories can be compared.
  if (history.replid === '') return [];
  const now = { replid: history.replid, offset: history.offset };
  if (history.replid2 === undefined || history.secondOffset === undefined) return [now];
  const before = { replid: history.replid2, offset: history.secondOffset - 1 };
  return history.offset === before.offset && backlogFirstOffset === undefined ? [now] : [now, before];
};

/** Bytes of `history` written after it left the shared id at `sharedOffset`. */
const since = (history: History, sharedOffset: number): number => history.offset - sharedOffset;

/**
 * The last offset that both histories share, or `undefined` where they share no id.
 *
 * Of two shared ids it is the one that leads further: a replica that lagged when its master got a new id receives the rest of
 * the old path under the new id, so that its own account of the old one ends too soon.
 */
export const partingOffset = (one: Placed, other: Placed): number | undefined => {
  const theirs = path(other);
  const shared = path(one).flatMap((mine) =>
    theirs.filter(({ replid }) => replid === mine.replid).map(({ offset }) => Math.min(mine.offset, offset)),
  );
  return shared.length === 0 ? undefined : Math.max(...shared);
};

/** A few keep-alives to replicas that are gone, or a handful of small writes. */
const NEXT_TO_NOTHING_BYTES = 200;

/** What `one` has taken since the two parted may be keep-alives and nothing else. */
export const hasHardlyWritten = (one: Placed, other: Placed): boolean => {
  const parted = partingOffset(one, other);
  return parted !== undefined && since(one.history, parted) <= NEXT_TO_NOTHING_BYTES;
};

/**
 * As far as the history tells, nothing was there when its id began. It does not tell all: a copy of the whole dataset clears
 * the older id. Source: second_repl_offset is the offset plus 1; replication.c clearReplicationId2.
 */
const beganEmpty = ({ secondOffset = 1 }: History): boolean => secondOffset <= 1;

/**
 * What a stream counts at most where nobody writes: a PING a second as long as there are replicas.
 * Source: redis/src/replication.c replicationCron; repl-ping-replica-period of redis.conf is 1 s or more, 10 s by default.
 */
const idleBytes = (seconds: number): number => 14 * (1 + seconds);

/**
 * There are no keys, and as far as the server tells there never were: one that has restarted without its data, or is new. One
 * that has deleted its last key, as a queue does whose work is done, has nothing less than it should have.
 */
export const neverHadKeys = ({ keys, history, changesSinceSave, uptimeSeconds }: Dataset): boolean =>
  keys === 0 && beganEmpty(history) && changesSinceSave === 0 && history.offset <= idleBytes(uptimeSeconds);

/**
 * No keys are nothing to lose where there never were any, or where the other side has none either. A deletion was acknowledged
 * like any write.
 */
const isEmpty = (loser: Dataset, winner: Dataset, parted: number | undefined): boolean =>
  (loser.keys === 0 && winner.keys === 0) || (parted === undefined && neverHadKeys(loser));

/** What the two share by their offsets, the winner may not have: see gap.ts. Where it does not count, that is not known. */
export const winnerRefused = (
  loser: Pick<Dataset, 'program'>,
  winner: Pick<Dataset, 'program' | 'refusedCommands'>,
): boolean => (winner.refusedCommands ?? 0) > 0 && !knowsAllOf(winner.program, loser.program);

/** Names what `loser` holds that `winner` does not. */
export const relation = (loser: Dataset, winner: Dataset): Relation => {
  const parted = partingOffset(loser, winner);
  if (isEmpty(loser, winner, parted)) return { kind: 'empty' };
  if (parted === undefined) return { kind: 'unrelated', keys: loser.keys };
  const lostBytes = since(loser.history, parted);
  const wonBytes = since(winner.history, parted);
  if (lostBytes === 0 && winnerRefused(loser, winner)) return { kind: 'refused' };
  if (lostBytes === 0) return wonBytes === 0 ? { kind: 'same' } : { kind: 'prefix', behindBytes: wonBytes };
  if (wonBytes === 0) return { kind: 'ahead', aheadBytes: lostBytes };
  return { kind: 'diverged', lostBytes, partedOffset: parted };
};

/** True when overwriting the loser destroys nothing. */
export const isHarmless = ({ kind }: Relation): boolean => kind === 'empty' || kind === 'same' || kind === 'prefix';

/**
 * The winner stood where the loser stands, or further, before it was promoted. Where it has no backlog, nobody can tell how
 * much more it holds by now, but it still holds that.
 */
const goesOnFrom = (loser: History, { replid2, secondOffset = 0 }: History): boolean =>
  loser.replid !== '' && loser.replid === replid2 && loser.offset < secondOffset;

/** True when the winner holds all that the loser holds, or the loser has nothing to lose. */
export const isContained = (loser: Dataset, winner: Dataset): boolean =>
  (goesOnFrom(loser.history, winner.history) && !winnerRefused(loser, winner)) || isHarmless(relation(loser, winner));

/**
 * True when `other` holds everything that `one` has, and more.
 *
 * Under one replication id the question is not asked: a master and the replica that follows it are read one after the
 * other, so under load the replica can seem ahead. A server that lost data has a new id, since a master that restarts
 * always takes one. Source: redis/src/server.c initServerConfig (changeReplicationId).
 */
export const lacks = (one: Dataset, other: Dataset): boolean =>
  one.history.replid !== other.history.replid && isContained(one, other) && !isContained(other, one);

/** What the loser would lose: one sentence for an operator. */
export const describeLoss = (loser: Dataset, winner: Dataset): string => {
  const found = relation(loser, winner);
  const isMore = isContained(loser, winner) && !isHarmless(found);
  return isMore ? 'the other side went on from what it holds' : describeRelation(found);
};

/** One sentence for an operator. */
export const describeRelation = (found: Relation): string => {
  switch (found.kind) {
    case 'empty':
      return 'it holds no keys';
    case 'same':
      return 'both hold the same data';
    case 'prefix':
      return `it is ${String(found.behindBytes)} bytes of replication stream behind and holds nothing else`;
    case 'refused':
      return 'the other side is an older server and has refused commands that this one has carried out';
    case 'ahead':
      return `it is ${String(found.aheadBytes)} bytes of replication stream ahead`;
    case 'diverged':
      return `it took ${String(found.lostBytes)} bytes of writes of its own since they parted at offset ${String(found.partedOffset)}`;
    case 'unrelated':
      return found.keys === 0
        ? 'it has deleted its keys, and shares no known history with the other side'
        : `its ${String(found.keys)} keys share no known history with the other side`;
  }
};
