/**
 * The other node has given its role up on purpose, and the address will be let go: keepalived here waits no longer for it than it must.
 *
 * Why: a client that connects while nobody has the address waits for a second. `promote` sees to that by itself; this is for a role
 * that somebody moves from the other node, or by hand.
 */
import type { NodeView, Side } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import { after } from '../host/clock.ts';
import { claimFile, hasten } from '../host/verdict-file.ts';
import type { PairWords } from '../cli/words.ts';

/** By then the address has come, or will not. */
const HASTE_MS = 3_000;

interface HeirOptions {
  readonly pair: PairWords;
  readonly keepalivedConf: string;
  readonly isHere: () => boolean;
}

export interface Heir {
  /** Hears every look at a server. */
  (side: Side, view: NodeView): void;
  /** Resolves when keepalived.conf has been read, where it is being read. Never rejects. */
  readonly ready: () => Promise<void>;
}

export const heirOf = ({ pair, keepalivedConf, isHere }: HeirOptions): Heir => {
  let directory: string | undefined;
  let wasLed = false;
  let reading = Promise.resolve();
  // While nobody is in a hurry.
  const read = async (): Promise<void> => {
    directory = (await import('./notes.ts')).hasteDirectoryIn(keepalivedConf, pair);
  };
  const hear = (side: Side, view: NodeView): void => {
    if (side !== 'peer' || !isAnswering(view)) return;
    const leads = isMaster(view);
    if (leads && !wasLed) reading = read().catch(() => undefined);
    if (wasLed && !leads && !isHere() && directory !== undefined)
      after(HASTE_MS, hasten(claimFile(directory, pair.port)));
    wasLed = leads;
  };
  return Object.assign(hear, { ready: () => reading });
};
