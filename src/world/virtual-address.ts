/** The virtual address of a pair, as far as this host knows it, and whether it is here. */
import { isAddress, plainAddress } from '../address.ts';
import { ADDRESS_MS, seeAddress } from '../app/check.ts';
import type { AddressSeen } from '../app/ports.ts';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../host/clock.ts';
import { hasAddress } from '../host/network.ts';
import type { Wanted } from '../keepalived/conf.ts';
import type { ReadConf } from './keepalived-conf.ts';

/** As it is configured, else as keepalived.conf has it; `undefined` where neither tells. */
export const virtualAddressOf = async (
  { connection, files }: Settings,
  wanted: Wanted,
  read?: ReadConf,
): Promise<string | undefined> => {
  if (connection.vip !== undefined) return connection.vip;
  const [{ virtualAddressesFor }, { confHere }] = await Promise.all([
    import('../keepalived/conf.ts'),
    import('./keepalived-conf.ts'),
  ]);
  const conf = (read ?? confHere)(files.keepalivedConf);
  return conf === undefined ? undefined : virtualAddressesFor(conf, wanted)[0];
};

/**
 * Every address at which clients of this pair find the master, each in the one way that it is written; the first is the one
 * that the pair goes by. By their numbers alone: a name tells nobody where an address is. An address for reading is not among
 * them: it moves too, and yet both nodes serve clients there, for the kernel of either one sends them on.
 */
export const masterAddressesOf = async (
  { connection, files }: Pick<Settings, 'connection' | 'files'>,
  wanted: Wanted,
): Promise<readonly string[]> => {
  const [{ virtualAddressesFor }, { children }, { confHere }] = await Promise.all([
    import('../keepalived/conf.ts'),
    import('../keepalived/statements.ts'),
    import('./keepalived-conf.ts'),
  ]);
  const conf = confHere(files.keepalivedConf);
  const inFile = conf === undefined ? [] : virtualAddressesFor(conf, wanted);
  const [first, ...others] = connection.vip === undefined ? inFile : [plainAddress(connection.vip), ...inFile];
  const balanced = children(conf?.statements ?? [], 'virtual_server').map(({ words }) => plainAddress(words[1] ?? ''));
  const moving = others.filter((address) => !balanced.includes(address));
  return first === undefined ? [] : [...new Set([first, ...moving])].filter(isAddress);
};

/** What the kernel says now, beside what was seen before. */
export const lookAtAddress = (address: string | undefined, before: AddressSeen | undefined): AddressSeen | undefined =>
  address === undefined ? undefined : seeAddress(before, hasAddress(address), systemClock.nowMs());

/** The kernel is asked no more often where nothing is to be judged: the answer takes longer the more interfaces a host has. */
const ASK_EVERY_MS = 500;

export interface AddressWatch {
  readonly look: () => AddressSeen | undefined;
  /** Another number each time that the address has moved, and when that is old enough to count. */
  readonly movedAt: () => number;
  /** An interface of this host had it when that was last looked at. */
  readonly isHere: () => boolean;
}

/** The address as a process has it that stays; `before` is what an earlier one saw. `onArrival`: it has come to this host. */
export const watchAddress = (
  address: string | undefined,
  before: AddressSeen | undefined,
  onArrival: () => void,
): AddressWatch => {
  let seen = before;
  let askedMs = Number.NEGATIVE_INFINITY;
  const look = (): AddressSeen | undefined => {
    const wasHere = seen?.isHere === true;
    seen = lookAtAddress(address, seen);
    askedMs = systemClock.nowMs();
    if (seen?.isHere === true && !wasHere) onArrival();
    return seen;
  };
  return {
    look,
    movedAt: () => {
      if (systemClock.nowMs() - askedMs >= ASK_EVERY_MS) look();
      if (seen === undefined) return 0;
      const counts = systemClock.nowMs() - seen.sinceMs >= ADDRESS_MS;
      return (seen.isHere ? 1 : 2) + (counts ? 2 : 0);
    },
    isHere: () => seen?.isHere === true,
  };
};
