/**
 * Names what a pair looks like, before anybody thinks about a cure.
 *
 * Every pair has exactly one name. The names are the vocabulary of the rules, the log, `status` and the documentation.
 */
import type { Answering, NodeView, PairView, Silent } from './model.ts';
import { formatEndpoint, isAnswering, isClosedAtAddress } from './model.ts';

export const SITUATIONS = {
  LocalSilent: 'the local Redis cannot be read',
  LocalUnmanageable: 'the local Redis is not a plain server: it runs as a cluster node or a sentinel',
  PeerIsLocal: 'both addresses lead to the same Redis server',
  LocalLoading: 'the local Redis is loading its dataset',
  FailoverUnfinished: 'a FAILOVER is under way',
  FenceLeft: 'a fence from an interrupted hand-over is still up',
  AddressClosed: 'the port of a node is closed at the virtual address since a hand-over',
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

export const diagnose = ({ local, peer }: PairView): Situation => {
  if (!isAnswering(local)) return 'LocalSilent';
  if (local.mode !== 'standalone') return 'LocalUnmanageable';
  if (isAnswering(peer) && local.runId !== '' && local.runId === peer.runId) return 'PeerIsLocal';
  if (local.loading) return 'LocalLoading';
  const both = isAnswering(peer) ? [local, peer] : [local];
  if (both.some((node) => node.failover !== 'none')) return 'FailoverUnfinished';
  if (both.some((node) => node.fence !== undefined)) return 'FenceLeft';
  if (both.some(isClosedAtAddress)) return 'AddressClosed';
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
