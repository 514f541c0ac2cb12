/**
 * keepalived has said BACKUP here and nobody has taken the role. One of its older commands may have brought the role here after
 * the last `master` of the peer had ended; or both nodes are BACKUP, for a moment or for good. Only the address tells these apart.
 */
import type { PairView, Side } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import { isAt } from './close-address.ts';
import type { Execution } from './execution.ts';
import { nodeOf } from './execution.ts';

/**
 * See `addressAtPeer` of the context. False where nobody knows the address; and it is not asked before the peer's `master` has had
 * its time, nor by a repair, which has not waited.
 */
export const isAddressAtPeer = async (
  execution: Execution,
  { local, peer }: Pick<PairView, Side>,
  waitedMs: number,
): Promise<boolean> => {
  const { intent, policy, addresses, isAddressHere } = execution;
  if (intent !== 'backup' || waitedMs < policy.peerMasterTimeoutMs || !isMaster(local) || !isAnswering(peer))
    return false;
  const [address] = (await addresses?.()) ?? [];
  if (address === undefined || (await isAddressHere?.()) !== false) return false;
  return isAt(execution, nodeOf(execution, 'peer'), peer.runId, address);
};
