/** Rows 100-149: what has to be settled before anybody's role is. */
import type { Side } from '../model.ts';
import { formatEndpoint, isAnswering, isClosedAtAddress, isMaster } from '../model.ts';
import { describeNode } from '../situation.ts';
import type { Section } from '../table.ts';
import { savesWhatItBringsBack } from './restarted.ts';
import type { Facts, Rule } from './rule.ts';
import { ALL, TAKE, YIELD, refuse, seconds, wait } from './rule.ts';

const kindOfLocal = (facts: Facts): string => facts.pair.local.kind;
const mayYetAnswer = (facts: Facts): boolean =>
  ['busy', 'full', 'unasked', 'frozen'].includes(kindOfLocal(facts)) &&
  facts.unchangedMs < facts.policy.loadingTimeoutMs;
const withFailover = ({ pair }: Facts) =>
  isAnswering(pair.local) && pair.local.failover !== 'none' ? 'local' : 'peer';
const withFence = ({ pair }: Facts) => (isAnswering(pair.local) && pair.local.fence !== undefined ? 'local' : 'peer');

/** The other node may be in the middle of a hand-over of its own: it gets twice the server's limit to end it. */
const othersTurnOver = ({ unchangedMs, policy }: Facts): boolean => unchangedMs >= 2 * policy.handOverTimeoutMs;

const SETTLED_FIRST: readonly Rule[] = [
  {
    id: 100,
    name: 'local refuses our credentials',
    intents: ALL,
    situations: ['LocalSilent'],
    when: (facts) => kindOfLocal(facts) === 'locked',
    seen: "local rejects our credentials, or one of the two does not accept the other's certificate",
    does: 'refuse (3)',
    why: ({ pair }) => `the local Redis ${describeNode(pair.local)}`,
    steps: () =>
      refuse(
        'set the password, the ACL user or the TLS files: see "Credentials" in docs/configuration.md',
        'CREDENTIALS_REJECTED',
      ),
  },
  {
    id: 102,
    name: 'nothing to tidy while local is down',
    intents: ['fault'],
    situations: ['LocalSilent', 'LocalUnmanageable', 'LocalLoading'],
    when: (facts) => !mayYetAnswer(facts),
    seen: 'not rule 104',
    does: 'nothing to do',
    why: ({ pair }) => `the local Redis ${describeNode(pair.local)}; there is nothing that could be tidied`,
    steps: () => [],
  },
  {
    id: 104,
    name: 'local is blocked or full, and may yet answer',
    intents: ALL,
    situations: ['LocalSilent'],
    when: mayYetAnswer,
    seen: 'local is blocked by a script, has no connection left, could not be asked from this host, or is frozen, for less than `loading_timeout`',
    does: 'wait',
    why: ({ pair }) => `the local Redis ${describeNode(pair.local)}`,
    steps: () => wait('the local Redis answers'),
  },
  {
    id: 106,
    name: 'local is down',
    intents: ALL,
    situations: ['LocalSilent'],
    does: 'refuse (5)',
    why: ({ pair }) => `the local Redis ${describeNode(pair.local)}; its check is unfit, so that the address moves`,
    steps: () => refuse('start the local Redis, then look at "redis-cli INFO replication"', 'REDIS_UNREACHABLE'),
  },
  {
    id: 108,
    name: 'not a plain server',
    intents: ALL,
    situations: ['LocalUnmanageable'],
    does: 'refuse (4)',
    why: () => 'the local Redis runs as a cluster node or a sentinel; its roles are not ours to change',
    steps: () => refuse('take the node out of cluster mode, or redisha out of keepalived.conf'),
  },
  {
    id: 109,
    name: 'the peer is local itself',
    intents: ALL,
    situations: ['PeerIsLocal'],
    does: 'refuse (4)',
    why: ({ pair }) =>
      `${formatEndpoint(pair.localEndpoint)} and ${formatEndpoint(pair.peerEndpoint)} are one server: it cannot follow itself`,
    steps: () => refuse('PEER must be the address of the other host, not the virtual one: see keepalived.conf'),
  },
  {
    id: 110,
    name: 'local is loading',
    intents: ALL,
    situations: ['LocalLoading'],
    when: ({ waitedMs, policy }) => waitedMs < policy.loadingTimeoutMs,
    seen: 'less than `loading_timeout`',
    does: 'wait',
    why: ({ pair }) => `the local Redis is ${describeNode(pair.local)}`,
    steps: () => wait('the local Redis has loaded its dataset'),
  },
  {
    id: 112,
    name: 'local is still loading',
    intents: ALL,
    situations: ['LocalLoading'],
    does: 'refuse (5)',
    why: ({ waitedMs }) => `the local Redis is still loading after ${seconds(waitedMs)}`,
    steps: () => refuse('wait for the load to end; the next notify or check goes on from there', 'REDIS_UNREACHABLE'),
  },
  {
    id: 120,
    name: 'a FAILOVER is under way',
    intents: ALL,
    situations: ['FailoverUnfinished'],
    when: (facts) => !othersTurnOver(facts),
    seen: 'less than twice `hand_over_timeout`',
    does: 'wait',
    why: () => 'a FAILOVER is under way and may end by itself',
    steps: () => wait('the FAILOVER ends'),
  },
  {
    id: 122,
    name: 'an unfinished FAILOVER is called off',
    intents: ALL,
    situations: ['FailoverUnfinished'],
    does: 'abort the FAILOVER',
    why: ({ unchangedMs }) =>
      `the FAILOVER has not ended after ${seconds(unchangedMs)}; while it hangs nobody can write`,
    steps: (facts) => [{ kind: 'abortFailover', side: withFailover(facts) }],
  },
  {
    ...savesWhatItBringsBack(ALL, 128, 'FenceLeft'),
    seen: 'local came back with more than the peer, a master',
  },
  {
    id: 130,
    name: 'a fence is up, perhaps for a reason',
    intents: ALL,
    situations: ['FenceLeft'],
    when: (facts) => !othersTurnOver(facts),
    seen: 'less than twice `hand_over_timeout`, counted anew each time that the fence is renewed',
    does: 'wait',
    why: (facts) => `${withFence(facts)} is fenced by a hand-over that may still be running on the other node`,
    steps: () => wait('the hand-over takes its fence down'),
  },
  {
    id: 132,
    name: 'a left fence is taken down',
    intents: [...TAKE, ...YIELD],
    situations: ['FenceLeft'],
    does: 'take the fence down: a rescue that still runs would have renewed it',
    why: (facts) =>
      `${withFence(facts)} is still fenced after ${seconds(facts.unchangedMs)}: the hand-over that raised it is gone`,
    steps: (facts) => [{ kind: 'liftFence', side: withFence(facts) }],
  },
];

const isMovedFrom = ({ pair }: Facts): boolean =>
  isAnswering(pair.local) && pair.local.redisRole === 'replica' && isMaster(pair.peer);

const closedSides = ({ pair }: Facts): readonly Side[] =>
  (['local', 'peer'] as const).filter((side) => isClosedAtAddress(pair[side]));

const CLOSED: readonly Rule[] = [
  {
    id: 134,
    name: 'the address has yet to follow the role',
    intents: ['master'],
    situations: ['AddressClosed'],
    when: (facts) => facts.freshRepair === true && isMovedFrom(facts),
    seen: 'a repair that has changed nothing yet; local is a replica, the peer is the master',
    does: 'nothing: somebody moves the role, and opens the port when the address has left',
    why: () => 'the role has moved to the peer, and the address follows it; the port here is closed until then',
    steps: () => [],
  },
  {
    id: 136,
    name: 'a closed port is opened',
    intents: ALL,
    situations: ['AddressClosed'],
    seen: 'not `promote`; with `fault`, and with `backup` for `peer_master_timeout`, only where the port of local is closed',
    does: 'open the port at the virtual address again',
    why: (facts) =>
      `the port of ${closedSides(facts).join(' and of ')} is closed at the virtual address, and no hand-over needs that`,
    steps: (facts) => closedSides(facts).map((side) => ({ kind: 'openAddress', side })),
  },
];

export const COMMON: readonly Section<Rule>[] = [
  { title: 'before anything else', from: 100, to: 149, rows: [...SETTLED_FIRST, ...CLOSED] },
];
