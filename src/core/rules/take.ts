/** Rows 200-399: local is to be the master (`master`, `promote`), with the peer's data first. */
import { isAliveButSilent, isAnswering } from '../model.ts';
import { neverHeldKeys } from '../relation.ts';
import { describeNode } from '../situation.ts';
import { giveWay, savedBeforehand } from './give-way.ts';
import { gapOf } from '../gap.ts';
import { copiedAnew, notHandedOver } from './older.ts';
import { keepsWhatThePeerLost, losesItsReplicasData, savesWhatItBringsBack } from './restarted.ts';
import type { Facts, Rule } from './rule.ts';
import {
  addressOfOther,
  answering,
  behind,
  harmless,
  localEndpointAtPeer,
  ONLY_MASTER,
  refuse,
  restartedWithout,
  seconds,
  TAKE,
  wait,
  waysOf,
} from './rule.ts';

const peerWords = ({ pair }: Facts): string => `the peer ${describeNode(pair.peer)}`;
const withinSyncTimeout = ({ waitedMs, policy }: Facts): boolean => waitedMs < policy.syncTimeoutMs;

/** Local is empty though the pair held keys when it was last seen whole. */
const lostItsData = (facts: Facts): boolean => {
  const { pair, memory, policy, forced } = facts;
  const isLost = isAnswering(pair.local) && neverHeldKeys(pair.local);
  return isLost && (memory?.keys ?? 0) > 0 && policy.onEmpty === 'refuse' && !forced;
};

const followsThirdMaster = ({ pair }: Facts): boolean =>
  [pair.local, pair.peer].some((view) => isAnswering(view) && view.upstream?.who === 'third-master');

const MASTER: readonly Rule[] = [
  ...losesItsReplicasData(TAKE, 200, 202),
  {
    id: 203,
    name: 'a repaired pair is found at its address',
    intents: ['master'],
    situations: ONLY_MASTER,
    when: ({ addressUntold }) => addressUntold === true,
    why: () => 'local is the master; after a broken network clients may still look for the address at the other node',
    steps: () => [{ kind: 'tellAddress' }],
  },
  {
    id: 204,
    name: 'local is the master',
    intents: TAKE,
    situations: ['LocalMasterWithReplica'],
    why: () => 'local is the master and the peer follows it',
    steps: () => [],
  },
  {
    id: 206,
    name: 'local is the master, the peer is not its replica',
    intents: TAKE,
    situations: ['LocalMasterPeerElsewhere', 'LocalMasterPeerLoading', 'LocalMasterPeerSilent'],
    why: (facts) => `local is the master; ${peerWords(facts)} and will follow by its own backup command or check`,
    steps: () => [],
  },
  ...giveWay({
    first: 210,
    loser: 'local',
    intents: TAKE,
    situations: ['TwoMasters'],
    when: (facts) => !facts.forced && (behind(facts, 'local') || restartedWithout(facts)),
    because: 'both are masters and the peer has what local has lost',
  }),
  ...giveWay({
    first: 220,
    loser: 'peer',
    intents: TAKE,
    situations: ['TwoMasters'],
    because: 'both are masters and the address is here',
  }),
];

/** Of a node that did not get the data of the live master in time. */
const leadsByChoice = ({ policy, forced }: Facts): boolean => forced || policy.onStale === 'promote';

const PEER_MASTER: readonly Rule[] = [
  keepsWhatThePeerLost(TAKE, 294),
  savesWhatItBringsBack(TAKE, 296),
  copiedAnew(TAKE, 297),
  {
    id: 298,
    name: 'the role has moved while the repair began',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    when: ({ freshRepair }) => freshRepair === true,
    why: () => 'the peer has become the master: somebody moved the role, and the address follows it',
    steps: () => [],
  },
  notHandedOver(TAKE, 299),
  {
    id: 300,
    name: 'hand-over',
    intents: TAKE,
    situations: ['PeerMasterWithReplica'],
    when: ({ pair }) => pair.localAtPeer?.online === true,
    why: () => 'the peer is the master and local is in step with it: the role can move without losing a write',
    steps: (facts) => [
      {
        kind: 'handOver',
        from: 'peer',
        target: localEndpointAtPeer(facts),
        ways: waysOf(facts),
        insists: facts.forced,
        replicaRun: answering(facts, 'local').runId,
        timeoutMs: facts.policy.handOverTimeoutMs,
      },
    ],
  },
  {
    id: 302,
    name: 'local gets the data first',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    when: withinSyncTimeout,
    why: ({ pair }) => `the peer is the master and local is not in step yet: ${describeNode(pair.local)}`,
    steps: () => wait("local has the peer's data"),
  },
  savedBeforehand({
    first: 303,
    loser: 'peer',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    when: leadsByChoice,
    because: 'stale data is to be promoted over the live peer',
  }),
  {
    id: 304,
    name: 'stale data is promoted, by choice',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    when: leadsByChoice,
    why: ({ waitedMs }) =>
      `local did not get the peer's data within ${seconds(waitedMs)}, and stale data may be promoted`,
    steps: () => [{ kind: 'promote', side: 'local', reason: 'stale data, by choice', purpose: 'lead-by-choice' }],
  },
  {
    id: 306,
    name: 'stale data is not promoted over a live master',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    why: ({ waitedMs }) => `local did not get the live peer's data within ${seconds(waitedMs)}`,
    steps: () => refuse('look at master_link_status and the Redis log: masterauth, bind, protected-mode, TLS'),
  },
  {
    id: 308,
    name: 'a third master leads this pair',
    intents: TAKE,
    situations: ['PeerMasterLocalElsewhere', 'NoMaster', 'ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: (facts) => followsThirdMaster(facts) && !facts.forced,
    why: () => 'a node of this pair follows a live master outside it, which redisha was not told to replace',
    steps: () => refuse('point the replica at its peer with redis-cli REPLICAOF, or run promote --force'),
  },
  ...giveWay({
    first: 310,
    loser: 'local',
    intents: TAKE,
    situations: ['PeerMasterLocalElsewhere'],
    because: 'the peer is the master and local follows nobody of this pair',
  }),
];

const PEER_GONE: readonly Rule[] = [
  {
    id: 330,
    name: 'an empty node is not promoted where there was data',
    intents: TAKE,
    situations: ['ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: lostItsData,
    why: ({ memory }) => `local is empty, but the pair held ${String(memory?.keys)} keys when it was last whole`,
    steps: () => refuse('bring the peer back, or give the data up with "redisha promote --force"'),
  },
  {
    id: 332,
    name: 'a person takes over only on purpose',
    intents: ['promote'],
    situations: ['ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: ({ forced }) => !forced,
    why: (facts) => `${peerWords(facts)}: a hand-over is not possible, only a takeover`,
    steps: () => refuse('if the peer is really gone: redisha promote --force'),
  },
  {
    id: 334,
    name: 'the peer may only be slow',
    intents: TAKE,
    situations: ['ReplicaPeerSilent'],
    when: ({ pair, unchangedMs, policy }) =>
      (pair.peer.kind === 'frozen' || pair.peer.kind === 'garbled') && unchangedMs < policy.frozenTimeoutMs,
    why: (facts) => peerWords(facts),
    steps: () => wait('the peer answers or its time is up'),
  },
  {
    id: 336,
    name: 'the peer is alive, but does not let us in',
    intents: TAKE,
    situations: ['ReplicaPeerSilent'],
    when: (facts) => isAliveButSilent(facts.pair.peer) && withinSyncTimeout(facts) && !facts.forced,
    why: (facts) => peerWords(facts),
    steps: () => wait('the peer answers or its time is up'),
  },
  {
    id: 338,
    name: 'an empty node waits for a peer that is loading',
    intents: TAKE,
    situations: ['ReplicaPeerLoading'],
    when: (facts) => neverHeldKeys(answering(facts, 'local')) && withinSyncTimeout(facts),
    why: (facts) => `local is empty and ${peerWords(facts)}`,
    steps: () => wait('the peer has loaded its dataset'),
  },
  {
    id: 340,
    name: 'takeover',
    intents: TAKE,
    situations: ['ReplicaPeerSilent', 'ReplicaPeerLoading'],
    why: (facts) => `${peerWords(facts)}; local has the newest data that can be reached`,
    steps: () => [{ kind: 'promote', side: 'local', reason: 'the peer does not serve' }],
  },
];

/** Local is older, and what it followed as its master may have been the peer. */
const mayLack = (facts: Facts): boolean => {
  const [local, peer] = [answering(facts, 'local'), answering(facts, 'peer')];
  return !facts.forced && gapOf(local, peer, facts.memory?.data) !== undefined;
};

/** Nobody writes while there is no master, so the offsets of two replicas may be compared. */
const peerHasMore = (facts: Facts): boolean => harmless(facts, 'local') && (!harmless(facts, 'peer') || mayLack(facts));

/** Local need not speak for that: Redis copies a new master over its replicas by itself. */
const followsWithDataOfItsOwn = (facts: Facts): boolean =>
  answering(facts, 'peer').upstream?.who === 'other-side' && !harmless(facts, 'peer');

const NO_MASTER: readonly Rule[] = [
  {
    id: 360,
    name: 'no master: the peer has more, so it leads first',
    intents: TAKE,
    situations: ['MutualReplicas', 'NoMaster'],
    when: peerHasMore,
    why: () => 'neither node is a master, and the peer has everything that local has, and more',
    steps: (facts) => [
      { kind: 'promote', side: 'peer', reason: 'it has the newest data' },
      { kind: 'follow', side: 'local', of: addressOfOther(facts, 'local'), covered: 'harmless' },
    ],
  },
  {
    id: 361,
    name: 'no master, and the peer would be overwritten as soon as local leads: it is detached first',
    intents: TAKE,
    situations: ['MutualReplicas', 'NoMaster'],
    when: followsWithDataOfItsOwn,
    why: () => 'neither node is a master, and Redis would copy local over what only the peer has',
    steps: () => [
      { kind: 'promote', side: 'peer', reason: 'its data is not in local' },
      { kind: 'promote', side: 'local', reason: 'neither node is a master' },
    ],
  },
  {
    id: 362,
    name: 'no master: local leads',
    intents: TAKE,
    situations: ['MutualReplicas', 'NoMaster'],
    why: (facts) =>
      harmless(facts, 'peer')
        ? 'neither node is a master, and local has everything that the peer has'
        : 'neither node is a master, the datasets differ, and the address is here',
    steps: () => [{ kind: 'promote', side: 'local', reason: 'neither node is a master' }],
  },
];

export const TAKE_RULES: readonly Rule[] = [...MASTER, ...PEER_MASTER, ...PEER_GONE, ...NO_MASTER];
