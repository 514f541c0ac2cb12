/**
 * Writes on a master are held back while its data is compared, saved or handed over, and let go again whatever happens.
 *
 * By CLIENT PAUSE … WRITE where the server has it: clients wait, and the pause ends by itself if we are killed. Else by
 * the fence: clients get NOREPLICAS, and whoever looks next takes it down.
 */
import type { RedishaError } from '../errors.ts';
import { isCode } from '../errors.ts';
import type { Answering, Side } from '../core/model.ts';
import type { Way } from '../core/steps.ts';
import type { Execution } from './execution.ts';
import { feltHeld, feltLetGo } from './felt.ts';
import type { RedisNode } from './ports.ts';

export type HoldWay = Exclude<Way, 'failover'>;

/** The server or its ACL does not have this way: no repetition mends that, another way may. */
export const isClosed = (error: unknown): error is RedishaError =>
  isCode(error, 'COMMAND_UNAVAILABLE', 'PERMISSION_MISSING');

/** One way, or the other where the first is closed. */
export const unlessClosed = async <T>(first: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> => {
  try {
    return await first();
  } catch (error) {
    if (!isClosed(error)) throw error;
    return otherwise();
  }
};

const sideOf = ({ eyes }: Pick<Execution, 'eyes'>, node: RedisNode): Side => (node === eyes.local ? 'local' : 'peer');

/** True afterwards: `node` takes writes again, as far as it can be reached. */
export const letGo = async (execution: Execution, node: RedisNode, way: HoldWay): Promise<void> => {
  try {
    await (way === 'pause' ? node.resumeWrites() : node.lowerFence());
  } catch (error) {
    execution.log.error('hold-not-released', { node: node.endpoint, way, error: String(error) });
  }
  feltLetGo(execution.felt, sideOf(execution, node), execution.clock.nowMs());
};

/**
 * Runs `use` while `node` takes no writes, for at most `holdMs`; `held` is what the node holds from then on. Where the way is
 * closed nothing is held, and there is nothing to let go.
 */
export const holdingWrites = async <T>(
  execution: Execution,
  node: RedisNode,
  { way, holdMs }: { readonly way: HoldWay; readonly holdMs: number },
  use: (held: Answering) => Promise<T>,
): Promise<T> => {
  let wasClosed = false;
  try {
    const sinceMs = execution.clock.nowMs();
    const held = await (way === 'pause' ? node.pauseWrites(holdMs) : node.raiseFence()).catch((error: unknown) => {
      wasClosed = isClosed(error);
      throw error;
    });
    feltHeld(execution.felt, sideOf(execution, node), way, sinceMs);
    return await use(held);
  } finally {
    if (!wasClosed) await letGo(execution, node, way);
  }
};

/**
 * Runs `use` while the fence is up as well, where the server allows that. A pause alone may be over too soon: a command of
 * the other node lets go of it, for it is one for all, and a server that is frozen meanwhile takes writes when it thaws,
 * before what was sent to it then. Who sees the fence waits.
 */
export const fencedToo = async (
  execution: Execution,
  node: RedisNode,
  held: Answering,
  use: (held: Answering) => Promise<void>,
): Promise<void> => {
  await unlessClosed(
    () => holdingWrites(execution, node, { way: 'fence', holdMs: 0 }, use),
    () => use(held),
  );
};

/**
 * As {@link holdingWrites}, by the first way that the server and its ACL allow: the pause with the fence beside it, or the
 * fence alone.
 */
export const holdingWritesSomehow = async (
  execution: Execution,
  node: RedisNode,
  holdMs: number,
  use: (held: Answering) => Promise<void>,
): Promise<void> => {
  await unlessClosed(
    () => holdingWrites(execution, node, { way: 'pause', holdMs }, (held) => fencedToo(execution, node, held, use)),
    () => holdingWrites(execution, node, { way: 'fence', holdMs }, use),
  );
};
