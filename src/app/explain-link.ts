/**
 * Why a replica's link does not come up, as far as two servers can be asked. The reason itself stands in the replica's own
 * log, which redisha does not read.
 *
 * Source: redis/src/replication.c syncWithMaster (AUTH by masterauth, PING, PSYNC), redis/src/networking.c (protected mode).
 */
import { unreadableCopy } from '../core/program.ts';
import type { Side } from '../core/model.ts';
import { formatEndpoint, isAnswering, otherSide } from '../core/model.ts';
import type { World } from './execution.ts';
import { nodeOf } from './execution.ts';
import type { RedisNode } from './ports.ts';

/** How the master meets a client that shows no credentials: as it meets a replica without masterauth. */
const meets = async (stranger: RedisNode): Promise<string> => {
  try {
    return (await stranger.look()).kind;
  } finally {
    stranger.close();
  }
};

const credentials = async (replica: RedisNode, met: string): Promise<string | undefined> => {
  const masterauth = await replica.configGet('masterauth');
  if (met !== 'locked') return undefined;
  if (masterauth === '') return 'the master asks for a password and the replica has no masterauth';
  return masterauth === undefined
    ? 'the master asks for a password; masterauth of the replica cannot be read'
    : 'the master asks for a password; masterauth (or masteruser) of the replica may be the wrong one';
};

/** A sentence that names what stands in the way, or `undefined` where nothing can be seen from here. */
export const explainLink = async (
  world: World & { readonly stranger: (side: Side) => RedisNode },
  side: Side,
): Promise<string | undefined> => {
  const [replica, master] = [nodeOf(world, side), nodeOf(world, otherSide(side))];
  const [view, upper, met] = await Promise.all([replica.look(), master.look(), meets(world.stranger(otherSide(side)))]);
  if (!isAnswering(view) || view.upstream?.linkUp === true) return undefined;
  const at = formatEndpoint(view.upstream?.endpoint ?? master.endpoint);
  if (met === 'denied') return `the master at ${at} is in protected mode: set a password, or protected-mode no`;
  if (met === 'full') return `the master at ${at} has no connection left (maxclients)`;
  const wrong = await credentials(replica, met);
  if (wrong !== undefined) return wrong;
  if (met === 'garbled' || met === 'frozen') {
    return (await replica.configGet('tls-replication')) === 'no'
      ? `the port at ${at} seems to speak TLS and the replica has tls-replication no`
      : undefined;
  }
  if (met === 'refused' || met === 'unreachable') return `nothing answers at ${at}: look at bind and the firewall`;
  return isAnswering(upper) ? unreadableCopy(view.program, upper.program) : undefined;
};
