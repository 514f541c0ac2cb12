/** The network is told where the addresses of a pair are. */
import type { Untold } from './ports.ts';

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
