/** Which node a rescue is compared with and restored into: the one master of the pair, and nobody else. */
import { RedishaError } from '../errors.ts';
import type { Answering, Endpoint, NodeView, Side } from '../core/model.ts';
import { formatEndpoint, isAnswering, isMaster } from '../core/model.ts';
import { describeNode } from '../core/situation.ts';
import type { RedisNode } from './ports.ts';
import type { Following } from './ports/rescues.ts';

export interface PairNodes {
  readonly local: RedisNode;
  /** `undefined` where nobody has told yet who the peer is. */
  readonly peer: RedisNode | undefined;
}

export interface Target {
  readonly side: Side;
  readonly endpoint: Endpoint;
  readonly view: Answering;
  /** The other node, where it follows this one. */
  readonly replica: Following | undefined;
}

interface Seen {
  readonly side: Side;
  readonly endpoint: Endpoint;
  readonly view: NodeView;
}

const sentence = ({ side, endpoint, view }: Seen): string =>
  `${side} (${formatEndpoint(endpoint)}) is ${describeNode(view)}`;

/** The node whose link is up and whose history is the master's: it gets what the master gets. */
const replicaOf = (master: Answering, seen: readonly Seen[]): Following | undefined => {
  for (const { endpoint, view } of seen) {
    if (!isAnswering(view) || view.upstream?.linkUp !== true) continue;
    if (view.history.replid === master.history.replid) return { endpoint, program: view.program };
  }
  return undefined;
};

/**
 * The node that is the only master.
 * @throws {RedishaError} REFUSED_BY_RULE where none is one, or both are; REDIS_UNREACHABLE where nobody answers.
 */
export const findMaster = async ({ local, peer }: PairNodes): Promise<Target> => {
  const sides = [['local', local] as const, ...(peer === undefined ? [] : [['peer', peer] as const])];
  const seen = await Promise.all(
    sides.map(async ([side, node]): Promise<Seen> => ({ side, endpoint: node.endpoint, view: await node.look() })),
  );
  const [only, second] = seen.filter(({ view }) => isMaster(view) && !view.loading);
  const words = seen.map(sentence).join(', ');
  if (second !== undefined) {
    throw new RedishaError('REFUSED_BY_RULE', `which node is the master is not settled: ${words}`, {
      hint: 'redisha status',
    });
  }
  if (only !== undefined && isMaster(only.view))
    return { ...only, view: only.view, replica: replicaOf(only.view, seen) };
  const code = seen.some(({ view }) => isAnswering(view)) ? 'REFUSED_BY_RULE' : 'REDIS_UNREACHABLE';
  throw new RedishaError(code, `no node is a master that could take the data: ${words}`, { hint: 'redisha status' });
};

/** True afterwards: the target still is a master. */
export const assertStillMaster = async (nodes: PairNodes, { side, endpoint }: Target): Promise<void> => {
  const view = await nodes[side]?.look();
  if (view !== undefined && isMaster(view)) return;
  throw new RedishaError('SITUATION_CHANGED', `${formatEndpoint(endpoint)} is not a master any more`);
};
