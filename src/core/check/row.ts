/** The shape of a row of the check, and the few words that the rows share. */
import type { CheckFacts } from '../check-facts.ts';
import type { Answering, NodeView, Side } from '../model.ts';
import { isAnswering, isMaster, otherSide } from '../model.ts';
import { lacks } from '../relation.ts';
import { isAboutToWipe } from '../restart.ts';
import { describeNode } from '../situation.ts';
import type { Row } from '../table.ts';

export interface FitnessRow extends Row<CheckFacts> {
  readonly fit: boolean | ((facts: CheckFacts) => boolean);
  /** The pair is to be healed once it has looked like this for so long. */
  readonly healsAfterMs?: number | ((facts: CheckFacts) => number);
  /** Something is about to be overwritten: a repair that came to nothing is soon started anew. */
  readonly isUrgent?: true;
  /** Rows that give one name age together: what is seen is as old as it was under any of them. */
  readonly agesAs?: (facts: CheckFacts) => string | undefined;
  /** The pair is in order: what is out of order afterwards is something new, and no repair of before stands against another. */
  readonly isSound?: (facts: CheckFacts) => boolean;
  /** The link is down, and whoever logs it should say why. */
  readonly isLinkDown?: true;
  /** Nobody need look: both servers are what they should be. A row without it is a warning in the log. */
  readonly isInOrder?: (facts: CheckFacts) => boolean;
}

/** A notify command needs a moment between the announcement and taking its turn. */
const STARTING_MS = 1000;
/** One that needs no process takes its turn at once, as long as the processor is not busy. */
const AT_ONCE_MS = 100;
export const localMaster = ({ local }: CheckFacts): boolean => isMaster(local);
export const peerMaster = ({ peer }: CheckFacts): boolean => peer !== undefined && isMaster(peer) && !peer.loading;
export const peerUsable = ({ peer }: CheckFacts): boolean => peer !== undefined && isAnswering(peer) && !peer.loading;
export const underAddress = ({ vrrpState }: CheckFacts): boolean => vrrpState === 'MASTER';
export const atWork = ({ commandRunning, vrrpAgeMs, startsAtOnce }: CheckFacts): boolean =>
  commandRunning || vrrpAgeMs < (startsAtOnce === true ? AT_ONCE_MS : STARTING_MS);
export const withinBudget = ({ vrrpAgeMs, unchangedMs, policy }: CheckFacts): boolean =>
  Math.min(vrrpAgeMs, unchangedMs) < policy.handOverBudgetMs;

/** Both, where both answered: `lack` tells that the peer holds what local has and more. */
export const compared = ({
  local,
  peer,
}: CheckFacts): { local: Answering; peer: Answering; lack: boolean } | undefined => {
  if (peer === undefined || !isAnswering(local) || !isAnswering(peer) || peer.loading || local.loading)
    return undefined;
  return { local, peer, lack: lacks(local, peer) };
};

/** Redis is about to copy the master on this side over its replica on the other. */
export const wipes = (facts: CheckFacts, side: Side): boolean => {
  const both = compared(facts);
  if (both === undefined || !isMaster(both[side])) return false;
  return both[otherSide(side)].upstream?.who === 'other-side' && isAboutToWipe(both, side, facts.memory);
};

export const isAway = (peer: NodeView | undefined): boolean => peer?.kind === 'unreachable' || peer?.kind === 'frozen';

/** The peer answers, or nobody has named one. */
export const isBeside = ({ peer }: CheckFacts): boolean => peer === undefined || (isAnswering(peer) && !peer.loading);

export const words = (facts: CheckFacts): string =>
  facts.peer === undefined
    ? describeNode(facts.local)
    : `${describeNode(facts.local)}; the peer ${describeNode(facts.peer)}`;
export const localWords = ({ local }: CheckFacts): string => describeNode(local);
