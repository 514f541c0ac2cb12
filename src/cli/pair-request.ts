/** The options of `config`, judged before anything is read or written. */
import { familyOf, isAddress, isLoopback, parseEndpoint, plainAddress, toNumber } from '../address.ts';
import type { Endpoint } from '../core/model.ts';
import type { ProfileName, Service, VirtualAddress } from '../core/blueprint.ts';
import { PROFILE_NAMES, portsOf, virtualRouterIdFor } from '../core/blueprint.ts';
import { didYouMean } from '../core/nearest.ts';
import { RedishaError } from '../errors.ts';
import { printable } from '../printable.ts';
import { flagOf } from './option-kinds.ts';
import { PAIR, type PairOptions } from './options.ts';
import type { PairRequest } from './runtime.ts';
import { parsePort } from './words.ts';

export const configUsage = (message: string): RedishaError =>
  new RedishaError('USAGE', message, { hint: 'redisha config --help' });

const listOf = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

/** All hosts, no host, a group of hosts; and what is unique on one link alone, and Redis takes no address with a scope. */
const NOBODYS = /^(?:0\.|22[4-9]\.|2[3-5]\d\.|[0:]*:[0:]*$|ff|fe[89ab])/i;

/** One address of a host, in the one way that it is written here. */
export const addressOf = (word: string, flag: string): string => {
  const address = word.replace(/^\[(.*)\]$/, '$1');
  if (!isAddress(address) || address.includes('%') || NOBODYS.test(address)) {
    throw configUsage(`${flag} needs an IP address at which other hosts reach it, not "${word}"`);
  }
  const written = plainAddress(address);
  // A form for programs that know IPv6 alone, which no host has on an interface.
  if (familyOf(written) !== familyOf(address))
    throw configUsage(`${flag} needs the IPv4 address itself, not "${word}", its form for IPv6`);
  return written;
};

type Pair = readonly [string, string];

const pairOf = <T>(parts: readonly T[]): readonly [T, T] | undefined => {
  const [one, other, ...more] = parts;
  return one === undefined || other === undefined || more.length > 0 ? undefined : [one, other];
};

const assertUnique = (values: readonly (string | number)[], flag: string): void => {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw configUsage(`${flag} names ${String(twice)} twice`);
};

export const nodesOf = (text: string): Pair => {
  const nodes = pairOf(listOf(text).map((word) => addressOf(word, '--nodes')));
  if (nodes === undefined) throw configUsage(`--nodes needs two addresses, the preferred one first, not "${text}"`);
  assertUnique(nodes, '--nodes');
  if (familyOf(nodes[0]) !== familyOf(nodes[1]))
    throw configUsage('--nodes needs two addresses of one kind, IPv4 or IPv6');
  return nodes;
};

/** Source: RFC 1122, 3.2.1.3; RFC 3021: with /31 and /32 every address is a host's. */
const assertHost = (vip: string, prefixLength: number, flag: string): void => {
  const hosts = 2 ** (32 - prefixLength);
  const place = toNumber(vip) % hosts;
  if (prefixLength > 30 || (place !== 0 && place !== hosts - 1)) return;
  const what = place === 0 ? 'names the network' : 'is the broadcast address';
  throw configUsage(`${flag} needs an address of a host, and ${vip} ${what} of /${String(prefixLength)}`);
};

const vipOf = (word: string, flag: string): VirtualAddress => {
  const [, host = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(word) ?? [];
  if (host === '') throw configUsage(`${flag} needs an IP address, perhaps with /LENGTH, not "${word}"`);
  const vip = addressOf(host, flag);
  const family = familyOf(vip);
  const prefixLength = length === undefined ? undefined : Number(length);
  if (prefixLength !== undefined && (prefixLength < 1 || prefixLength > (family === 4 ? 32 : 128))) {
    throw configUsage(`${flag}: /${String(length)} is not a length of an IPv${String(family)} prefix`);
  }
  if (family === 4 && prefixLength !== undefined) assertHost(vip, prefixLength, flag);
  return { vip, prefixLength, family };
};

const routerIdsOf = (text: string | undefined, vips: readonly VirtualAddress[]): readonly number[] => {
  if (text === undefined) {
    return vips.reduce<readonly number[]>((ids, { vip }) => [...ids, virtualRouterIdFor(vip, ids)], []);
  }
  const ids = listOf(text).map((word) => {
    const id = /^\d{1,3}$/.test(word) ? Number(word) : 0;
    if (id < 1 || id > 255) throw configUsage(`--router-id needs numbers from 1 to 255, not "${word}"`);
    return id;
  });
  if (ids.length !== vips.length) {
    throw configUsage(`--router-id needs one number for each address of --vip: ${String(vips.length)}`);
  }
  assertUnique(ids, '--router-id');
  return ids;
};

export const portsIn = (text: string): readonly number[] => {
  const ports = listOf(text).map((word) => parsePort(word, 'config'));
  assertUnique(ports, '--port');
  return ports;
};

/** One address takes all ports with it; several have one port each. */
const servicesOf = ({ port, routerId }: PairOptions, vipText: string): readonly Service[] => {
  const ports = portsIn(port ?? '6379');
  const vips = listOf(vipText).map((word) => vipOf(word, '--vip'));
  const [only, ...more] = vips;
  if (more.length > 0 && ports.length !== vips.length) {
    throw configUsage(
      `--vip is one address for all ports, or one for each: --port has ${String(ports.length)}, ` +
        `--vip has ${String(vips.length)}`,
    );
  }
  const ids = routerIdsOf(routerId, vips);
  if (only !== undefined && more.length === 0) return [{ ...only, ports, virtualRouterId: ids[0] ?? 0 }];
  return vips.map((vip, index) => ({ ...vip, ports: [ports[index] ?? 0], virtualRouterId: ids[index] ?? 0 }));
};

const virtualAddressesOf = ({ services, readAddress }: PairRequest): readonly string[] =>
  [...services, ...(readAddress === undefined ? [] : [readAddress])].map(({ vip }) => vip);

const assertApart = (request: PairRequest): void => {
  const { services, readAddress: read, nodes } = request;
  const addresses = services.map(({ vip }) => vip);
  assertUnique(addresses, '--vip');
  const own = virtualAddressesOf(request).find((address) => nodes.includes(address));
  if (own !== undefined) throw configUsage(`a virtual address is one of its own, and ${own} is a node's`);
  if (read === undefined) return;
  if (addresses.includes(read.vip))
    throw configUsage(`--read-vip is an address of its own, and ${read.vip} is in --vip`);
  if (services.some(({ family }) => family !== read.family)) {
    throw configUsage('--read-vip and --vip must be of one kind, IPv4 or IPv6');
  }
};

/** A pair that is tried out on one host may be on its loopback, but not half of it. */
const assertReachable = (request: PairRequest): void => {
  const all = [...request.nodes, ...virtualAddressesOf(request)];
  const own = all.filter(isLoopback);
  if (own.length > 0 && own.length < all.length)
    throw configUsage(`nobody reaches ${own.join(' or ')} from another host: --nodes and --vip need other addresses`);
};

const profileOf = (text: string | undefined): ProfileName => {
  const profile = PROFILE_NAMES.find((name) => name === (text ?? 'balanced'));
  if (profile === undefined) {
    const meant = didYouMean(text ?? '', PROFILE_NAMES);
    throw configUsage(`--profile is one of ${PROFILE_NAMES.join(', ')}, not "${text ?? ''}"${meant}`);
  }
  return profile;
};

export const interfacesOf = (text: string | undefined): Pair | undefined => {
  if (text === undefined) return undefined;
  const names = listOf(text);
  const label = names.find((name) => /^[\w.-]+:/.test(name));
  if (label !== undefined) {
    throw configUsage(`--interface needs ${label.replace(/:.*$/, '')} itself: ${label} is a label of an address on it`);
  }
  const wrong = names.find((name) => !/^[\w.-]{1,15}$/.test(name));
  if (wrong !== undefined) throw configUsage(`--interface needs the name of a network interface, not "${wrong}"`);
  const [one = ''] = names;
  const pair = names.length === 1 ? ([one, one] as const) : pairOf(names);
  if (pair === undefined) throw configUsage('--interface takes one name for both nodes, or two');
  return pair;
};

const witnessOf = (text: string | undefined): Endpoint | undefined => {
  if (text === undefined) return undefined;
  const witness = parseEndpoint(text);
  if (witness === undefined) throw configUsage(`--witness needs HOST:PORT, such as 10.0.0.3:6379, not "${text}"`);
  return witness;
};

/** Only the resident holds a lease, and what fails with a node is no third vote. */
const assertWitness = (request: PairRequest): void => {
  const { witness, minReplicas, profile, nodes } = request;
  if (witness === undefined) return;
  if (profile === 'article')
    throw configUsage('--witness needs the profile balanced or fast: nothing stays to hold a lease');
  if (minReplicas) throw configUsage('--witness sets min-replicas-to-write by itself: leave --min-replicas out');
  const own = [...nodes, ...virtualAddressesOf(request)];
  if (own.includes(plainAddress(witness.host)))
    throw configUsage(`--witness needs a third host: ${witness.host} fails together with a node of the pair`);
};

/** A word that goes into keepalived.conf as it is: no blank, no quote, no comment, no parameter. */
const matching = (text: string | undefined, flag: string, form: RegExp, needs: string): string | undefined => {
  if (text !== undefined && !form.test(text)) throw configUsage(`${flag} needs ${needs}, not "${text}"`);
  return text;
};

const assertMoving = ({ services, syncGroup, readAddress }: PairRequest): void => {
  const apart = services.length > 1 && !syncGroup;
  if (syncGroup && services.length === 1) {
    throw configUsage(
      '--sync-group is for several addresses of --vip: behind one address all ports move together anyway',
    );
  }
  if (readAddress !== undefined && apart) {
    throw configUsage(
      '--read-vip needs one node that is the master of everything, since a kernel is director for all addresses or for ' +
        'none: give --vip one address, or add --sync-group',
    );
  }
};

const assertTogether = (request: PairRequest): void => {
  const { services, nodes, unicast, profile, authPassFile, authHmacKeyFile, redisConf } = request;
  assertApart(request);
  assertReachable(request);
  assertMoving(request);
  assertWitness(request);
  const nodeFamily = familyOf(nodes[0]);
  const families = services.map(({ family }) => family);
  if (unicast && families.some((family) => family !== nodeFamily)) {
    throw configUsage('with --unicast the addresses of --vip and --nodes must be of one kind, IPv4 or IPv6');
  }
  if (authPassFile !== undefined && (profile !== 'article' || families.includes(6))) {
    throw configUsage(
      '--auth-pass-file is for the profile article with IPv4 alone: a password is part of VRRPv2, and weak',
    );
  }
  if (authPassFile !== undefined && authHmacKeyFile !== undefined) {
    throw configUsage(
      'keepalived takes one of --auth-pass-file and --auth-hmac-key-file; the second is the strong one',
    );
  }
  if (redisConf !== undefined && portsOf(request).length > 1) {
    throw configUsage('--redis-conf is the file of one Redis: leave it out where --port has several');
  }
};

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The command line that asks for the same and needs nobody to answer. */
export const commandLineOf = (asked: PairOptions): string => {
  const words = (Object.keys(PAIR) as readonly (keyof typeof PAIR)[]).flatMap((name) => {
    const value = asked[name];
    if (typeof value === 'string') return [flagOf(name), quoted(value)];
    return value === true ? [flagOf(name)] : [];
  });
  return printable(['redisha config', ...words].join(' '));
};

/**
 * What `config` is asked for.
 * @throws {RedishaError} USAGE, with one line that says what is wrong
 */
export const parsePairRequest = (asked: PairOptions): PairRequest => {
  const { vip, nodes: nodeText, readVip: readText } = asked;
  if (vip === undefined || nodeText === undefined) {
    throw configUsage('config needs --vip ADDRESS and --nodes A,B, the preferred node first; or the word show');
  }
  const node = matching(asked.node, '--node', /^(?:1|2|both)$/, '1, 2 or both') ?? 'both';
  const nodes = nodesOf(nodeText);
  const pathOf = (path: string | undefined, flag: string): string | undefined =>
    matching(path, flag, /^\/[\w.+@/-]+$/, 'an absolute path without blanks');
  const request: PairRequest = {
    nodes,
    services: servicesOf(asked, vip),
    syncGroup: asked.syncGroup === true,
    readAddress: readText === undefined ? undefined : vipOf(readText, '--read-vip'),
    minReplicas: asked.minReplicas === true,
    witness: witnessOf(asked.witness),
    profile: profileOf(asked.profile),
    unicast: asked.unicast === true,
    interfaces: interfacesOf(asked.interface),
    scriptUser: matching(asked.scriptUser, '--script-user', /^[a-z_][\w.-]{0,31}$/i, 'the name of a user'),
    executable: pathOf(asked.executable, '--executable'),
    authPassFile: asked.authPassFile,
    authHmacKeyFile: pathOf(asked.authHmacKeyFile, '--auth-hmac-key-file'),
    redisConf: pathOf(asked.redisConf, '--redis-conf'),
    passwordFile: pathOf(asked.passwordFile, '--password-file'),
    commandLine: commandLineOf({ ...asked, node: undefined, out: undefined, force: false }),
    shown: node === 'both' ? [0, 1] : [node === '1' ? 0 : 1],
  };
  assertTogether(request);
  return request;
};
