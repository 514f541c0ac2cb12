/** The host's own addresses, and names turned into addresses. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { familyOf, isAddress, isSameAddress, withoutZone } from '../address.ts';
import type { Interfaces, Resolver } from '../app/ports.ts';
import { within } from './deadline.ts';
import { known } from './pending.ts';

/**
 * Addresses of the interfaces that are up and have a carrier; those of an unplugged cable are not among them.
 * Source: libuv src/unix/linux.c uv__ifaddr_exclude (IFF_UP and IFF_RUNNING).
 */
export const systemInterfaces: Interfaces = {
  addresses: () => {
    try {
      return Object.values(networkInterfaces()).flatMap((list) =>
        (list ?? []).map(({ address }) => withoutZone(address)),
      );
    } catch {
      // A sandbox may forbid netlink; redisha then knows its addresses only from its arguments.
      return [];
    }
  },
};

/** Whether an interface with a carrier has the address; `undefined` where the kernel does not tell. */
export const hasAddress = (address: string): boolean | undefined => {
  const own = systemInterfaces.addresses();
  return own.length === 0 ? undefined : own.some((one) => isSameAddress(one, address));
};

/**
 * A server may listen at an address that no interface has.
 * Source: linux/Documentation/networking/ip-sysctl.rst, ip_nonlocal_bind.
 */
export const mayBindAnything = (address: string): boolean => {
  try {
    return readFileSync(`/proc/sys/net/ipv${String(familyOf(address))}/ip_nonlocal_bind`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
};

/** How long a name may take; `/etc/hosts` answers in one. */
const RESOLVE_TIMEOUT_MS = 1_000;

/**
 * Names resolved as every program of the host resolves them (/etc/hosts first), within a second; what is not known by then
 * is an empty list. A good answer holds for the life of the process. At most one question per name is on its way,
 * since a question to a dead name server occupies one of four threads until the system gives up.
 */
export const openResolver = (timeoutMs: number = RESOLVE_TIMEOUT_MS): Resolver => {
  const asked = new Map<string, Promise<readonly string[]>>();
  const ask = async (host: string): Promise<readonly string[]> => {
    try {
      // Loaded here, since it reads resolv.conf and most checks name addresses.
      const { lookup } = await import('node:dns/promises');
      return (await known(lookup(host, { all: true }))).map(({ address }) => withoutZone(address));
    } catch {
      asked.delete(host);
      return [];
    }
  };
  return {
    async resolve(host) {
      if (isAddress(withoutZone(host))) return [withoutZone(host)];
      const answer = asked.get(host) ?? ask(host);
      asked.set(host, answer);
      return within(timeoutMs, answer, []);
    },
  };
};
