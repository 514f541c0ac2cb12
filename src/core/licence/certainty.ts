/**
 * When it is certain that the peer's server takes no writes, and will take none while the lease is ours.
 *
 * It takes writes for as long as a replica acknowledges, and there are two that can: local's server, and the licence of the
 * peer's resident. After {@link LicenceState.lastAckMs} nothing comes from local's server, for it is a master. After `clearMs`
 * of the lease nothing comes from the other resident: it has had no lease since, and ours keeps it from getting one. From the
 * later of the two moments on, the floor, the peer has nothing but what it got before.
 *
 * 1. *It has been seen to be harmless since*: it had nothing then, and gets nothing any more.
 * 2. *It was not seen*: what it got before has grown old. A server counts the age of an acknowledgement in whole seconds by its
 *    clock, and looks at it once a second. Source: redis/src/replication.c refreshGoodSlavesCount, replicationCron.
 *
 * 3. *It was certain before* ({@link Proof}), and nothing has changed since.
 *
 * What is not certain by this is in docs/witness.md: a server that was stopped answers what has come in meanwhile before it looks
 * at its replicas.
 */
import { atLeast } from './lease.ts';
import type { LicenceState, Proof } from './model.ts';

/** The second by which whole seconds are rounded, and the one between two looks of the server at its replicas. */
const SECONDS_MORE = 2;
/** From local's server to the peer's, and for the clocks of both to be read. */
const WAY_MS = 200;

/** As `config` sets it. */
const MAX_LAG_SECONDS = 2;

/** For so long at most a server takes writes by an acknowledgement. */
export const fenceMs = ({ peerMaxLagSeconds, local }: LicenceState): number => {
  const maxLagSeconds = peerMaxLagSeconds ?? Math.max(local?.maxLagSeconds ?? 0, MAX_LAG_SECONDS);
  return atLeast((maxLagSeconds + SECONDS_MORE) * 1000) + WAY_MS;
};

/** From then on nothing reaches the peer by which it could write, as long as nobody but us takes the lease. */
export const floorMs = ({ lastAckMs, lease }: LicenceState): number => Math.max(lastAckMs, lease.clearMs);

/** Waiting helps: what the peer has got grows old. Not where it writes all the same when it has. */
export const isWaitUseful = (state: LicenceState): boolean =>
  !state.isPeerUnbound && state.writesMs < floorMs(state) + fenceMs(state);

/** Local leads as it did then. */
export const isSameLead = (proof: Proof | undefined, local: LicenceState['local']): proof is Proof =>
  proof !== undefined && proof.runId === local?.runId && proof.replid === local.replid;

const isProven = ({ proof, local, lease }: LicenceState): boolean =>
  isSameLead(proof, local) && proof.tenure === lease.tenure && proof.run === lease.run;

/** From then on it is certain; above all times where nobody knows. */
export const certainMs = (state: LicenceState): number => {
  if (isProven(state)) return Number.NEGATIVE_INFINITY;
  const floor = floorMs(state);
  if (state.harmlessMs >= floor) return floor;
  return isWaitUseful(state) ? floor + fenceMs(state) : Number.POSITIVE_INFINITY;
};
