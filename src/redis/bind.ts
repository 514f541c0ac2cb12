/** Where a server listens, by `bind` in its redis.conf. */
import type { Family } from '../address.ts';
import { familyOf, isAddress, isSameAddress, withoutZone } from '../address.ts';
import type { RedisConf } from './redis-conf.ts';

/** The words of the last `bind`, without the `-` that means "if there is such an address"; `undefined`: everywhere. */
export type Bound = readonly string[] | undefined;

const ANY: Readonly<Record<Family, readonly string[]>> = { 4: ['*', '0.0.0.0'], 6: ['::*', '::'] };

/** Source: redis.conf of 7.0, bind. */
export const boundTo = ({ directives }: RedisConf): Bound =>
  directives.findLast(({ name }) => name === 'bind')?.args.map((word) => word.replace(/^-/, ''));

export const names = (bound: Bound, address: string): boolean =>
  (bound ?? []).some((word) => isSameAddress(withoutZone(word), address));

/**
 * Whether a client finds the server at this address of its host.
 *
 * Source: redis/src/server.c listenToPort: a word with a colon is IPv6, and no word at all is no TCP; redis/src/anet.c
 * _anetTcpServer: `*` and `::*` are every address of their own family, and so is `::` (anetV6Only).
 */
export const listensOn = (bound: Bound, address: string): boolean => {
  if (bound === undefined || names(bound, address)) return true;
  if (address === '127.0.0.1' && bound.includes('localhost')) return true;
  return ANY[familyOf(address)].some((any) => bound.includes(any));
};

/** None of them where `bind` has a name, which only the host itself can look up. */
export const unheard = (bound: Bound, addresses: readonly string[]): readonly string[] => {
  const isTold = (bound ?? []).every((word) => isAddress(word) || /^(?:\*|::\*|localhost|)$/.test(word));
  return isTold ? addresses.filter((address) => !listensOn(bound, address)) : [];
};

/** What to type. Before 6.2 the server knows no `*`. Source: redis.conf of 6.0 and 6.2, bind. */
export const bindFor = (addresses: readonly string[]): string =>
  addresses.some((address) => familyOf(address) === 6) ? 'bind * -::*' : 'bind 0.0.0.0';
