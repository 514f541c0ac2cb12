/** The part of redis.conf that makes a Redis a good half of a pair, and what the redis.conf that is there says to it. */
import type { Blueprint, NodeIndex } from '../core/blueprint.ts';
import { peerOf } from '../core/blueprint.ts';
import { formatEndpoint } from '../core/model.ts';
import type { Bound } from './bind.ts';
import { bindFor, boundTo, listensOn, unheard } from './bind.ts';
import type { RedisConf } from './redis-conf.ts';
import { lastOf, readRedisConf } from './redis-conf.ts';

/** What of an existing redis.conf matters to the generator. Never a password, only whether there is one. */
export interface RedisConfHints {
  readonly path: string;
  readonly hasPassword: boolean;
  readonly hasMasterAuth: boolean;
  /** Without a password it lets in nobody from another host. */
  readonly isProtected: boolean;
  readonly masterUser: string | undefined;
  readonly tlsPort: number;
  readonly plainPort: number;
  readonly bound: Bound;
  readonly backlogBytes: number;
  readonly isCluster: boolean;
  readonly problems: readonly string[];
}

/** Holds the writes of a minute at 1 MB/s: what a restart of a host, and the merge after a short split, need. */
const BACKLOG_MIB = 64;
const MIB = 1024 ** 2;

const UNITS: Readonly<Record<string, number>> = { k: 1e3, kb: 1024, m: 1e6, mb: MIB, g: 1e9, gb: 1024 ** 3 };

/** Source: redis/src/util.c memtoull: `1k` is 1000, `1kb` is 1024, in any case. */
export const bytesOf = (text: string): number => {
  const [, digits = '0', unit = ''] = /^(\d+)([a-z]*)$/i.exec(text) ?? [];
  return Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
};

const LOOPBACKS = ['127.0.0.1', '::1'] as const;

/**
 * Where a node of this address reaches its own server: on the loopback of the same family where the server listens there,
 * else on the other one, else on that address itself. Without a `bind` it listens on both.
 */
export const localFor = (address: string, hints: Pick<RedisConfHints, 'bound'> | undefined): string => {
  const loopbacks = address.includes(':') ? LOOPBACKS.toReversed() : LOOPBACKS;
  return loopbacks.find((loopback) => listensOn(hints?.bound, loopback)) ?? address;
};

/** Of the file that is generated here. */
export const partName = (port: number): string => `redis-pair-${String(port)}.conf`;
export const IS_PART = /\/redis-pair-\d+\.conf$/;

/** What is generated here is included there: that is no word of the operator's, and comes anew each time. */
const withoutPart = ({ directives, problems }: RedisConf): RedisConf => ({
  directives: directives.filter(({ file }) => !IS_PART.test(file)),
  problems,
});

export const redisConfHints = (path: string): RedisConfHints => {
  const conf = withoutPart(readRedisConf(path));
  return {
    path,
    // A user may have one without requirepass.
    hasPassword: Boolean(lastOf(conf, 'requirepass') ?? lastOf(conf, 'user') ?? lastOf(conf, 'aclfile')),
    isProtected: lastOf(conf, 'protected-mode') !== 'no',
    hasMasterAuth: Boolean(lastOf(conf, 'masterauth')),
    masterUser: lastOf(conf, 'masteruser') || undefined,
    tlsPort: Number(lastOf(conf, 'tls-port') ?? 0),
    plainPort: Number(lastOf(conf, 'port') ?? 6379),
    bound: boundTo(conf),
    backlogBytes: bytesOf(lastOf(conf, 'repl-backlog-size') ?? ''),
    isCluster: lastOf(conf, 'cluster-enabled') === 'yes',
    problems: conf.problems,
  };
};

const credentials = (hints: RedisConfHints | undefined): readonly string[] => {
  if (hints?.hasMasterAuth === true) {
    const user = hints.masterUser === undefined ? '' : ` for the user ${hints.masterUser}`;
    return [
      `# masterauth${user} is set in ${hints.path}. It must be the password that the other node has for its clients.`,
    ];
  }
  return hints?.hasPassword === true
    ? [
        `# ${hints.path} sets requirepass and no masterauth. So the link between the nodes would never come up. Set masterauth`,
        '# there, to the password of the other node (for an ACL user also masteruser). Do not set it here, because the next',
        '# "redisha config" replaces this file.',
      ]
    : [
        '# If the servers have a password: set requirepass and masterauth in redis.conf itself (for an ACL user masteruser). Do',
        '# not set them here, because the next "redisha config" replaces this file.',
      ];
};

const tlsLines = (hints: RedisConfHints | undefined, port: number): readonly string[] =>
  hints !== undefined && hints.tlsPort === port && hints.plainPort !== port
    ? ['', `# ${String(port)} is the port that speaks TLS.`, 'tls-replication yes']
    : [];

const backlogLines = (hints: RedisConfHints | undefined): readonly string[] => {
  const why = [
    '# Redis keeps the last writes in this memory. A node that was away for a short time gets only what it missed. After a',
    '# broken network redisha reads the writes of both sides from here. It should hold the bytes written in one second,',
    '# times the longest outage in seconds.',
  ];
  const ttl = [
    '# 0: Redis keeps this memory, however long the other node is away. Without it nobody knows up to where the two nodes',
    '# had the same writes.',
    'repl-backlog-ttl 0',
  ];
  const size =
    hints !== undefined && hints.backlogBytes >= BACKLOG_MIB * MIB
      ? [`# ${hints.path} sets repl-backlog-size, and it is large enough.`]
      : [`repl-backlog-size ${String(BACKLOG_MIB)}mb`];
  return [...why, ...size, ...ttl];
};

/**
 * What stands in redis.conf is left alone where it will do, and else this line wins, for it comes later. Packages bind the
 * loopback alone, and so nothing is known to do where nobody has said what redis.conf has.
 */
const bindLines = (
  { services, readAddress }: Blueprint,
  address: string,
  port: number,
  hints: RedisConfHints | undefined,
): readonly string[] => {
  const vips = services.filter(({ ports }) => ports.includes(port)).map(({ vip }) => vip);
  const clients = [...vips, ...(readAddress === undefined ? [] : [readAddress.vip])];
  const wanted = [address, ...clients];
  if (hints !== undefined && unheard(hints.bound, wanted).length === 0) return [];
  return [
    '',
    `# Redis must listen on ${address} for the other node, and on ${clients.join(' and ')} for the clients, also while the`,
    "# other node has that address. Debian's redis.conf binds only the loopback. Without a password Redis still refuses",
    '# every other host, unless redis.conf says protected-mode no.',
    bindFor(wanted),
  ];
};

const replicaLines = ({ minReplicas, witness }: Blueprint): readonly string[] => {
  if (witness !== undefined)
    return [
      '# A master takes writes only while a replica acknowledges them. If the other node is away, "redisha watch" acknowledges',
      `# them in its place, as long as it holds the lease at the witness ${formatEndpoint(witness)}. Only one node can hold it.`,
      '# redisha relies on these two values. They must be the same on both nodes.',
      'min-replicas-to-write 1',
      'min-replicas-max-lag 2',
    ];
  return [
    '# Safety before availability: with these two lines a master refuses writes when its replica has said nothing for 10',
    '# seconds. That limits what a broken network can cost. It also stops all writes while the other node is down.',
    ...['min-replicas-to-write 1', 'min-replicas-max-lag 10'].map((line) => (minReplicas ? line : `#${line}`)),
  ];
};

/** The text for the Redis at `port` of one node. It holds no secret. */
export const generateRedisConfPart = (
  blueprint: Blueprint,
  own: NodeIndex,
  port: number,
  hints: RedisConfHints | undefined,
): string => {
  const { address } = blueprint.nodes[own];
  const lines = [
    `# Redis ${address}:${String(port)}, node ${String(own + 1)} of a pair, written by "redisha config".`,
    '# Include this file in the last line of redis.conf, so that it overrides the lines before: include /etc/redis/NAME',
    '# Before Redis 5 write slaveof for replicaof, and slave- for replica-.',
    '',
    '# Safe start, on both nodes alike: a Redis that restarts comes up as a read-only replica. It may be empty or have old',
    '# data, but it cannot wipe the other node. redisha promotes the node that has the address, and never writes that into',
    '# this file (no CONFIG REWRITE). Otherwise the next restart would be a master, with whatever data it has.',
    `replicaof ${peerOf(blueprint, own).address} ${String(port)}`,
    '',
    ...credentials(hints),
    ...bindLines(blueprint, address, port, hints),
    ...tlsLines(hints, port),
    '',
    ...backlogLines(hints),
    '',
    '# If a replica took writes, it would lose them at the next synchronisation.',
    'replica-read-only yes',
    '',
    '# The default of Redis 7. Do not lower it. A master that came back empty waits for these seconds before it sends its',
    '# empty dataset to the replica. In this time redisha notices it.',
    'repl-diskless-sync yes',
    'repl-diskless-sync-delay 5',
    '',
    ...replicaLines(blueprint),
  ];
  return `${lines.join('\n')}\n`;
};
