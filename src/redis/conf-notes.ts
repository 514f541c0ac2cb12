/** What in the redis.conf of a host will not go well with the files of `config`. */
import type { Blueprint } from '../core/blueprint.ts';
import { portsOf } from '../core/blueprint.ts';
import { bindFor, names, unheard } from './bind.ts';
import type { RedisConfHints } from './conf-part.ts';

const ROOT = 'root';

/** What the host says. */
export interface RedisHost {
  readonly addresses: readonly string[];
  /** A server may listen at an address that is not there. */
  readonly mayBindAnything: (address: string) => boolean;
  /** Anybody may read the file. */
  readonly isOpen: (path: string) => boolean;
}

/** The node that this host is, else either, for nobody knows whose file it is. */
const ownAddresses = ({ nodes }: Blueprint, here: readonly string[]): readonly string[] => {
  const addresses = nodes.map(({ address }) => address);
  const own = addresses.filter((address) => here.includes(address));
  return own.length === 1 ? own : addresses;
};

/** Redis comes up, and so does the pair, and whoever wants to connect is refused. */
const deafNotes = (blueprint: Blueprint, { path, bound }: RedisConfHints, host: RedisHost): readonly string[] => {
  const { services, readAddress } = blueprint;
  const own = ownAddresses(blueprint, host.addresses);
  const virtual = [...services, ...(readAddress === undefined ? [] : [readAddress])].map(({ vip }) => vip);
  const unheardNodes = unheard(bound, own);
  const missed = [
    ...(unheardNodes.length === own.length ? [`on ${own.join(' or ')}, where the other node connects`] : []),
    ...unheard(bound, virtual).map((vip) => `on ${vip}, where clients connect`),
  ];
  const bind = `bind ${(bound ?? []).join(' ')}`.trimEnd();
  const over = `the part for redis.conf says over it: ${bindFor([...own, ...virtual])}`;
  return missed.length === 0
    ? []
    : [`${path} has "${bind}", and Redis does not listen ${missed.join(', nor ')}; ${over}`];
};

/** Source: redis/src/networking.c clientAcceptHandler: without a password only the loopback is let in; redis.conf, protected-mode. */
const openNotes = ({ path, hasPassword, isProtected }: RedisConfHints): readonly string[] =>
  hasPassword || !isProtected
    ? []
    : [
        `${path} sets no password, and then Redis refuses other hosts, for protected-mode is yes: set requirepass and masterauth ` +
          'there, on both nodes the same; or, in a network that nobody else reaches, protected-mode no',
      ];

/** Source: redis/src/server.c listenToPort: once, at the start; with a `-` an address that is not there is left out. */
const absentNotes = (
  { services, nodes }: Blueprint,
  { path, bound }: RedisConfHints,
  { mayBindAnything }: RedisHost,
): readonly string[] =>
  services
    .map(({ vip }) => vip)
    .filter((vip) => names(bound, vip) && !mayBindAnything(vip))
    .map(
      (vip) =>
        `${path} has ${vip} in bind: a Redis that starts without that address does not start, or with a "-" before it ` +
        `never listens there: ${bindFor([vip, ...nodes.map(({ address }) => address)])}`,
    );

/** As far as it can be told: groups are not asked for. */
export const mayBeRead = (
  user: string,
  { path }: Pick<RedisConfHints, 'path'>,
  { isOpen }: Pick<RedisHost, 'isOpen'>,
): boolean => user === ROOT || isOpen(path);

const readNotes = (
  { scriptUser, redisConf }: Blueprint,
  { path }: RedisConfHints,
  host: RedisHost,
): readonly string[] =>
  redisConf === undefined || mayBeRead(scriptUser, { path }, host)
    ? []
    : [
        `redisha reads ${path} as ${scriptUser}, of no group but its own, who may not be allowed to: try it with ` +
          `"setpriv --reuid ${scriptUser} --regid ${scriptUser} --clear-groups test -r ${path}"; else use password_file`,
      ];

const portNotes = (blueprint: Blueprint, { path, plainPort, tlsPort }: RedisConfHints): readonly string[] => {
  const ports = portsOf(blueprint);
  const own = [plainPort, tlsPort].filter((port) => port !== 0);
  if (ports.some((port) => own.includes(port))) return [];
  if (own.length === 0)
    return [`${path} has port 0, so that nobody can connect from another host: port ${ports.join(',')}`];
  return [`${path} has port ${own.join(' and ')}, and the files are for ${ports.join(',')}: --port`];
};

const linkNotes = ({ path, hasPassword, hasMasterAuth }: RedisConfHints): readonly string[] =>
  hasPassword && !hasMasterAuth
    ? [`${path} sets requirepass and no masterauth: without it the link between the nodes never comes up`]
    : [];

/** `hints` is `undefined` where no redis.conf was named. */
export const redisNotes = (
  blueprint: Blueprint,
  hints: RedisConfHints | undefined,
  host: RedisHost,
): readonly string[] =>
  hints === undefined
    ? []
    : [
        ...portNotes(blueprint, hints),
        ...readNotes(blueprint, hints, host),
        ...deafNotes(blueprint, hints, host),
        ...absentNotes(blueprint, hints, host),
        ...openNotes(hints),
        ...linkNotes(hints),
        ...hints.problems,
      ];
