/**
 * Is this node fit to own the address?
 *
 * keepalived elects by the answers of both nodes, so an answer is as much about the peer as about this node: a node
 * whose data is not there yet must not be elected while the peer has it, and must be when the peer is gone. Rows are
 * tried in order, the first that matches decides; numbers 10-99 are the check's.
 */
import type { CheckFacts, Verdict } from './check-facts.ts';
import type { FoundGap } from './gap.ts';
import { gapBeside } from './gap.ts';
import type { Answering, Intent, NodeView, Side, VrrpState } from './model.ts';
import { isAliveButSilent, isAnswering, isMaster, otherSide } from './model.ts';
import { describeRelation, isContained, lacks, neverHeldKeys, relation } from './relation.ts';
import { comesBackWithMore, isAboutToWipe, isDecided } from './restart.ts';
import { describeNode, inStep } from './situation.ts';

interface FitnessRow {
  /** Printed with every verdict; a row keeps its number for ever. */
  readonly id: number;
  readonly when: (facts: CheckFacts) => boolean;
  readonly fit: boolean | ((facts: CheckFacts) => boolean);
  readonly why: (facts: CheckFacts) => string;
  /** The pair is to be healed once it has looked like this for so long. */
  readonly healsAfterMs?: number;
  /** Rows that give one name age together: what is seen is as old as it was under any of them. */
  readonly agesAs?: (facts: CheckFacts) => string | undefined;
  /** The pair is in order: what is out of order afterwards is something new, and no repair of before stands against another. */
  readonly isSound?: (facts: CheckFacts) => boolean;
}

/** A notify command needs a moment between the announcement and taking its turn. */
const STARTING_MS = 1000;
/** Between its demotion and the promotion of the other side, a hand-over that the peer drives leaves no master. */
const HAND_OVER_MOMENT_MS = 1500;
/**
 * A link that was up may be down because the master has just died, which the next look at the peer will tell: this is no
 * moment for its only heir to call itself unfit.
 */
const LINK_MOMENT_MS = 1000;
/** How long the node with the address gets to settle a pair with two masters before this one may compete for it. */
const RIVAL_MS = 10_000;

const isKind = (facts: CheckFacts, ...kinds: NodeView['kind'][]): boolean => kinds.includes(facts.local.kind);
const localMaster = ({ local }: CheckFacts): boolean => isMaster(local);
const peerMaster = ({ peer }: CheckFacts): boolean => peer !== undefined && isMaster(peer) && !peer.loading;
const peerUsable = ({ peer }: CheckFacts): boolean => peer !== undefined && isAnswering(peer) && !peer.loading;
const underAddress = ({ vrrpState }: CheckFacts): boolean => vrrpState === 'MASTER';
const atWork = ({ commandRunning, vrrpAgeMs }: CheckFacts): boolean => commandRunning || vrrpAgeMs < STARTING_MS;
const withinBudget = ({ vrrpAgeMs, unchangedMs, policy }: CheckFacts): boolean =>
  Math.min(vrrpAgeMs, unchangedMs) < policy.handOverBudgetMs;

/** Both, where both answered: `lack` tells that the peer holds what local has and more. */
const compared = ({ local, peer }: CheckFacts): { local: Answering; peer: Answering; lack: boolean } | undefined => {
  if (peer === undefined || !isAnswering(local) || !isAnswering(peer) || peer.loading || local.loading)
    return undefined;
  return { local, peer, lack: lacks(local, peer) };
};

/** Redis is about to copy the master on this side over its replica on the other. */
const wipes = (facts: CheckFacts, side: Side): boolean => {
  const both = compared(facts);
  if (both === undefined || !isMaster(both[side])) return false;
  return both[otherSide(side)].upstream?.who === 'other-side' && isAboutToWipe(both, side, facts.memory);
};

const wipesReplica = (facts: CheckFacts): boolean => wipes(facts, 'local');
const wipedByPeer = (facts: CheckFacts): boolean => wipes(facts, 'peer');

/** The peer has everything that local has, and more; where it follows local all the same, nobody has decided that here. */
const hasLostData = (facts: CheckFacts): boolean => {
  const both = compared(facts);
  if (both?.lack !== true) return false;
  return both.peer.upstream?.who !== 'other-side' || !isDecided(both, facts.memory);
};

/** A repair that comes and goes makes a read-only node under the address no younger. */
const readOnly = (): string => 'read-only under the address';

/** A moment in which neither holds a key makes two masters no younger. */
const rivals = ({ peer }: CheckFacts): string | undefined =>
  peer !== undefined && isMaster(peer) ? 'two masters' : undefined;

const isAway = (peer: NodeView | undefined): boolean => peer?.kind === 'unreachable' || peer?.kind === 'frozen';

const words = (facts: CheckFacts): string =>
  facts.peer === undefined
    ? describeNode(facts.local)
    : `${describeNode(facts.local)}; the peer ${describeNode(facts.peer)}`;
const localWords = ({ local }: CheckFacts): string => describeNode(local);

const LOCAL_SILENT: readonly FitnessRow[] = [
  {
    id: 10,
    when: (facts) => isKind(facts, 'refused', 'unreachable', 'unresolved', 'frozen', 'garbled'),
    fit: false,
    why: localWords,
  },
  {
    id: 12,
    when: (facts) => isKind(facts, 'busy'),
    fit: (facts) => facts.unchangedMs < facts.policy.busyGraceMs || !peerUsable(facts),
    why: localWords,
  },
  {
    id: 13,
    when: (facts) => isKind(facts, 'unasked'),
    fit: (facts) => facts.unchangedMs < facts.policy.busyGraceMs || !peerUsable(facts),
    why: localWords,
  },
  {
    id: 14,
    when: ({ local }) => isAliveButSilent(local),
    fit: true,
    why: (facts) => `alive, but ${localWords(facts)}: redisha cannot judge it`,
  },
  {
    id: 16,
    when: ({ local }) => isAnswering(local) && local.loading,
    fit: (facts) => !peerUsable(facts) || (underAddress(facts) && facts.unchangedMs < facts.policy.loadingGraceMs),
    why: localWords,
  },
];

const LOCAL_MASTER: readonly FitnessRow[] = [
  {
    id: 30,
    when: (facts) => localMaster(facts) && hasLostData(facts),
    fit: (facts) => underAddress(facts) && withinBudget(facts),
    why: (facts) => `master, but the peer has everything that it has, and more: ${words(facts)}`,
    healsAfterMs: 0,
  },
  {
    id: 31,
    when: wipesReplica,
    fit: true,
    why: (facts) => `master, and Redis is about to copy it over a replica that has other data: ${words(facts)}`,
    healsAfterMs: 0,
  },
  {
    id: 32,
    when: (facts) => localMaster(facts) && peerMaster(facts) && underAddress(facts),
    fit: true,
    why: (facts) => `two masters, and the address is here: ${words(facts)}`,
    healsAfterMs: 0,
  },
  {
    id: 34,
    when: (facts) => localMaster(facts) && peerMaster(facts) && differs(facts) !== undefined,
    fit: ({ unchangedMs }) => unchangedMs >= RIVAL_MS,
    why: (facts) => `two masters, and the address is not here; ${differs(facts) ?? ''}`,
    agesAs: rivals,
  },
  {
    id: 36,
    when: (facts) => localMaster(facts) && underAddress(facts) && hasLeftovers(facts),
    fit: true,
    why: () => 'master, with something left over from an interrupted hand-over',
    healsAfterMs: 0,
  },
  {
    id: 37,
    when: (facts) => localMaster(facts) && underAddress(facts) && facts.wasApart === true && !isAway(facts.peer),
    fit: true,
    why: (facts) => `master, and the two are together again: ${words(facts)}`,
    healsAfterMs: 0,
  },
  {
    id: 38,
    when: localMaster,
    fit: true,
    why: localWords,
    agesAs: rivals,
    isSound: (facts) => !isAway(facts.peer) && rivals(facts) === undefined,
  },
];

/** What local alone has, in words; `undefined` where it has nothing of its own. */
const differs = (facts: CheckFacts): string | undefined => {
  const both = compared(facts);
  if (both === undefined) return undefined;
  const found = relation(both.local, both.peer);
  return isContained(both.local, both.peer) || found.kind === 'ahead' ? undefined : describeRelation(found);
};

const hasLeftovers = ({ local, peer }: CheckFacts): boolean =>
  [local, peer].some(
    (view) => view !== undefined && isAnswering(view) && (view.fence !== undefined || view.failover !== 'none'),
  );

const bringsMore = (facts: CheckFacts): boolean => {
  const both = compared(facts);
  return both !== undefined && isMaster(both.peer) && comesBackWithMore(both.local, both.peer, facts.memory);
};

const REPLICA_UNDER_ADDRESS: readonly FitnessRow[] = [
  {
    id: 50,
    when: (facts) => underAddress(facts) && atWork(facts) && withinBudget(facts),
    fit: true,
    why: (facts) => `a command is making it the master: ${localWords(facts)}`,
    agesAs: readOnly,
  },
  {
    id: 51,
    when: wipedByPeer,
    fit: true,
    why: (facts) =>
      `the peer restarted without what local has, and Redis is about to copy it over local: ${words(facts)}`,
    healsAfterMs: 0,
  },
  {
    id: 61,
    when: bringsMore,
    fit: false,
    why: (facts) => `it came back with data that the master has not, which a sync would overwrite: ${words(facts)}`,
    healsAfterMs: 0,
  },
  {
    id: 52,
    when: (facts) => underAddress(facts) && peerMaster(facts),
    fit: false,
    why: (facts) => `the address is here but the role is at the peer, so the address follows: ${words(facts)}`,
  },
  {
    id: 54,
    when: underAddress,
    fit: withinBudget,
    why: (facts) => `the address is here and nobody is a master: ${words(facts)}`,
    healsAfterMs: HAND_OVER_MOMENT_MS,
    agesAs: readOnly,
  },
];

const REPLICA: readonly FitnessRow[] = [
  {
    id: 60,
    when: (facts) => peerMaster(facts) && followsOther(facts),
    fit: false,
    why: (facts) => `the peer is the master and local does not follow it: ${words(facts)}`,
    healsAfterMs: 0,
  },
  {
    id: 62,
    when: (facts) => peerMaster(facts) && isAnswering(facts.local) && !inStep(facts.local),
    fit: ({ wasFit, unchangedMs }) => wasFit === true && unchangedMs < LINK_MOMENT_MS,
    why: (facts) => `not in step with the live master: ${localWords(facts)}`,
  },
  {
    id: 63,
    when: (facts) => gapOfLocal(facts)?.kind === 'upgraded',
    fit: false,
    why: (facts) => gapOfLocal(facts)?.words ?? '',
    healsAfterMs: 0,
  },
  {
    id: 64,
    when: ({ local, peer, memory }) =>
      isAnswering(local) &&
      neverHeldKeys(local) &&
      (memory?.keys ?? 0) > 0 &&
      !(peer !== undefined && isAnswering(peer)),
    fit: false,
    why: ({ memory }) => `empty, though the pair held ${String(memory?.keys)} keys, and the peer does not answer`,
  },
  {
    id: 65,
    when: (facts) => gapOfLocal(facts) !== undefined,
    fit: false,
    why: (facts) => gapOfLocal(facts)?.words ?? '',
  },
  { id: 66, when: () => true, fit: true, why: localWords, isSound: ({ peer }) => !isAway(peer) },
];

const gapOfLocal = ({ local, peer, memory }: CheckFacts): FoundGap | undefined =>
  gapBeside('local', local, peer, memory?.data);

const followsOther = ({ local }: CheckFacts): boolean =>
  isAnswering(local) && local.upstream !== undefined && local.upstream.who !== 'other-side';

const ROWS: readonly FitnessRow[] = [...LOCAL_SILENT, ...LOCAL_MASTER, ...REPLICA_UNDER_ADDRESS, ...REPLICA];

/** The command that keepalived would start for this VRRP state. */
const intentForVrrp = (vrrpState: VrrpState | undefined): Intent =>
  vrrpState === 'MASTER' ? 'master' : vrrpState === 'BACKUP' ? 'backup' : 'fault';

export const rowFor = (facts: CheckFacts): FitnessRow => {
  const row = ROWS.find(({ when }) => when(facts));
  if (row === undefined) throw new Error('the last row of the fitness table takes everything');
  return row;
};

/** Always a verdict; the same facts always give the same one. */
export const judge = (facts: CheckFacts): Verdict => {
  const row = rowFor(facts);
  const fit = typeof row.fit === 'boolean' ? row.fit : row.fit(facts);
  const due = row.healsAfterMs !== undefined && facts.unchangedMs >= row.healsAfterMs && !atWork(facts);
  const heal = due ? intentForVrrp(facts.vrrpState) : undefined;
  return { fit, rule: row.id, why: row.why(facts), heal };
};
