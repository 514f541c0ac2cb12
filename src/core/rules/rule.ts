/** The shape of a row in the decision table, and the few words that the rows share. */
import { isOlder } from '../gap.ts';
import type { Answering, Context, Intent, Side } from '../model.ts';
import { isAnswering, isMaster, isSince62, otherSide } from '../model.ts';
import { isContained, lacks } from '../relation.ts';
import { comesBackWithMore, isAboutToWipe, isDecided, restartedApart } from '../restart.ts';
import type { Situation } from '../situation.ts';
import { describeNode } from '../situation.ts';
import type { Step, Way } from '../steps.ts';
import type { Row } from '../table.ts';

export interface Facts extends Context {
  readonly situation: Situation;
}

/** Rows that stand in the table several times, under other numbers, commands and situations. */
export interface Family {
  readonly seen?: string;
  readonly does: string;
}

export interface Rule extends Row<Facts> {
  readonly name: string;
  readonly intents: readonly Intent[];
  readonly situations: readonly Situation[];
  readonly steps: (facts: Facts) => readonly Step[];
  readonly family?: Family;
}

export const TAKE: readonly Intent[] = ['master', 'promote'];
export const YIELD: readonly Intent[] = ['backup', 'fault'];
export const ALL: readonly Intent[] = [...TAKE, ...YIELD];

/** Local is the master, and the peer is none. */
export const ONLY_MASTER: readonly Situation[] = [
  'LocalMasterWithReplica',
  'LocalMasterPeerElsewhere',
  'LocalMasterPeerLoading',
  'LocalMasterPeerSilent',
];

/** The two views when both answered. Rules that use it name only situations in which both did. */
export const answering = ({ pair }: Facts, side: Side): Answering => {
  const view = pair[side];
  if (!isAnswering(view)) throw new Error(`rule read ${side}, which did not answer`);
  return view;
};

/** True when overwriting `loser` with the other side destroys nothing. */
export const harmless = (facts: Facts, loser: Side): boolean =>
  isContained(answering(facts, loser), answering(facts, otherSide(loser)));

/** True when the other side holds everything that `side` has, and more. */
export const behind = (facts: Facts, side: Side): boolean =>
  lacks(answering(facts, side), answering(facts, otherSide(side)));

/** Local has lost data that its replica still has, and nobody here has decided that it leads all the same. */
export const lostItsReplicasData = (facts: Facts): boolean =>
  behind(facts, 'local') && !isDecided(facts.pair, facts.memory);

/** Redis is about to copy the master on this side over its replica, and nobody has looked at the two yet. */
const wipes = (facts: Facts, side: Side): boolean =>
  facts.evidence.kind === 'none' && isAboutToWipe(facts.pair, side, facts.memory);

export const wouldWipeReplica = (facts: Facts): boolean => wipes(facts, 'local');
export const wouldBeWiped = (facts: Facts): boolean => wipes(facts, 'peer');

/** Local restarted as a replica, and Redis is about to copy the peer over data that only local may have. */
export const localBringsMore = (facts: Facts): boolean =>
  facts.evidence.kind === 'none' &&
  isMaster(facts.pair.peer) &&
  comesBackWithMore(answering(facts, 'local'), facts.pair.peer, facts.memory);

/** Who is to lead and was to be saved all the same gives way: it restarted, and may have come of age meanwhile, or wrote less. */
const isSavedToGiveWay = ({ intent, evidence }: Facts): boolean =>
  TAKE.includes(intent) && (evidence.kind === 'saved' || evidence.kind === 'unsaved') && evidence.loser === 'local';

/** Local restarted without the pair's data and has taken writes since; the peer's dataset lived on, and wins. */
export const restartedWithout = (facts: Facts): boolean =>
  facts.keepsItsData === 'local' || isSavedToGiveWay(facts) || restartedApart(facts.pair, 'local', facts.memory);

export const peerWords = ({ pair }: Facts): string => `the peer ${describeNode(pair.peer)}`;
export const withinSyncTimeout = ({ waitedMs, policy }: Facts): boolean => waitedMs < policy.syncTimeoutMs;

export const wait = (until: string): readonly Step[] => [{ kind: 'wait', until }];

export const refuse = (
  hint: string,
  code: 'REFUSED_BY_RULE' | 'REDIS_UNREACHABLE' | 'CREDENTIALS_REJECTED' | 'LINK_DOWN' = 'REFUSED_BY_RULE',
): readonly Step[] => [{ kind: 'refuse', code, hint }];

export const seconds = (ms: number): string => `${String(Math.round(ms / 100) / 10)} s`;

/**
 * The pause comes first: FAILOVER waits for the replica's next acknowledgement, which Redis sends once a second, so its
 * clients wait 0.2 to 0.9 s where those of the pause wait 10 ms (both measured under 1,000 writes/s on Redis 7.0).
 */
const waysOfServer = (view: Answering): readonly Way[] =>
  isSince62(view) ? ['pause', 'failover', 'fence'] : ['fence'];

/** FAILOVER leaves no moment in which a look tells what an older replica has refused of the last writes. */
const waysOf = (facts: Facts, from: Side): readonly Way[] => {
  const [replica, master] = [answering(facts, otherSide(from)), answering(facts, from)];
  const mustLook = !facts.forced && isOlder(replica, master);
  return waysOfServer(master).filter((way) => way !== 'failover' || !mustLook);
};

/** Where `side` is to find the other side. */
export const addressOfOther = (facts: Facts, side: Side) =>
  side === 'local' ? facts.pair.peerEndpoint : facts.pair.localSeenByPeer;

/** The replica of `side`, as that one lists it. */
const replicaAt = ({ pair }: Facts, side: Side) => (side === 'peer' ? pair.localAtPeer : pair.peerAtLocal);

/** `side` counts the other one among its replicas that are online. */
export const hasReplicaOnline = (facts: Facts, side: Side): boolean => replicaAt(facts, side)?.online === true;

export const handOver = (facts: Facts, from: Side): readonly Step[] => [
  {
    kind: 'handOver',
    from,
    target: replicaAt(facts, from)?.endpoint ?? addressOfOther(facts, from),
    ways: waysOf(facts, from),
    insists: facts.forced,
    replicaRun: answering(facts, otherSide(from)).runId,
    timeoutMs: facts.policy.handOverTimeoutMs,
  },
];
