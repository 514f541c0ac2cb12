/**
 * A port that is closed at the virtual address: `bind` without it, for as long as a role moves and the address has not followed.
 *
 * It carries in its own value what it replaced, as the fence does, so that any redisha on either node opens it exactly, without
 * a state file, whoever closed it and was killed. Each word that is taken away leaves a mark in its place: an address that no
 * host has, with the `-` that lets the server go on without it. A mark says which word stood there, and how many words after
 * it were put in. `bind` has at most 16 words. A server that restarts reads redis.conf, and is open again.
 * Source: redis/src/server.c listenToPort (EADDRNOTAVAIL of an optional word), redis.conf of 7.0, bind; CONFIG SET bind is of
 * Redis 6.2. RFC 4048: nobody is given an address of 0100::/8.
 */
import {
  familyOf,
  groupsOf,
  isAddress,
  isLoopback,
  isSameAddress,
  plainAddress,
  toAddress,
  toNumber,
} from '../address.ts';
import type { Family } from '../address.ts';

/** Source: redis/src/server.h CONFIG_BINDADDR_MAX. */
const WORDS_MAX = 16;
const PREFIX = ['100', '7264', '0'] as const;
const MARK = /^-100:7264:0:([\da-f]{1,4}):([\da-f]{1,4}):([\da-f]{1,4}):([\da-f]{1,4}):([\da-f]{1,4})$/;

/** The words for every address of a family, by the number that a mark has for them. */
const EVERYWHERE: readonly (readonly [number, string, Family])[] = [
  [1, '*', 4],
  [2, '0.0.0.0', 4],
  [3, '::*', 6],
  [4, '::', 6],
];
/** An address by itself; one of IPv6 takes two words, and the second says the rest. */
const ONE: Readonly<Record<Family, number>> = { 4: 5, 6: 6 };
const REST = 7;
const OPTIONAL = 0x80;

type Groups = readonly [number, number, number, number];

const fourOf = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Groups => [a, b, c, d];

const hex = (number: number): string => number.toString(16);
const markOf = (kind: number, added: number, groups: Groups = [0, 0, 0, 0]): string =>
  `-${[...PREFIX, hex(kind * 256 + added), ...groups.map(hex)].join(':')}`;

interface Mark {
  readonly kind: number;
  readonly isOptional: boolean;
  /** How many words after it were put in with it. */
  readonly added: number;
  readonly groups: Groups;
}

const readMark = (word: string): Mark | undefined => {
  const found = MARK.exec(word)
    ?.slice(1)
    .map((group) => Number.parseInt(group, 16));
  if (found === undefined) return undefined;
  const [what = 0, ...rest] = found;
  const kind = Math.floor(what / 256);
  return {
    kind: kind % OPTIONAL,
    isOptional: kind >= OPTIONAL,
    added: what % 256,
    groups: fourOf(rest),
  };
};

const marksOfAddress = (address: string, optional: number): readonly string[] => {
  if (familyOf(address) === 4) {
    const number = toNumber(address);
    return [markOf(ONE[4] + optional, 0, [0, 0, Math.floor(number / 65_536), number % 65_536])];
  }
  const groups = groupsOf(address);
  return [markOf(ONE[6] + optional, 1, fourOf(groups)), markOf(REST, 0, fourOf(groups.slice(4)))];
};

const bare = (word: string): string => word.replace(/^-/, '');

/**
 * The words of `bind` with the port closed at `addresses`, and open at `others` where the host has them; `undefined` where
 * there is nothing to close, or no room for it. `others` are in the order in which they matter.
 */
export const closedBind = (
  words: readonly string[],
  addresses: readonly string[],
  others: readonly string[],
): readonly string[] | undefined => {
  const closes = (address: string): boolean => addresses.some((one) => isSameAddress(one, address));
  const families = new Set(addresses.map(familyOf));
  let room = WORDS_MAX - words.length;
  const added = (family: Family): readonly string[] => {
    const stay = [...new Set(others.map(plainAddress))].filter((one) => familyOf(one) === family && !closes(one));
    const put = stay.slice(0, Math.max(room, 0)).map((one) => `-${one}`);
    room -= put.length;
    return put;
  };
  const replaced = words.map((word): readonly string[] => {
    const optional = word.startsWith('-') ? OPTIONAL : 0;
    const everywhere = EVERYWHERE.find(([, text]) => text === bare(word));
    if (everywhere !== undefined) {
      const [kind, , family] = everywhere;
      if (!families.has(family)) return [word];
      const put = added(family);
      return [markOf(kind + optional, put.length), ...put];
    }
    return isAddress(bare(word)) && closes(bare(word)) ? marksOfAddress(bare(word), optional) : [word];
  });
  const closed = replaced.flat();
  const isClosed = closed.some((word) => readMark(word) !== undefined);
  return isClosed && closed.length <= WORDS_MAX ? closed : undefined;
};

const wordOf = ({ kind, groups }: Mark, rest: Groups | undefined): string | undefined => {
  const [, everywhere] = EVERYWHERE.find(([number]) => number === kind) ?? [];
  if (everywhere !== undefined) return everywhere;
  if (kind === ONE[4]) return toAddress(groups[2] * 65_536 + groups[3]);
  return kind === ONE[6] && rest !== undefined ? plainAddress([...groups, ...rest].map(hex).join(':')) : undefined;
};

/** The words of `bind` from before; `undefined` where nothing is closed. */
export const openedBind = (words: readonly string[]): readonly string[] | undefined => {
  const opened: string[] = [];
  let isClosed = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const mark = readMark(word);
    if (mark === undefined) {
      opened.push(word);
      continue;
    }
    isClosed = true;
    const before = wordOf(mark, readMark(words[at + 1] ?? '')?.groups);
    if (before !== undefined) opened.push(`${mark.isOptional ? '-' : ''}${before}`);
    at += mark.added;
  }
  return isClosed ? opened : undefined;
};

/** With a `-` before each address: the server goes on without one that its host does not have now. */
export const withoutInsisting = (words: readonly string[]): readonly string[] =>
  words.map((word) => (isAddress(word) && !isLoopback(word) ? `-${word}` : word));

/** Where the clients of a server are: `laddr` of CLIENT LIST or CLIENT INFO, without the port. Source: Redis 6.2 release notes. */
export const localAddressesIn = (clients: string): readonly string[] =>
  [...clients.matchAll(/ laddr=\[?([^ \]]+?)\]?:\d+ /g)].flatMap(([, address = '']) =>
    isAddress(address) && !/^fe80:/i.test(address) ? [plainAddress(address)] : [],
  );
