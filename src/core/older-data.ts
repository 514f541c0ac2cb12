/**
 * A server that came back from a restart with an older state of what the other one holds. By its history it has nothing of its
 * own, and gets the newer data. That is right after a crash. It undoes the work of a person who has put a backup in place of
 * dump.rdb, and nothing but this tells.
 */
import type { Remembered } from './memory.ts';
import type { Answering, NodeView, Side } from './model.ts';
import { isAnswering, isMaster, otherSide } from './model.ts';
import { relation } from './relation.ts';
import { hasRunOn, JUST_RESTARTED_SECONDS } from './restart.ts';

export interface OlderData {
  readonly side: Side;
  /** That it came back with; `undefined` where it is in step already and does not say. */
  readonly keys: number | undefined;
  readonly newerKeys: number;
  readonly behindBytes: number;
}

type Both = { readonly [S in Side]: NodeView };

/**
 * From dump.rdb a server has its place in the history as well. So its master sends it only what it lacks, and within
 * milliseconds it is in step, with nobody there to see it. But it tells afterwards where it changed to the new id of its master.
 * A server that was restarted there and nothing else has been as far as the other one was when that one took the role.
 * Source: redis/src/replication.c replicationTryPartialResync, second_replid_offset; seen on 6.0.16, 7.0.15, Valkey 8.1.1.
 */
const joinedBehind = ({ history: one }: Answering, { history: other }: Answering): number => {
  const isOnePath = one.replid === other.replid && one.replid2 !== undefined && one.replid2 === other.replid2;
  return isOnePath ? (other.secondOffset ?? 0) - (one.secondOffset ?? 0) : 0;
};

const hasRestarted = (view: Answering, side: Side, memory: Pick<Remembered, 'runs'> | undefined): boolean =>
  memory?.runs === undefined ? view.uptimeSeconds < JUST_RESTARTED_SECONDS : !hasRunOn(view, side, memory);

/** It was put back, and has the newer data already. */
const inStepAgain = (
  view: Answering,
  other: Answering,
  side: Side,
  memory: Pick<Remembered, 'runs'> | undefined,
): OlderData | undefined => {
  const behindBytes = joinedBehind(view, other);
  if (behindBytes <= 0 || !isMaster(other) || !hasRestarted(view, side, memory)) return undefined;
  return { side, keys: view.keysLoaded, newerKeys: other.keys, behindBytes };
};

const olderOn = (
  pair: Both,
  side: Side,
  ledBefore: boolean,
  memory: Pick<Remembered, 'runs'> | undefined,
): OlderData | undefined => {
  const [view, other] = [pair[side], pair[otherSide(side)]];
  if (!isAnswering(view) || !isAnswering(other)) return undefined;
  if (view.upstream?.linkUp === true) return inStepAgain(view, other, side, memory);
  if (view.keys === 0 || hasRunOn(view, side, memory)) return undefined;
  // A master and the replica that follows it are read one after the other. One that has restarted has an id of its own.
  if (isMaster(view) && view.history.replid === other.history.replid) return undefined;
  if (view.uptimeSeconds >= JUST_RESTARTED_SECONDS) return undefined;
  // A replica that was stopped and started is behind every time, and nobody has to be told.
  if (!ledBefore && view.keys <= other.keys) return undefined;
  const found = relation(view, other);
  if (found.kind !== 'prefix') return undefined;
  return { side, keys: view.keys, newerKeys: other.keys, behindBytes: found.behindBytes };
};

/** `undefined` where neither came back with older data than the other one has. */
export const olderDataIn = (
  pair: Both,
  memory: Pick<Remembered, 'wasMaster' | 'runs'> | undefined,
): OlderData | undefined =>
  olderOn(pair, 'local', memory?.wasMaster === true, memory) ?? olderOn(pair, 'peer', false, memory);

/**
 * Local, which led before it restarted, has had a full copy of the peer: what it had loaded is overwritten. Whoever has seen it
 * before that has saved what the peer lacked.
 */
export const isCopiedOver = ({ local, peer }: Both, memory: Remembered | undefined): boolean => {
  if (!isAnswering(local) || !isMaster(peer) || local.upstream?.linkUp !== true) return false;
  if (memory?.runs === undefined || memory.wasMaster !== true || hasRunOn(local, 'local', memory)) return false;
  // Only a full copy clears the older id. Source: redis/src/replication.c readSyncBulkPayload, clearReplicationId2.
  const isOnePath = local.history.replid === peer.history.replid;
  return isOnePath && local.history.replid2 === undefined && peer.history.replid2 !== undefined;
};

const WHAT_TO_TYPE = 'redisha rescue restore /path/to/FILE.rdb --replace-all';

/** What has happened, and what to do where it was not meant; for an operator. */
export const describeOlderData = ({ side, keys, newerKeys, behindBytes }: OlderData): string =>
  `${side} came back from a restart with older data (${keys === undefined ? '' : `${String(keys)} keys, `}${String(behindBytes)} bytes of replication stream behind); ` +
  `the newer data (${String(newerKeys)} keys) takes its place. If the older data was a backup that is to win: ${WHAT_TO_TYPE}`;

export const COPIED_OVER =
  'local, which led before, was restarted, and Redis copied the peer over it before redisha could look. What it had loaded from ' +
  `its disk is not saved. If that was a backup that is to win: ${WHAT_TO_TYPE}`;
