/** What in the redis.conf of this host will not go well with the files of `config`. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { familyOf } from '../address.ts';
import { dirname } from 'node:path';
import type { Blueprint } from '../core/blueprint.ts';
import { portsOf } from '../core/blueprint.ts';
import { systemInterfaces } from '../host/network.ts';
import { bindFor, names, unheard } from '../redis/bind.ts';
import type { RedisConfHints } from '../redis/conf-part.ts';

const ROOT = 'root';

/** Every directory may be entered and the file be read, by anybody. */
const isOpen = (path: string, bit = 0o004): boolean =>
  (statSync(path).mode & bit) !== 0 && (path === '/' || isOpen(dirname(path), 0o001));

/** The node that this host is, else either, for nobody knows whose file it is. */
const ownAddresses = ({ nodes }: Blueprint): readonly string[] => {
  const here = systemInterfaces.addresses();
  const addresses = nodes.map(({ address }) => address);
  const own = addresses.filter((address) => here.includes(address));
  return own.length === 1 ? own : addresses;
};

/** Redis comes up, and so does the pair, and whoever wants to connect is refused. */
const deafNotes = (blueprint: Blueprint, { path, bound }: RedisConfHints): readonly string[] => {
  const { services, readAddress } = blueprint;
  const own = ownAddresses(blueprint);
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

/** Source: linux/Documentation/networking/ip-sysctl.rst, ip_nonlocal_bind. */
const mayBindAnything = (address: string): boolean => {
  try {
    return readFileSync(`/proc/sys/net/ipv${String(familyOf(address))}/ip_nonlocal_bind`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
};

/** Source: redis/src/server.c listenToPort: once, at the start; with a `-` an address that is not there is left out. */
const absentNotes = ({ services, nodes }: Blueprint, { path, bound }: RedisConfHints): readonly string[] =>
  services
    .map(({ vip }) => vip)
    .filter((vip) => names(bound, vip) && !mayBindAnything(vip))
    .map(
      (vip) =>
        `${path} has ${vip} in bind: a Redis that starts without that address does not start, or with a "-" before it ` +
        `never listens there: ${bindFor([vip, ...nodes.map(({ address }) => address)])}`,
    );

/** As far as it can be told: groups are not asked for. */
export const mayBeRead = (user: string, { path }: Pick<RedisConfHints, 'path'>): boolean =>
  user === ROOT || isOpen(path);

const readNotes = ({ scriptUser, redisConf }: Blueprint, { path }: RedisConfHints): readonly string[] =>
  redisConf === undefined || mayBeRead(scriptUser, { path })
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

/** A node without it judges nobody, and takes no role. */
export const passwordNotes = ({ passwordFile, scriptUser }: Blueprint): readonly string[] =>
  passwordFile === undefined || existsSync(passwordFile)
    ? []
    : [
        `there is no ${passwordFile} on this host yet. On both nodes: ` +
          `install -m 0600 -o ${scriptUser} /dev/stdin ${passwordFile}, then type the password, Enter and Ctrl-D`,
      ];

export const redisNotes = (blueprint: Blueprint, hints: RedisConfHints | undefined): readonly string[] =>
  hints === undefined
    ? []
    : [
        ...portNotes(blueprint, hints),
        ...readNotes(blueprint, hints),
        ...deafNotes(blueprint, hints),
        ...absentNotes(blueprint, hints),
        ...openNotes(hints),
        ...(hints.hasPassword && !hints.hasMasterAuth
          ? [`${hints.path} sets requirepass and no masterauth: without it the link between the nodes never comes up`]
          : []),
        ...hints.problems,
      ];
