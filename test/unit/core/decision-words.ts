/** What the lines of the decision table see: datasets with a history, and the words of the steps. */
import type { Context, Intent, NodeView } from '../../../src/core/model.ts';
import { at, master, replica } from './builders.ts';

/** One line a case: what is seen, what is wanted, which rule fires and what it does. */
export type Row = readonly [
  name: string,
  local: NodeView,
  peer: NodeView,
  intent: Intent,
  rule: number,
  steps: readonly string[],
  changes?: Partial<Context>,
];

export const fence = { minReplicasToWrite: 0, minReplicasMaxLag: 10 };
export const inStep = replica();
export const linkDown = (seconds = 1) => replica({}, { linkUp: false, linkDownSeconds: seconds });
export const placeholder = (changes = {}) => replica(changes, { who: 'third-silent', linkUp: false });
export const ahead = master({ history: at('X', 120, 'R', 100) });
export const stale = master({ history: at('Z', 50, 'R', 50) });
export const diverged = master({ history: at('Y', 130, 'R', 90) });
export const empty = master({ history: at('E', 0), keys: 0, databases: [] });
/** Its clients deleted the last key since the two parted at 90. */
export const drained = master({ history: at('Y', 130, 'R', 90), keys: 0, databases: [] });
export const unrelated = master({ history: at('U', 70) });
export const followsLocal = (changes = {}) => replica(changes, { who: 'other-side' });

export const PROMOTE_LOCAL = 'make local a master';
export const HAND_OVER = 'hand the role of master over from peer to 10.0.0.1:6379 by pause, else failover, else fence';
export const LOCAL_FOLLOWS = 'make local a replica of 10.0.0.2:6379';
export const PEER_FOLLOWS = 'make peer a replica of 10.0.0.1:6379';
export const WAIT = 'wait until';
export const REFUSE = 'refuse';
