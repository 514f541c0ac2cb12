/** Rows 200-329: local is to be the master (`master`, `promote`) where there is one, with the peer's data first. */
import { formatEndpoint, isAnswering } from '../model.ts';
import { describeNode } from '../situation.ts';
import type { Section } from '../table.ts';
import { gaveLittle } from './gave-little.ts';
import { giveWay, savedBeforehand } from './give-way.ts';
import { copiedAnew, notHandedOver } from './older.ts';
import { keepsWhatThePeerLost, losesItsReplicasData, savesWhatItBringsBack } from './restarted.ts';
import type { Facts, Rule } from './rule.ts';
import {
  behind,
  handOver,
  hasReplicaOnline,
  ONLY_MASTER,
  refuse,
  restartedWithout,
  seconds,
  TAKE,
  peerWords,
  wait,
  withinSyncTimeout,
} from './rule.ts';

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
    seen: 'a repair, once',
    does: 'tell the network that the address is here',
    why: () => 'local is the master; after a broken network clients may still look for the address at the other node',
    steps: () => [{ kind: 'tellAddress' }],
  },
  {
    id: 204,
    name: 'local is the master',
    intents: TAKE,
    situations: ['LocalMasterWithReplica'],
    does: 'nothing to do',
    why: () => 'local is the master and the peer follows it',
    steps: () => [],
  },
  {
    id: 206,
    name: 'local is the master, the peer is not its replica',
    intents: TAKE,
    situations: ['LocalMasterPeerElsewhere', 'LocalMasterPeerLoading', 'LocalMasterPeerSilent'],
    does: 'nothing to do: the peer follows by its own command or check',
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
    family: {
      seen: 'no `--force`; local lacks data that the peer has, or it restarted less than 2 minutes ago, more than a second after the peer, and both have data of their own',
      does: 'local gives way, see "Giving way"; the role comes back by rule 300',
    },
  }),
  gaveLittle({
    first: 230,
    intents: TAKE,
    situations: ['TwoMasters'],
    because: 'both are masters and the address is here',
  }),
  ...giveWay({
    first: 220,
    loser: 'peer',
    intents: TAKE,
    situations: ['TwoMasters'],
    because: 'both are masters and the address is here',
    family: { does: 'the peer gives way, see "Giving way"' },
  }),
];

/** Of a node that did not get the data of the live master in time. */
const leadsByChoice = ({ policy, forced }: Facts): boolean => forced || policy.onStale === 'promote';

/** A published port, or a name that it announces: a hand-over would not know to whom. */
const isUnlisted = ({ pair, situation }: Facts): boolean =>
  situation === 'PeerMasterWithReplica' && pair.localAtPeer === undefined;

const PEER_MASTER: readonly Rule[] = [
  keepsWhatThePeerLost(TAKE, 294),
  {
    ...savesWhatItBringsBack(TAKE, 296),
    does: 'promote local, so that its data is not overwritten; then rule 210-219',
  },
  { ...copiedAnew(TAKE, 297), does: 'give local a full copy, then on with rule 302' },
  {
    id: 298,
    name: 'the role has moved while the repair was at work',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    when: ({ freshRepair, addressGone }) => freshRepair === true || addressGone === true,
    seen: 'a repair that has changed nothing yet, or whose address has left this host; also one that has not followed meanwhile, on files that start this node as BACKUP and name no resident',
    does: 'nothing: somebody moved the role, and the address follows it',
    why: () => 'the peer has become the master: somebody moved the role, and the address follows it',
    steps: () => [],
  },
  notHandedOver(TAKE, 299),
  {
    id: 300,
    name: 'hand-over',
    intents: TAKE,
    situations: ['PeerMasterWithReplica'],
    when: (facts) => hasReplicaOnline(facts, 'peer'),
    seen: 'the peer counts local among its replicas that are online',
    does: 'hand the role over; called off where an older local refuses one of the last writes',
    why: () => 'the peer is the master and local is in step with it: the role can move without losing a write',
    steps: (facts) => handOver(facts, 'peer'),
  },
  {
    id: 302,
    name: 'local gets the data first',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    when: withinSyncTimeout,
    seen: 'less than `sync_timeout`',
    does: "wait until local has the peer's data",
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
    seen: '`--force`, or `on_stale` is `promote`',
    does: "hold the peer's writes back and put a fence up there, then promote local with stale data; then rule 220-229",
    why: ({ waitedMs }) =>
      `local did not get the peer's data within ${seconds(waitedMs)}, and stale data may be promoted`,
    steps: () => [{ kind: 'promote', side: 'local', reason: 'stale data, by choice', purpose: 'lead-by-choice' }],
  },
  {
    id: 306,
    name: 'stale data is not promoted over a live master',
    intents: TAKE,
    situations: ['PeerMasterWithReplica', 'PeerMasterLinkDown'],
    does: 'refuse (4)',
    why: (facts) =>
      isUnlisted(facts)
        ? `the peer does not list local, which is in step with it, as ${formatEndpoint(facts.pair.localEndpoint)}`
        : `local did not get the live peer's data within ${seconds(facts.waitedMs)}`,
    steps: (facts) =>
      refuse(
        isUnlisted(facts)
          ? 'set replica-announce-ip and replica-announce-port on local to where the peer reaches it'
          : 'redisha status names what keeps the link down',
      ),
  },
  {
    id: 308,
    name: 'a third master leads this pair',
    intents: TAKE,
    situations: ['PeerMasterLocalElsewhere', 'NoMaster', 'ReplicaPeerSilent', 'ReplicaPeerLoading'],
    when: (facts) => followsThirdMaster(facts) && !facts.forced,
    seen: 'a node follows a live master outside the pair, and no `--force`',
    does: 'refuse (4)',
    why: () => 'a node of this pair follows a live master outside it, which redisha was not told to replace',
    steps: () => refuse('point the replica at its peer with redis-cli REPLICAOF, or run promote --force'),
  },
  ...giveWay({
    first: 310,
    loser: 'local',
    intents: TAKE,
    situations: ['PeerMasterLocalElsewhere'],
    because: 'the peer is the master and local follows nobody of this pair',
    family: { does: 'local gives way, see "Giving way"' },
  }),
];

export const TAKE_RULES: readonly Section<Rule>[] = [
  { title: '`master` and `promote`, local is a master already', from: 200, to: 249, rows: MASTER },
  { title: '`master` and `promote`, the peer is the master', from: 250, to: 329, rows: PEER_MASTER },
];
