/** The network is told where the addresses of a pair are. */
import { tellAgainMs } from '../core/telling.ts';
import type { Clock, Log, Neighbours, Untold } from './ports.ts';

export interface Announced {
  /** All that moves with the pair, as keepalived.conf has it. */
  readonly addresses: readonly string[];
  /** How often keepalived tells the network by itself; `undefined` where it does not. */
  readonly refreshMs: number | undefined;
}

/**
 * True afterwards, where nothing is returned: the network was told of all of them.
 * `vip`: the address that is configured, where one is; `tell` returns why it could not.
 */
export const tellAddresses = async (
  vip: string | undefined,
  { addresses, refreshMs }: Announced,
  tell: (address: string) => Promise<string | undefined>,
): Promise<Untold | undefined> => {
  const all = [...new Set([...(vip === undefined ? [] : [vip]), ...addresses])];
  const reasons = await Promise.all(all.map(tell));
  const why =
    all.length === 0
      ? 'the virtual address is not known: neither configured nor in keepalived.conf'
      : reasons.find((reason) => reason !== undefined);
  return why === undefined ? undefined : { why, keepalivedEveryMs: refreshMs };
};

export interface Telling {
  readonly clock: Pick<Clock, 'delay'>;
  readonly log: Log;
  readonly neighbours: Neighbours;
}

/**
 * After the network was told: it was told again until the other node, if it had the address too, can say no more that it has.
 * Ends early where the address has left this host, or with the signal. `begun` hears how long it takes at most.
 */
export const keepTelling = async (
  { clock, log, neighbours }: Telling,
  signal: AbortSignal,
  begun: (forMs: number) => void = () => undefined,
): Promise<void> => {
  let pastMs = 0;
  const moments = tellAgainMs(await neighbours.secondWordMs());
  begun(moments.at(-1) ?? 0);
  for (const afterMs of moments) {
    await clock.delay(afterMs - pastMs, signal);
    if (signal.aborted) return;
    pastMs = afterMs;
    const untold = await neighbours.tell();
    log.debug('address-told-again', { afterMs, why: untold?.why });
    if (untold !== undefined) return;
  }
};
