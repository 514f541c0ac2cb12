/**
 * Who keeps the address when two masters meet that were cut off from each other: the one that took writes meanwhile.
 *
 * A node that is the master under the address, cannot read the other one, and takes writes has a claim: keepalived adds
 * {@link CLAIM} to its priority until the pair is whole again. A node that has only lost its peer has none, for nobody writes
 * there; so the address stays where the clients are, and nothing that they wrote has to give way.
 */
import type { Answering, NodeView } from '../model.ts';
import { isAnswering, isMaster } from '../model.ts';
import { inStep } from '../situation.ts';

/**
 * What a claim adds to the priority of a node: more than the preferred node is ahead. keepalived caps the sum at 254, and that of the
 * node that is not preferred stays below: where both have a claim, they still differ.
 * Source: keepalived/vrrp/vrrp_track.c vrrp_set_effective_priority.
 */
export const CLAIM = 52;

/** A peer that owes an answer for so long may be gone: from then on the writes of this node are counted. */
export const DOUBT_MS = 300;

/** While nobody knows whether clients write here, local is looked at this often, and not for longer than {@link OPEN_MS}. */
export const CLAIM_LOOK_MS = 100;
const OPEN_MS = 30_000;

/** An answer that was on its way for longer tells of a time before the network broke. */
const FRESH_MS = 1000;

/** Where local stood when it was first looked at without the other. */
interface Start {
  readonly runId: string;
  readonly changes: number;
}

export interface Claim {
  /** Whether keepalived is to know of one; `undefined` as long as this watch has not found out. */
  readonly isRaised: boolean | undefined;
  /** Since when the peer has not been there; `undefined` while it is. */
  readonly aloneMs: number | undefined;
  readonly start: Start | undefined;
  /** It was a replica when it was last looked at. */
  readonly wasReplica: boolean;
}

export const NO_CLAIM: Claim = { isRaised: undefined, aloneMs: undefined, start: undefined, wasReplica: false };

/** What one moment tells. */
export interface ClaimFacts {
  readonly local: NodeView | undefined;
  /** When {@link local} was asked for. */
  readonly localMs: number;
  readonly peer: NodeView | undefined;
  /** When {@link peer} was asked for. */
  readonly peerMs: number;
  readonly isPeerThere: boolean;
  readonly underAddress: boolean;
  readonly nowMs: number;
}

const isWhole = (local: Answering, { peer, peerMs, nowMs }: ClaimFacts): boolean =>
  peer !== undefined &&
  isAnswering(peer) &&
  nowMs - peerMs < FRESH_MS &&
  inStep(peer) &&
  peer.history.replid === local.history.replid;

/** The bytes that it has written since it was made a master: without a replica nothing else is counted. */
const hasWrittenSincePromoted = ({ history: { offset, secondOffset } }: Answering): boolean =>
  secondOffset !== undefined && offset >= secondOffset;

const counted = (claim: Claim, local: Answering, facts: ClaimFacts): Claim => {
  const { runId, changesSinceSave: changes } = local;
  const { start, wasReplica, aloneMs = facts.nowMs } = claim;
  if (start?.runId !== runId) {
    const isRaised = wasReplica && hasWrittenSincePromoted(local) ? true : claim.isRaised;
    // What was seen before the peer went has writes behind it that the peer may have.
    const isSince = facts.localMs >= aloneMs;
    return { isRaised, aloneMs, wasReplica: wasReplica && !isSince, start: isSince ? { runId, changes } : undefined };
  }
  // A save sets the count back.
  const from = Math.min(start.changes, changes);
  const isRaised = changes > from ? true : claim.isRaised;
  return { isRaised, aloneMs, wasReplica, start: { runId, changes: from } };
};

/** The claim as it is after this look. What cannot be told of now stays as it was. */
export const claimAfter = (claim: Claim, facts: ClaimFacts): Claim => {
  const { local, isPeerThere, underAddress, nowMs } = facts;
  if (local === undefined || !isAnswering(local) || local.loading) return claim;
  if (!isMaster(local)) return { ...NO_CLAIM, isRaised: false, wasReplica: true };
  if (isPeerThere) {
    const isRaised = isWhole(local, facts) ? false : claim.isRaised;
    return { ...NO_CLAIM, isRaised, wasReplica: claim.wasReplica && isRaised !== false };
  }
  const alone: Claim = { ...claim, aloneMs: claim.aloneMs ?? nowMs };
  return underAddress ? counted(alone, local, facts) : alone;
};

/** Clients may have begun to write here, and keepalived is to know as soon as they have. */
export const isClaimOpen = ({ isRaised, aloneMs }: Claim, nowMs: number): boolean =>
  isRaised !== true && aloneMs !== undefined && nowMs - aloneMs < OPEN_MS;
