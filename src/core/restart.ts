/**
 * Has a server restarted without what the other one has, or has somebody decided who follows? Both look alike until the
 * first sync is through: a replica that holds what its master has not. What restarted has to be kept from being overwritten;
 * what was decided must not be undone, or two rules would make and unmake each other's roles for ever.
 *
 * What a replica says of a link that is not up (seen on Redis 6.0.16, 7.0.15, 8.0.2, 8.0.6 and 8.6.3, and on Valkey 8.0.1,
 * 8.1.1 and 9.1.2; `test/integration/link-told.test.ts`):
 *
 * | the replica | master_link_down_since_seconds | cmdstat_replicaof |
 * |---|---|---|
 * | started as its configuration says, never linked | -1; on 6.0 the seconds since 1970 | none |
 * | was told to follow, never linked since | the same; on 6.0, once linked before, since that link was lost | calls |
 * | lost its link, or its master restarted | since then | calls, where it was ever told |
 *
 * Whether it waits for a sync, or whether it or its master was frozen meanwhile, changes none of these. Valkey 9.1 and Redis
 * 8.6 try again at once where their master refuses them, so that `master_sync_in_progress` is 1 at any moment.
 */
import type { Remembered, RememberedData, Runs } from './memory.ts';
import { isSameData, rememberedData } from './gap.ts';
import type { Answering, NodeView, Side } from './model.ts';
import { isAnswering, otherSide } from './model.ts';
import { isContained } from './relation.ts';
import { inStep } from './situation.ts';

type Known = Remembered | undefined;
type Both = { readonly [S in Side]: NodeView };

/** `undefined` where one of them did not tell. */
export const runsOf = (local: NodeView, peer: NodeView): Runs | undefined =>
  isAnswering(local) && isAnswering(peer) && local.runId !== '' && peer.runId !== ''
    ? { local: local.runId, peer: peer.runId }
    : undefined;

export const isSameRuns = (one: Runs | undefined, other: Runs | undefined): boolean =>
  one?.local === other?.local && one?.peer === other?.peer;

/**
 * The server on this side has not restarted since the pair was last whole, or since one was made to follow. However young it
 * is, what parted the two was a broken network or a decision: there is nothing to be protected from its restart.
 */
export const hasRunOn = (view: NodeView, side: Side, memory: Pick<Remembered, 'runs'> | undefined): boolean =>
  isAnswering(view) && view.runId !== '' && memory?.runs?.[side] === view.runId;

/**
 * This host has decided which of the two leads, and neither has restarted since, nor was the pair whole: what follows now
 * follows because of that. So no decision of this host undoes another one, whatever the servers tell.
 */
export const isDecided = ({ local, peer }: Both, memory: Known): boolean =>
  memory?.decided !== undefined && isSameRuns(memory.decided, runsOf(local, peer));

/** What is worth remembering of a pair that is whole: one master, and the other node in step with it. */
export interface Whole {
  readonly runs: Runs;
  readonly wasMaster: boolean;
  readonly keys: number;
  readonly data: RememberedData;
}

/** `before` is what was remembered of local's data until now. */
export const wholePair = (
  local: NodeView,
  peer: NodeView | undefined,
  before: RememberedData | undefined,
): Whole | undefined => {
  if (peer === undefined || !isAnswering(local) || !isAnswering(peer)) return undefined;
  const wasMaster = local.redisRole === 'master';
  const [master, replica] = wasMaster ? [local, peer] : [peer, local];
  const runs = runsOf(local, peer);
  // With another id the replica has only not noticed yet that its link is dead.
  const isLinked = inStep(replica) && replica.history.replid === master.history.replid;
  const isWhole = master.redisRole === 'master' && replica.upstream?.who === 'other-side' && isLinked;
  if (runs === undefined || !isWhole) return undefined;
  return { runs, wasMaster, keys: Math.max(local.keys, peer.keys), data: rememberedData(local, peer, before) };
};

/**
 * A pair that is whole, where the memory does not say so yet. A server that restarts without a change of VRRP has no command
 * that would take note of it.
 */
export const unrememberedIn = (local: NodeView, peer: NodeView | undefined, memory: Known): Whole | undefined => {
  const whole = wholePair(local, peer, memory?.data);
  const isKnown =
    isSameRuns(whole?.runs, memory?.runs) &&
    whole?.wasMaster === memory?.wasMaster &&
    isSameData(whole?.data, memory?.data);
  return isKnown && memory?.decided === undefined ? undefined : whole;
};

/**
 * A replica that restarts holds at most what its master has, but for two cases: it was the master itself, or its master has
 * restarted too since the pair was last seen whole, if ever, and may have lost data. To save what it holds takes the disk of a
 * dataset, which is too much for every restart of a replica that an append-only file gives no place in the history.
 * Source: redis/src/server.c loadDataFromDisk: only an RDB brings the replication id back.
 */
const mayHaveMore = (peer: NodeView, memory: Known): boolean =>
  memory?.wasMaster === true || !hasRunOn(peer, 'peer', memory);

/**
 * Loading is part of it: of a server that loads for longer nobody knows afterwards that it has just restarted.
 * Source: redis/src/server.c: uptime_in_seconds counts from the start of the process.
 */
export const JUST_RESTARTED_SECONDS = 120;

/**
 * Ages are whole seconds, and the two servers are not asked at one moment: a difference of one second says nothing, and would
 * be another one at the next look.
 */
const SAME_AGE_SECONDS = 1;

const isYounger = (one: Answering, other: Answering): boolean =>
  one.uptimeSeconds < other.uptimeSeconds - SAME_AGE_SECONDS;

/** The link of `replica` has been up since it began to follow, as far as it tells. */
const wasLinked = ({ upstream }: Answering): boolean => (upstream?.linkDownSeconds ?? 0) >= 0;

/** It follows because somebody said so after it started, and not because its configuration does. */
const isTold = ({ upstream }: Answering): boolean => upstream?.isTold === true;

/**
 * `master` came back from a restart as a master that does not have what its replica has; it may take writes already.
 * Redis itself will wipe the replica at the next full sync, some 5 s after the restart.
 *
 * The link is not asked for: a replica has the id of the master that it is linked to, so with another one it has only not
 * noticed yet that its link is dead. Source: redis/src/replication.c replicaProcessPsyncReply, readSyncBulkPayload.
 *
 * A replica that somebody told to follow it since is another matter: to detach it would undo what was decided, in this
 * command or in one before, on either host. Its link has never been up, so that it never held what that master has.
 */
export const wouldWipe = (master: Answering, replica: Answering, replicaLed = false): boolean => {
  if (master.uptimeSeconds >= JUST_RESTARTED_SECONDS) return false;
  // Where the replica restarted after its master, it is the replica that lost data. Of two that are equally old, the one that
  // led before is the one that crashed.
  if (isYounger(replica, master) || (replicaLed && !isYounger(master, replica))) return false;
  if (!wasLinked(replica) && (isTold(replica) || replica.uptimeSeconds >= JUST_RESTARTED_SECONDS)) return false;
  return replica.history.replid !== master.history.replid && !isContained(replica, master);
};

/** The same of the master on `side`, as far as this host does not know better. */
export const isAboutToWipe = (pair: Both, side: Side, memory: Known): boolean => {
  const [master, replica] = [pair[side], pair[otherSide(side)]];
  if (!isAnswering(master) || !isAnswering(replica)) return false;
  if (hasRunOn(master, side, memory) || isDecided(pair, memory)) return false;
  return wouldWipe(master, replica, side === 'peer' && memory?.wasMaster === true);
};

/**
 * The server on `side` came back from a restart a moment ago, with other data than the other one kept all the while, and each
 * has something that the other has not.
 */
export const restartedApart = (pair: Both, side: Side, memory: Known): boolean => {
  const [restarted, other] = [pair[side], pair[otherSide(side)]];
  if (!isAnswering(restarted) || !isAnswering(other)) return false;
  if (restarted.uptimeSeconds >= JUST_RESTARTED_SECONDS || !isYounger(restarted, other)) return false;
  if (hasRunOn(restarted, side, memory)) return false;
  return !isContained(restarted, other) && !isContained(other, restarted);
};

/**
 * `replica` came back from a restart with data that `master` has not: the first sync would overwrite it. Where it was the
 * master, an append-only file keeps what was never sent; where the master has restarted meanwhile, it may have lost what the
 * replica still has. One that was told to follow since it came back was looked at by whoever told it.
 */
export const bringsDataBack = (replica: Answering, master: Answering): boolean => {
  const { upstream } = replica;
  if (upstream?.who !== 'other-side' || upstream.linkUp || replica.uptimeSeconds >= JUST_RESTARTED_SECONDS)
    return false;
  return !isTold(replica) && !isContained(replica, master);
};

/** The same of local, where it may be worth saving, and a restart is what parted the two. */
export const comesBackWithMore = (local: Answering, peer: Answering, memory: Known): boolean =>
  mayHaveMore(peer, memory) &&
  !hasRunOn(local, 'local', memory) &&
  !isDecided({ local, peer }, memory) &&
  bringsDataBack(local, peer);
