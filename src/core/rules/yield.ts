/** Rows 498-699: local is not to be the master (`backup`, `fault`). It never leaves the pair without one. */
import { gapBeside } from '../gap.ts';
import { isAnswering } from '../model.ts';
import { readsCopyOf } from '../program.ts';
import { hasHardlyWritten } from '../relation.ts';
import { restartedApart } from '../restart.ts';
import { describeNode, inStep } from '../situation.ts';
import type { Section } from '../table.ts';
import { giveWay } from './give-way.ts';
import { copiedAnew } from './older.ts';
import { keepsWhatThePeerLost, losesItsReplicasData, savesWhatItBringsBack } from './restarted.ts';
import type { Facts, Rule } from './rule.ts';
import {
  answering,
  behind,
  handOver,
  harmless,
  hasReplicaOnline,
  ONLY_MASTER,
  peerWords,
  refuse,
  restartedWithout,
  seconds,
  wait,
  YIELD,
} from './rule.ts';

/**
 * keepalived starts `backup` some seconds before the peer's `master` has done its part, and on both nodes when both
 * start, so backup is patient. Source: keepalived/vrrp/vrrp_scheduler.c (BACKUP always precedes MASTER).
 */
const withinPeerMasterTimeout = ({ intent, vrrpAgeMs, policy }: Facts): boolean =>
  intent === 'backup' && vrrpAgeMs < policy.peerMasterTimeoutMs;

/**
 * A full copy is under way, however long it takes. One that local cannot read is begun again and again. Where nothing of it has
 * come yet, its master has to know of it: a replica that is refused says of every attempt that it is one. Seen on Valkey 9.1.2
 * and Redis 8.6.3 without masterauth, which try again at once: master_sync_in_progress is 1 at any moment, and
 * master_sync_left_bytes -1.
 */
const isBeingCopied = ({ pair: { local, peer } }: Facts): boolean => {
  if (!isAnswering(local) || local.upstream?.syncing !== true) return false;
  const hasBegun = local.upstream.syncLeftBytes !== -1;
  if (!isAnswering(peer)) return hasBegun;
  return readsCopyOf(local.program, peer.program) && (hasBegun || peer.replicas.length > 0);
};

const FOLLOWING: readonly Rule[] = [
  copiedAnew(YIELD, 498),
  keepsWhatThePeerLost(YIELD, 499),
  {
    id: 500,
    name: 'local follows the peer',
    intents: YIELD,
    situations: ['PeerMasterWithReplica'],
    does: 'nothing to do',
    why: () => 'the peer is the master, local follows it and the link is up',
    steps: () => [],
  },
  {
    ...savesWhatItBringsBack(YIELD, 501),
    does: 'promote local, so that its data is not overwritten; then rule 510-519',
  },
  {
    id: 502,
    name: 'the link is to come up',
    intents: ['backup'],
    situations: ['PeerMasterLinkDown'],
    when: (facts) => facts.waitedMs < facts.policy.linkTimeoutMs || isBeingCopied(facts),
    seen: 'less than `link_timeout`, or a full copy that local can read is running: some of it has come, or the peer counts a replica',
    does: 'wait until the link is up',
    why: ({ pair }) => `local follows the peer: ${describeNode(pair.local)}`,
    steps: () => wait('the link is up'),
  },
  {
    id: 504,
    name: 'the link does not come up',
    intents: ['backup'],
    situations: ['PeerMasterLinkDown'],
    does: 'refuse (6)',
    why: ({ waitedMs }) => `local follows the peer, but the link is still down after ${seconds(waitedMs)}`,
    steps: () => refuse('check masterauth, masteruser, TLS, bind and protected-mode on both nodes', 'LINK_DOWN'),
  },
  {
    id: 506,
    name: 'local is a replica, and stays one',
    intents: YIELD,
    situations: ['PeerMasterLinkDown', 'ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: (facts) => facts.intent === 'fault' || isOurs(facts),
    seen: "`fault`, or local's master is set to the peer",
    does: 'nothing to do',
    why: (facts) => `local is read-only and keeps its data; ${peerWords(facts)}`,
    steps: () => [],
  },
];

const isOurs = ({ pair }: Facts): boolean => isAnswering(pair.local) && pair.local.upstream?.who === 'other-side';

/** keepalived tells the node that gives way first: the other one may look only seconds later. */
const hasComeBackToNothing = (facts: Facts): boolean =>
  hasHardlyWritten(answering(facts, 'peer'), answering(facts, 'local')) && !harmless(facts, 'local');

const RIVALS: readonly Rule[] = [
  ...giveWay({
    first: 510,
    loser: 'local',
    intents: YIELD,
    situations: ['TwoMasters'],
    when: (facts) => behind(facts, 'local') || restartedWithout(facts),
    because: 'both are masters and the peer has what local has lost',
    family: { seen: 'as rules 210-219', does: 'local gives way, see "Giving way"' },
  }),
  {
    id: 520,
    name: 'two masters: the node with the address decides',
    intents: ['fault'],
    situations: ['TwoMasters'],
    does: 'nothing to do: the node with the address decides',
    why: (facts) => `both are masters and neither may simply follow; ${peerWords(facts)}`,
    steps: () => [],
  },
  {
    id: 521,
    name: 'two masters: what comes to the peer waits until it knows what local has',
    intents: ['backup'],
    situations: ['TwoMasters'],
    when: (facts) => withinPeerMasterTimeout(facts) && facts.rivalHeld !== true && hasComeBackToNothing(facts),
    seen: 'less than `peer_master_timeout` since keepalived said BACKUP; the peer has hardly written since the two parted, local has; once',
    does: "hold the peer's writes back by a pause of 3 s at most, where its server has one; then rule 522",
    why: (facts) =>
      `both are masters, and clients come to the peer, which has hardly written since the two parted; ${peerWords(facts)}`,
    steps: () => [{ kind: 'holdBack', side: 'peer' }],
  },
  {
    id: 522,
    name: 'two masters: the node with the address decides first',
    intents: ['backup'],
    situations: ['TwoMasters'],
    when: withinPeerMasterTimeout,
    seen: 'less than `peer_master_timeout` since keepalived said BACKUP',
    does: "wait for the peer's `master`",
    why: (facts) => `both are masters; ${peerWords(facts)}`,
    steps: () => wait("the peer's master command has sorted it out"),
  },
  ...giveWay({
    first: 524,
    loser: 'peer',
    intents: ['backup'],
    situations: ['TwoMasters'],
    when: (facts) => behind(facts, 'peer'),
    because: 'both are masters and local has everything that the peer has, and more',
    family: { seen: 'the peer lacks data that local has', does: 'the peer follows local' },
  }).slice(0, 1),
  {
    id: 528,
    name: 'two masters: the peer lost data in a restart, and gives way',
    intents: ['backup'],
    situations: ['TwoMasters'],
    when: (facts) =>
      restartedApart(facts.pair, 'peer', facts.memory) && facts.waitedMs < facts.policy.peerMasterTimeoutMs,
    seen: 'the peer restarted less than two minutes ago, each has what the other has not, and less than `peer_master_timeout` since this command began',
    does: 'wait for the peer to give way',
    why: (facts) => `both are masters, and the peer restarted without what local has; ${peerWords(facts)}`,
    steps: () => wait("the peer's own command has saved what it wrote since, and it follows"),
  },
  ...giveWay({
    first: 530,
    loser: 'local',
    intents: ['backup'],
    situations: ['TwoMasters'],
    because: 'both are masters and the address is at the peer',
    family: { does: 'local gives way, see "Giving way"' },
  }),
  ...giveWay({
    first: 540,
    loser: 'local',
    intents: YIELD,
    situations: ['PeerMasterLocalElsewhere'],
    because: 'the peer is the master and local follows nobody of this pair',
    family: { does: 'local gives way, see "Giving way"' },
  }),
];

/** The peer lacks nothing, and nobody has drained it. The address is at its server, whatever keepalived has said on either host. */
const isPeerToLead = (facts: Facts): boolean => {
  const [local, peer] = [answering(facts, 'local'), answering(facts, 'peer')];
  const isReady = inStep(peer) && hasReplicaOnline(facts, 'local') && peer.isDrained !== true;
  return facts.addressAtPeer === true && isReady && gapBeside('the peer', peer, local, undefined) === undefined;
};

const MASTERS: readonly Rule[] = [
  ...losesItsReplicasData(YIELD, 550, 551),
  {
    id: 552,
    name: 'fault: the only master is left alone',
    intents: ['fault'],
    situations: ONLY_MASTER,
    does: 'nothing to do: the only master is left alone',
    why: (facts) => `local is the only master; ${peerWords(facts)}`,
    steps: () => [],
  },
  {
    id: 554,
    name: "the peer's master command is to do its part",
    intents: ['backup'],
    situations: [...ONLY_MASTER, 'MutualReplicas', 'NoMaster', 'ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: withinPeerMasterTimeout,
    seen: 'less than `peer_master_timeout` since keepalived said BACKUP',
    does: 'wait until the peer is a master',
    why: (facts) => `nobody else is a master yet: ${peerWords(facts)}`,
    steps: () => wait('the peer is a master'),
  },
  {
    id: 555,
    name: 'the role follows the address',
    intents: ['backup'],
    situations: ['LocalMasterWithReplica'],
    when: isPeerToLead,
    seen: "the address is not on this host, the peer's server answers there, is in step and lacks nothing; its node is not drained",
    does: 'hand the role over to the peer',
    why: ({ vrrpAgeMs }) =>
      `keepalived said BACKUP ${seconds(vrrpAgeMs)} ago, and the address is at the peer, which is a replica in step and has not taken the role`,
    steps: (facts) => handOver(facts, 'local'),
  },
  {
    id: 556,
    name: 'orphan master: nobody took the role over',
    intents: ['backup'],
    situations: ONLY_MASTER,
    does: 'refuse (4): local stays the master, nobody took the role over',
    why: (facts) =>
      `local stays the master, since a node is never told to follow a host that is none: ${peerWords(facts)}`,
    steps: () => refuse('look at the peer: its keepalived or its Redis did not take the role'),
  },
  {
    id: 558,
    name: 'no master in sight',
    intents: ['backup'],
    situations: ['MutualReplicas', 'NoMaster', 'ReplicaPeerSilent', 'ReplicaPeerLoading'],
    does: 'refuse (4): no master came',
    why: (facts) => `local is read-only and keeps its data; ${peerWords(facts)}, and no master came`,
    steps: () => refuse('look at the node that has the address: its master command says why it did not take the role'),
  },
  {
    id: 560,
    name: 'fault: no role to give up',
    intents: ['fault'],
    situations: ['MutualReplicas', 'NoMaster'],
    does: 'nothing to do',
    why: () => 'local is read-only and keeps its data',
    steps: () => [],
  },
];

export const YIELD_RULES: readonly Section<Rule>[] = [
  { title: '`backup` and `fault`', from: 498, to: 699, rows: [...FOLLOWING, ...RIVALS, ...MASTERS] },
];
