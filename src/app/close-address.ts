/**
 * A role that moves while the address is still at the old master: the clients there are ended when they can still hear it, and
 * refused when they come back, until the address has followed the role. None of them is told READONLY, and none is left on a
 * connection that nobody answers.
 *
 * The port is closed before the demotion, while writes are held: a write that arrives at a replica is refused at once, also
 * under a pause. Source: redis/src/server.c processCommand, which looks at the role first.
 */
import type { Answering, NodeView, PairView, Side } from '../core/model.ts';
import { isAnswering, isClosedAtAddress, isMaster, mayBeClosed } from '../core/model.ts';
import type { Execution, World } from './execution.ts';
import { nodeOf } from './execution.ts';
import type { Eyes } from './observe.ts';
import type { Closing, RedisNode } from './ports.ts';

/** Whoever answers at the address is this server. */
export const isAt = async ({ eyes }: World, node: RedisNode, runId: string, host: string): Promise<boolean> => {
  const there = eyes.open({ host, port: node.endpoint.port });
  try {
    const view = await there.look();
    return isAnswering(view) && view.runId === runId;
  } finally {
    there.close();
  }
};

/** What it takes to close the port at these addresses, or in words why the server cannot do it. Never throws. */
export const closingAt = async (
  node: RedisNode,
  view: Answering,
  addresses: readonly string[],
): Promise<Closing | string> => {
  if (!mayBeClosed(view)) return 'a server before Redis 6.2 cannot close its port at an address';
  try {
    return await node.prepareClosing(addresses);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/**
 * What it takes to close the port of `side` at the addresses of the pair that are there; `undefined` where none is, or it
 * cannot be done: then the role moves without. Never throws.
 */
export const closingOf = async (execution: Execution, side: Side): Promise<Closing | undefined> => {
  const node = nodeOf(execution, side);
  const [view, addresses] = await Promise.all([node.look(), execution.addresses?.() ?? []]);
  if (!isAnswering(view) || addresses.length === 0) return undefined;
  const isThere = await Promise.all(addresses.map((address) => isAt(execution, node, view.runId, address)));
  const there = addresses.filter((_, nth) => isThere[nth]);
  if (there.length === 0) return undefined;
  const closing = await closingAt(node, view, there);
  if (typeof closing !== 'string') return closing;
  execution.log.info('address-stays-open', { why: closing });
  execution.felt.staysOpen = closing;
  return undefined;
};

/** True afterwards: the server listens at the address again, as far as it can be reached. */
const openAgain = async ({ log }: World, node: RedisNode): Promise<void> => {
  try {
    await node.openAddress();
  } catch (error) {
    log.error('address-not-opened', { node: node.endpoint, error: String(error) });
  }
};

/** What a server that cannot do it after all says is no reason to keep the role. @returns whether it was done */
const attempt = async (execution: Execution, node: RedisNode, act: () => Promise<void>): Promise<boolean> => {
  try {
    await act();
    return true;
  } catch (error) {
    execution.log.warn('address-stays-open', { why: String(error) });
    execution.felt.staysOpen = String(error);
    await openAgain(execution, node);
    return false;
  }
};

/** What happens to the clients of the address, and when. */
export interface Clearing {
  /** True afterwards: nobody is connected by the address, and what they had asked for and is held is not done. */
  readonly endClients: () => Promise<void>;
}

/**
 * Runs `move` with the port closed at the address, and leaves it closed where that ends well: the address has yet to follow.
 *
 * `move` ends the clients when writes are held, and not in one breath with what holds them: a server sends its replies when
 * it has read from all, and whoever is ended before hears nothing of a write that was done, and asks for it again.
 * Source: redis/src/networking.c handleClientsWithPendingWrites, called before the event loop sleeps.
 */
export const withAddressClosed = async (
  execution: Execution,
  node: RedisNode,
  closing: Closing | undefined,
  move: (clearing: Clearing) => Promise<void>,
): Promise<void> => {
  if (closing === undefined || !(await attempt(execution, node, () => node.closeAddress(closing)))) {
    await move({ endClients: () => Promise.resolve() });
    return;
  }
  const endClients = async (): Promise<void> => {
    await attempt(execution, node, async () => {
      const clientsEnded = await node.endClients(closing.addresses);
      execution.log.info('address-closed', { clientsEnded });
      execution.felt.clientsEnded = clientsEnded;
    });
  };
  try {
    await move({ endClients });
  } catch (error) {
    await openAgain(execution, node);
    throw error;
  }
};

/** True afterwards: whoever's port was closed at the address listens there again, as far as the two can be reached. */
export const openBoth = async (world: World): Promise<void> => {
  const { local, peer } = world.eyes;
  for (const node of [local, peer]) {
    if (isClosedAtAddress(await node.look())) await openAgain(world, node);
    node.close();
  }
};

const isReplica = (view: NodeView): view is Answering => isAnswering(view) && view.redisRole === 'replica';

/** What applications will see, and see now, of a pair whose address is known; each a sentence. Never throws. */
export const clientNotes = async (
  { local, peer }: Pick<Eyes, 'local' | 'peer'>,
  pair: PairView,
  { address, isHere }: { readonly address: string; readonly isHere: boolean },
): Promise<readonly string[]> => {
  const [leads, view] = isMaster(pair.local) ? [local, pair.local] : [peer, pair.peer];
  const closing = isMaster(view) ? await closingAt(leads, view, [address]) : undefined;
  const told = `when the role moves, clients of ${address} are told READONLY for a moment, and clients that only listen hear nothing more`;
  const stays = typeof closing === 'string' ? [`${told}: ${closing}`] : [];
  const count = isHere || !isReplica(pair.local) ? 0 : await local.countClients([address]).catch(() => 0);
  if (count === undefined || count === 0) return stays;
  const hang = count === 1 ? 'one connection hangs' : `${String(count)} connections hang`;
  return [
    ...stays,
    `${hang} at the local Redis by ${address}, which is not here: their clients hear nothing until they connect again`,
  ];
};
