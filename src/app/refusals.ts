/**
 * Clients that come for the address between two owners are refused, and try again: once for each time that the port of local was
 * closed at the address for a planned move.
 */
import type { NodeView } from '../core/model.ts';
import { isAnswering, isClosedAtAddress } from '../core/model.ts';
import type { Log } from './ports.ts';

export interface RefusalsWorld {
  /** Refuses until the address has gone. @returns how many were refused; `undefined` where this process may not. */
  readonly refuse: () => Promise<number | undefined>;
  readonly log: Log;
}

/** Hears what is seen of local. No verdict and no role waits for it. */
export const refuseBetween = ({ refuse, log }: RefusalsWorld): ((local: NodeView) => void) => {
  let wasClosed = false;
  const begin = async (): Promise<void> => {
    try {
      const clients = (await refuse()) ?? 0;
      if (clients > 0) log.info('clients-refused', { clients });
    } catch (error) {
      log.error('bug', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  return (local) => {
    if (!isAnswering(local)) return;
    const isClosed = isClosedAtAddress(local);
    if (isClosed && !wasClosed) void begin();
    wasClosed = isClosed;
  };
};
