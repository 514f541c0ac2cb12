/** How a client hears at once that its server is a master no more. */
import type { Reply } from './connection.ts';
import { Failure } from './failure.ts';

/**
 * A blocked client is told at once when its server becomes a replica: with an error, and the end of its connection. This
 * one blocks on a key that nobody writes, and reads it, so that nothing changes and no write is refused or held up for it.
 * Source: redis/src/replication.c replicationSetMaster, redis/src/blocked.c disconnectAllBlockedClients; XREAD: Redis 5.
 */
export const WAIT_FOR_NOTHING = ['XREAD', 'BLOCK', '0', 'STREAMS', 'redisha:role', '$'] as const;
const UNBLOCKED = /^UNBLOCKED/;
export const isReplicasRole = (reply: Reply): boolean => Array.isArray(reply) && reply[0] === 'slave';
/** As long as a timer can be. Source: Node's documentation of setTimeout. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Whether a client that waits was ended because its master became a replica, or is no more. */
export const isEndOfRole = (error: unknown): boolean => {
  if (!(error instanceof Failure)) throw error;
  return error.kind === 'closed' || UNBLOCKED.test(error.message);
};
