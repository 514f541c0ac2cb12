/**
 * IP addresses, parsed and compared. One address may be written in many ways, so two are compared here and never as text.
 * Names of hosts are left as they are, in lower case.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

/** 0: no address. What has no colon is not asked for IPv6: Node does that by an expression that takes a millisecond to begin with. */
const isIP = (text: string): Family | 0 => {
  if (text.includes(':')) return isIPv6(text) ? 6 : 0;
  return isIPv4(text) ? 4 : 0;
};

export const isAddress = (text: string): boolean => isIP(text) !== 0;

/** Of what is an address. */
export const familyOf = (address: string): Family => (isIP(address) === 6 ? 6 : 4);

/** Without the card that a link-local address goes with: `fe80::1%eth0` as `fe80::1`. */
export const withoutZone = (address: string): string => address.replace(/%.*$/, '');

/** An IPv4 address as a number, so that it can be reckoned with. */
export const toNumber = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

export const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => String(Math.floor(number / 2 ** shift) % 256)).join('.');

/** Source: RFC 4291 section 2.5.5.2: an IPv4 address for programs that know IPv6 alone. It is the same address. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/** The shortest form, as the kernel writes it. Source: RFC 5952; URL Standard, "IPv6 serializer". */
const shortest = (address: string): string => {
  const [bare = '', ...zone] = address.split(/(?=%)/);
  const short = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(short) ?? [];
  return high === undefined || low === undefined
    ? short + zone.join('')
    : toAddress(Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16));
};

/** The one way in which an address is written, or a name. */
export const plainAddress = (text: string): string => {
  const lower = text.toLowerCase();
  return isIP(lower) === 6 ? shortest(lower) : lower;
};

const groupsIn = (part: string): readonly number[] =>
  part
    .split(':')
    .filter(Boolean)
    .map((group) => Number.parseInt(group, 16));

/** The eight groups of an IPv6 address without a zone. */
export const groupsOf = (address: string): readonly number[] => {
  const [head = '', tail = ''] = plainAddress(address).split('::');
  const [before, after] = [groupsIn(head), groupsIn(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
};

export const isSameAddress = (one: string, other: string): boolean =>
  one === other || plainAddress(one) === plainAddress(other);

/** Only this host itself reaches it. */
export const isLoopback = (host: string): boolean => {
  const plain = plainAddress(host);
  return plain.startsWith('127.') || plain === '::1' || plain === 'localhost';
};

/** Every address of a host, and none. */
export const isUnspecified = (host: string): boolean => ['0.0.0.0', '::'].includes(plainAddress(host));

/** Whether `address` is in the network `cidr`, such as `10.0.0.0/24`. */
export const isIn = (cidr: string, address: string): boolean => {
  const [network = '', length = ''] = cidr.split('/');
  if (isIP(network) !== isIP(address)) return false;
  const family = familyOf(address) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(length), family);
  return list.check(address, family);
};

/** A host and its port as people write them: `10.0.0.3:6379`, `[fd00::3]:6379`; `undefined` where it is none. */
export const parseEndpoint = (text: string): { readonly host: string; readonly port: number } | undefined => {
  const [, bracketed, named, digits] = /^(?:\[([^\]]+)\]|([\w.-]+)):([1-9]\d{0,4})$/.exec(text) ?? [];
  const [host, port] = [bracketed ?? named, Number(digits)];
  if (host === undefined || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6)) return undefined;
  return { host, port };
};
