/**
 * Names what a pair looks like, before anybody thinks about a cure.
 *
 * Every pair has exactly one name. The names are the vocabulary of the rules, the log, `status` and the documentation.
 */
import type { RememberedData } from './gap.ts';
import { rememberedData } from './gap.ts';
import type { Answering, NodeView, PairView, Silent } from './model.ts';
import { formatEndpoint, isAnswering } from './model.ts';
import { isHarmless, relation } from './relation.ts';

export const SITUATIONS = {
  LocalSilent: 'the local Redis cannot be read',
  LocalUnmanageable: 'the local Redis is no plain server: it runs as a cluster node or a sentinel',
  PeerIsLocal: 'both addresses lead to the same Redis server',
  LocalLoading: 'the local Redis is loading its dataset',
  FailoverUnfinished: 'a FAILOVER is under way',
  FenceLeft: 'a fence from an interrupted hand-over is still up',
  LocalMasterWithReplica: 'local is the master and the peer follows it',
  LocalMasterPeerElsewhere: 'local is the master and the peer follows another server',
  LocalMasterPeerLoading: 'local is the master and the peer is loading its dataset',
  LocalMasterPeerSilent: 'local is the master and the peer cannot be read',
  TwoMasters: 'both nodes are masters',
  PeerMasterWithReplica: 'the peer is the master and local follows it',
  PeerMasterLinkDown: 'the peer is the master and local is to follow it, but the link is not up',
  PeerMasterLocalElsewhere: 'the peer is the master and local follows another server',
  MutualReplicas: 'each node is a replica of the other: there is no master',
  ReplicaPeerLoading: 'local is a replica and the peer is loading its dataset',
  ReplicaPeerSilent: 'local is a replica and the peer cannot be read',
  NoMaster: 'both nodes are replicas and neither follows a master of this pair',
} as const;

export type Situation = keyof typeof SITUATIONS;

const localMaster = (peer: NodeView): Situation => {
  if (!isAnswering(peer)) return 'LocalMasterPeerSilent';
  if (peer.loading) return 'LocalMasterPeerLoading';
  if (peer.redisRole === 'master') return 'TwoMasters';
  return peer.upstream?.who === 'other-side' ? 'LocalMasterWithReplica' : 'LocalMasterPeerElsewhere';
};

const localReplica = (local: Answering, peer: NodeView): Situation => {
  if (!isAnswering(peer)) return 'ReplicaPeerSilent';
  if (peer.loading) return 'ReplicaPeerLoading';
  const follows = local.upstream?.who === 'other-side';
  if (peer.redisRole === 'replica') {
    return follows && peer.upstream?.who === 'other-side' ? 'MutualReplicas' : 'NoMaster';
  }
  if (!follows) return 'PeerMasterLocalElsewhere';
  return inStep(local) ? 'PeerMasterWithReplica' : 'PeerMasterLinkDown';
};

/** A replica whose link is up and that holds its master's data but for what is on the wire. */
export const inStep = (replica: Answering): boolean => {
  const { upstream } = replica;
  return upstream !== undefined && upstream.linkUp && !upstream.syncing && !replica.loading;
};

/** Two servers by their `run_id`, which a restart changes; `undefined` where one of them did not tell. */
export const runsOf = (local: NodeView, peer: NodeView): string | undefined =>
  isAnswering(local) && isAnswering(peer) && local.runId !== '' && peer.runId !== ''
    ? `${local.runId} ${peer.runId}`
    : undefined;

/**
 * Neither server has restarted since the pair was last seen whole, or since one was made to follow. However young they
 * are, what parted them was a broken network or a decision: there is nothing to be protected from a restart.
 */
export const ranOn = (local: NodeView, peer: NodeView, rememberedRuns: string | undefined): boolean =>
  rememberedRuns !== undefined && rememberedRuns === runsOf(local, peer);

/** What is worth remembering of a pair that is whole: one master, and the other node in step with it. */
export interface Whole {
  readonly runs: string;
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

interface Remembered {
  readonly rememberedMaster?: boolean | undefined;
  readonly rememberedRuns?: string | undefined;
}

/**
 * A replica that restarts holds at most what its master has, but for two cases: it was the master itself, or its master has
 * restarted too since the pair was last seen whole, if ever, and may have lost data. To save what it holds takes the disk of a
 * dataset, which is too much for every restart of a replica that an append-only file gives no place in the history.
 * Source: redis/src/server.c loadDataFromDisk: only an RDB brings the replication id back.
 */
const mayHoldMore = (peer: NodeView, { rememberedMaster, rememberedRuns }: Remembered): boolean =>
  rememberedMaster === true || (isAnswering(peer) && rememberedRuns?.split(' ')[1] !== peer.runId);

/**
 * Loading is part of it: of a server that loads for longer nobody knows afterwards that it has just restarted.
 * Source: redis/src/server.c: uptime_in_seconds counts from the start of the process.
 */
const JUST_RESTARTED_SECONDS = 120;

/**
 * `master` came back from a restart as a master that does not have what its replica has; it may take writes already.
 * Redis itself will wipe the replica at the next full sync, some 5 s after the restart.
 *
 * The link is not asked for: a replica has the id of the master that it is linked to, so with another one it has only not
 * noticed yet that its link is dead. Source: redis/src/replication.c replicaProcessPsyncReply, readSyncBulkPayload.
 *
 * A replica that somebody told to follow it since is another matter: it looks the same until its first sync is through,
 * and to detach it would undo what was decided, in this command or in one before.
 * Source: redis/src/replication.c replicationSetMaster: a link that never was up is down "since -1" (Redis 7.0).
 */
export const wouldWipe = (master: Answering, replica: Answering, replicaLed = false): boolean => {
  const { linkDownSeconds = 0 } = replica.upstream ?? {};
  if (master.uptimeSeconds >= JUST_RESTARTED_SECONDS) return false;
  // Where the replica restarted after its master, it is the replica that lost data. Ages are whole seconds: of two that are
  // equally old, the one that led before is the one that crashed.
  const olderBySeconds = master.uptimeSeconds - replica.uptimeSeconds;
  if (olderBySeconds > 0 || (olderBySeconds === 0 && replicaLed)) return false;
  const wasUp = linkDownSeconds >= 0 || replica.uptimeSeconds < JUST_RESTARTED_SECONDS;
  return wasUp && replica.history.replid !== master.history.replid && !isHarmless(relation(replica, master));
};

export const diagnose = ({ local, peer }: PairView): Situation => {
  if (!isAnswering(local)) return 'LocalSilent';
  if (local.mode !== 'standalone') return 'LocalUnmanageable';
  if (isAnswering(peer) && local.runId !== '' && local.runId === peer.runId) return 'PeerIsLocal';
  if (local.loading) return 'LocalLoading';
  const both = isAnswering(peer) ? [local, peer] : [local];
  if (both.some((node) => node.failover !== 'none')) return 'FailoverUnfinished';
  if (both.some((node) => node.fence !== undefined)) return 'FenceLeft';
  return local.redisRole === 'master' ? localMaster(peer) : localReplica(local, peer);
};

/** What has to stay the same for a pair to count as unchanged: a fence that is renewed is not a left one. */
export const standingOf = ({ local, peer }: PairView, situation: Situation): string =>
  [situation, ...[local, peer].map((node) => (isAnswering(node) ? node.fence?.beat : undefined))].join(' ');

const SILENCE: Record<Silent['kind'], string> = {
  refused: 'refuses connections',
  unreachable: 'cannot be reached',
  unresolved: 'has a name that does not resolve',
  frozen: 'accepts connections but does not answer',
  busy: 'is blocked by a script',
  locked: 'rejects our credentials',
  denied: 'is in protected mode',
  full: 'has no connection left for us',
  unasked: 'could not be asked from this host',
  garbled: 'does not answer as a Redis does',
};

/** A node in a few words. */
export const describeNode = (view: NodeView): string => {
  if (!isAnswering(view)) return `${SILENCE[view.kind]} (${view.why})`;
  if (view.loading) return `loading, ${String(view.loadingEtaSeconds)} s left`;
  if (view.redisRole === 'master') return `master, ${String(view.keys)} keys, offset ${String(view.history.offset)}`;
  const { upstream } = view;
  const link = upstream?.linkUp === true ? 'link up' : upstream?.syncing === true ? 'syncing' : 'link down';
  const of = upstream === undefined ? '?' : formatEndpoint(upstream.endpoint);
  return `replica of ${of}, ${link}, ${String(view.keys)} keys, offset ${String(view.history.offset)}`;
};

/**
 * `one` came back from a restart a moment ago, with other data than `other` kept all the while, and each has something
 * that the other has not.
 */
export const restartedApart = (one: Answering, other: Answering): boolean => {
  const young = one.uptimeSeconds < JUST_RESTARTED_SECONDS && one.uptimeSeconds < other.uptimeSeconds;
  return young && !isHarmless(relation(one, other)) && !isHarmless(relation(other, one));
};

/**
 * `replica` came back from a restart with data that `master` has not: the first sync would overwrite it. Where it was the
 * master, an append-only file keeps what was never sent; where the master has restarted meanwhile, it may have lost what the
 * replica still has.
 */
export const bringsDataBack = (replica: Answering, master: Answering): boolean => {
  const { upstream } = replica;
  if (upstream?.who !== 'other-side' || upstream.linkUp || replica.uptimeSeconds >= JUST_RESTARTED_SECONDS)
    return false;
  return !isHarmless(relation(replica, master));
};

/** The same, where it may be worth saving, and a restart is what parted the two. */
export const comesBackWithMore = (replica: Answering, master: Answering, remembered: Remembered): boolean =>
  mayHoldMore(master, remembered) &&
  !ranOn(replica, master, remembered.rememberedRuns) &&
  bringsDataBack(replica, master);
