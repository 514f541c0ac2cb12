/** May clients read from a node? It only looks: nothing is recorded, and nothing healed. */
import type { Endpoint, NodeView } from '../core/model.ts';
import { isAnswering } from '../core/model.ts';
import { judgeReading, type ReadingVerdict } from '../core/readable.ts';

export interface ReadingWorld {
  readonly look: (endpoint: Endpoint) => Promise<NodeView>;
  /** How far a replica may be behind. */
  readonly lagMaxBytes: number;
}

/** Whoever keepalived asks about may be on the other host, so its master is found by what it says itself. */
export const checkReading = async ({ look, lagMaxBytes }: ReadingWorld, at: Endpoint): Promise<ReadingVerdict> => {
  const node = await look(at);
  const masterAt = isAnswering(node) ? node.upstream?.endpoint : undefined;
  const seen = masterAt === undefined ? undefined : await look(masterAt);
  const master = seen !== undefined && isAnswering(seen) ? seen : undefined;
  return judgeReading({ node, master, lagMaxBytes });
};
