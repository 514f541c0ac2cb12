/** Where a node stands, as a value and as a sentence. */
import { certainMs, isSameLead, isWaitUseful } from './certainty.ts';
import { isOurs } from './lease.ts';
import type { LicencePosition, LicenceState } from './model.ts';
import { isWanted } from './step.ts';

const attachedAs = ({ lease }: LicenceState, nowMs: number): LicencePosition =>
  isOurs(lease, nowMs) ? { kind: 'licensed', untilMs: lease.untilMs } : { kind: 'unwitnessed' };

/** Why a master that needs a licence has none yet. */
const lacking = (state: LicenceState, nowMs: number): LicencePosition => {
  const { lease, policy, isPeerUnbound, makingSureMs } = state;
  if (nowMs < lease.takenUntilMs) return { kind: 'fenced', untilMs: lease.takenUntilMs };
  if (lease.isAway && !isOurs(lease, nowMs)) return { kind: policy.onNoWitness === 'refuse' ? 'refused' : 'attaching' };
  if (makingSureMs !== undefined) return { kind: 'making-sure' };
  // It may be the lease of the process before this one, and then there is nothing to wait for.
  if (!isOurs(lease, nowMs) && isSameLead(state.proof, state.local)) return { kind: 'asking' };
  const untilMs = certainMs(state);
  if (nowMs < untilMs && untilMs < Number.POSITIVE_INFINITY) return { kind: 'waiting', untilMs };
  if (!isWaitUseful(state) && nowMs < untilMs) {
    if (isPeerUnbound) return { kind: 'peer-unbound' };
    return { kind: 'beside-master' };
  }
  return { kind: isOurs(lease, nowMs) ? 'attaching' : 'asking' };
};

export const licencePosition = (state: LicenceState, nowMs: number): LicencePosition => {
  const { local } = state;
  if (state.licence === 'attached') return attachedAs(state, nowMs);
  if (local === undefined) return { kind: 'unknown' };
  if (local.role === 'silent') return { kind: 'silent' };
  if (!local.isBound) return { kind: 'unbound' };
  if (local.role === 'replica') return { kind: 'following' };
  if (local.isFenced) return { kind: 'handing-over' };
  return isWanted(state) ? lacking(state, nowMs) : { kind: 'whole' };
};

const seconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

/** A position in a sentence. `timeOf` tells a time of this clock as people read it. */
export const sayPosition = (
  position: LicencePosition,
  { nowMs, timeOf }: { readonly nowMs: number; readonly timeOf: (atMs: number) => string },
): string => {
  switch (position.kind) {
    case 'unknown':
      return 'nobody has looked yet';
    case 'silent':
      return 'the local server does not answer';
    case 'unbound':
      return 'not bound: min-replicas-to-write is 0 on this node, so it writes whatever the witness says';
    case 'following':
      return 'a replica: it needs no licence';
    case 'whole':
      return 'whole: the replica acknowledges, and nobody needs the witness';
    case 'handing-over':
      return 'a hand-over holds the writes back';
    case 'licensed':
      return `alone with a licence until ${timeOf(position.untilMs)}`;
    case 'unwitnessed':
      return 'alone, without a witness: on_no_witness is "proceed"';
    case 'attaching':
      return 'alone: the licence is being attached';
    case 'waiting':
      return `no writes: waiting ${seconds(position.untilMs - nowMs)} until the peer cannot write`;
    case 'making-sure':
      return 'no writes: before_takeover makes sure that the peer is off';
    case 'fenced':
      return 'fenced: the peer holds the lease';
    case 'refused':
      return 'no writes: the witness does not answer, and on_no_witness is "refuse"';
    case 'asking':
      return 'no writes: the witness is being asked for the lease';
    case 'beside-master':
      return 'no writes: the peer is a master that may take them';
    case 'peer-unbound':
      return 'no writes: min-replicas-to-write was 0 on the peer when it was last seen, so it may take them';
  }
};
