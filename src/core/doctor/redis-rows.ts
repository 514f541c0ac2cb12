/** What redis.conf of either host leads to. */
import type { DoctorFacts, RedisSaid } from './facts.ts';
import type { DoctorRow, Told } from './row.ts';
import { sidesOf } from './row.ts';

type Found = Omit<Told, 'whose'>;

const MIB = 1024 ** 2;
/** What `redisha config` writes, and the default of Redis. */
const DELAY_S = 5;

/** Of each redis.conf of each host. */
const inRedis =
  (find: (conf: RedisSaid, facts: DoctorFacts) => readonly Found[]) =>
  (facts: DoctorFacts): readonly Told[] =>
    sidesOf(facts).flatMap(({ whose, redis }) =>
      redis.flatMap((conf) => find(conf, facts).map((found): Told => ({ whose, ...found }))),
    );

interface Both {
  readonly own: RedisSaid;
  readonly peer: RedisSaid;
}

const inBoth =
  (find: (both: Both) => readonly Found[]) =>
  ({ own, peer }: DoctorFacts): readonly Told[] =>
    own.redis.flatMap((conf) => {
      const other = peer?.redis.find(({ port }) => port.value === conf.port.value);
      return other === undefined
        ? []
        : find({ own: conf, peer: other }).map((found): Told => ({ whose: 'own', ...found }));
    });

const whole = ({ file }: RedisSaid): Told['at'] => ({ file, line: 0 });
const mib = (bytes: number): string => `${String(Math.round(bytes / MIB))} MiB`;

export const REDIS_ROWS: readonly DoctorRow[] = [
  {
    id: 'redis-conf-unread',
    severity: 'note',
    about: 'a part of redis.conf that could not be read',
    source: 'redis/src/config.c loadServerConfig',
    find: inRedis((conf) =>
      conf.problems.map((problem) => ({
        at: whole(conf),
        says: `${problem}; so redisha does not know all that the server is told`,
        fix: 'run redisha doctor as root, or give the missing file with --peer-files',
      })),
    ),
  },
  {
    id: 'no-safe-start',
    severity: 'risk',
    about: 'a redis.conf without `replicaof`',
    source: 'redis.conf, replicaof; redis/src/server.c: without it a server starts as a master with what its disk has',
    find: inRedis((conf) =>
      conf.replicaOf !== undefined || !conf.isWhole
        ? []
        : [
            {
              at: whole(conf),
              says: 'a Redis that restarts here comes up as a master, perhaps empty or with old data, and a replica copies that at once',
              fix: `replicaof PEER ${String(conf.port.value)} on both hosts, as "redisha config" writes it`,
            },
          ],
    ),
  },
  {
    id: 'cluster-enabled',
    severity: 'wrong',
    about: '`cluster-enabled yes`',
    source: 'redis.conf, cluster-enabled; redis/src/replication.c replicaofCommand ("not allowed in cluster mode")',
    find: inRedis(({ cluster }) =>
      cluster === undefined
        ? []
        : [
            {
              at: cluster,
              says: 'a server of a cluster takes no REPLICAOF, so redisha cannot move its role: a cluster fails over by itself',
              fix: 'cluster-enabled no, or no keepalived for it',
            },
          ],
    ),
  },
  {
    id: 'masterauth-missing',
    severity: 'wrong',
    about: 'a password without `masterauth`',
    source: 'redis.conf, masterauth',
    find: inRedis(({ hasPassword, masterauth, requirepass, file }) =>
      !hasPassword || masterauth !== undefined
        ? []
        : [
            {
              at: requirepass?.at ?? { file, line: 0 },
              says: 'the servers ask for a password and masterauth is not set: the link between them never comes up',
              fix: 'masterauth with the password of the other server, on both hosts',
            },
          ],
    ),
  },
  {
    id: 'masterauth-differs',
    severity: 'wrong',
    about: "`masterauth` that is not the other server's `requirepass`",
    source: 'redis.conf, masterauth',
    find: (facts) =>
      (['own', 'peer'] as const).flatMap((whose) =>
        inBoth((both) => {
          const [from, to] = whose === 'own' ? [both.own, both.peer] : [both.peer, both.own];
          const { masterauth, masteruser } = from;
          return masterauth === undefined ||
            masteruser !== undefined ||
            to.requirepass === undefined ||
            masterauth.value === to.requirepass.value
            ? []
            : [
                {
                  at: masterauth.at,
                  says: `masterauth is not the requirepass of the other host (line ${String(to.requirepass.at.line)} there): the link never comes up when that one is the master`,
                  fix: 'masterauth on each host as requirepass on the other',
                },
              ];
        })(facts).map((told) => ({ ...told, whose })),
      ),
  },
  {
    id: 'protected',
    severity: 'wrong',
    about: 'no password and `protected-mode yes`',
    source: 'redis/src/networking.c clientAcceptHandler; redis.conf, protected-mode',
    find: inRedis((conf) =>
      conf.hasPassword || !conf.isProtected || !conf.isWhole
        ? []
        : [
            {
              at: whole(conf),
              says: 'it has no password and protected-mode is on: Redis refuses every other host, clients and the other node alike',
              fix: 'requirepass and masterauth, on both hosts the same; or, in a network that nobody else reaches, protected-mode no',
            },
          ],
    ),
  },
  {
    id: 'deaf',
    severity: 'wrong',
    about: 'a `bind` without the address of the node or the virtual address',
    source: 'redis.conf, bind; redis/src/server.c listenToPort',
    find: inRedis((conf) =>
      conf.deafAt.length === 0
        ? []
        : [
            {
              at: conf.bind?.at ?? whole(conf),
              says: `"bind ${conf.bind?.value ?? ''}": Redis does not listen on ${conf.deafAt.join(' and ')}, and whoever connects there is refused`,
              fix: conf.deafAt.some((address) => address.includes(':')) ? 'bind * -::*' : 'bind 0.0.0.0',
            },
          ],
    ),
  },
  {
    id: 'bound-to-virtual',
    severity: 'wrong',
    about: 'the virtual address in `bind`, on a host where that address may be elsewhere',
    source: 'redis/src/server.c listenToPort; linux/Documentation/networking/ip-sysctl.rst, ip_nonlocal_bind',
    find: inRedis((conf) =>
      conf.boundToVirtual === undefined
        ? []
        : [
            {
              at: conf.bind?.at ?? whole(conf),
              says: `bind names ${conf.boundToVirtual}: a Redis that starts while the other host has it does not start, or with a "-" before it never listens there`,
              fix: conf.boundToVirtual.includes(':') ? 'bind * -::*' : 'bind 0.0.0.0',
            },
          ],
    ),
  },
  {
    id: 'replica-writable',
    severity: 'risk',
    about: '`replica-read-only no`',
    source: 'redis.conf, replica-read-only',
    find: inRedis(({ writableReplica }) =>
      writableReplica === undefined
        ? []
        : [
            {
              at: writableReplica,
              says: 'a replica takes writes here, and loses them at its next full copy',
              fix: 'replica-read-only yes',
            },
          ],
    ),
  },
  {
    id: 'diskless-delay',
    severity: 'risk',
    about: '`repl-diskless-sync-delay` below 5 s, or a copy from the disk, which does not wait at all',
    source: 'redis.conf, repl-diskless-sync-delay (5 by default)',
    find: inRedis(({ disklessDelayS, disklessOff }) => {
      const found =
        disklessOff ?? (disklessDelayS !== undefined && disklessDelayS.value < DELAY_S ? disklessDelayS.at : undefined);
      return found === undefined
        ? []
        : [
            {
              at: found,
              says: 'a master that came back empty sends its emptiness to its replica before a check can notice it',
              fix: `repl-diskless-sync yes and repl-diskless-sync-delay ${String(DELAY_S)}, on both hosts`,
            },
          ];
    }),
  },
  {
    id: 'min-replicas-too-many',
    severity: 'wrong',
    about: '`min-replicas-to-write` above 1 in a pair',
    source: 'redis.conf, min-replicas-to-write',
    find: inRedis(({ minReplicas }) =>
      minReplicas === undefined || minReplicas.value < 2
        ? []
        : [
            {
              at: minReplicas.at,
              says: `a pair has one replica, and the master wants ${String(minReplicas.value)} before it takes a write: it takes none`,
              fix: 'min-replicas-to-write 1, or 0',
            },
          ],
    ),
  },
  {
    id: 'min-replicas',
    severity: 'note',
    about: '`min-replicas-to-write 1`',
    source: 'redis.conf, min-replicas-to-write',
    find: inRedis(({ minReplicas }) =>
      minReplicas?.value !== 1
        ? []
        : [
            {
              at: minReplicas.at,
              says: 'no client can write while the other node is down: safe, and chosen with "redisha config --min-replicas"',
              fix: 'min-replicas-to-write 0 where it was not meant so',
            },
          ],
    ),
  },
  {
    id: 'not-saved',
    severity: 'risk',
    about: 'neither `save` nor `appendonly`, without a safe start',
    source: 'redis.conf, save and appendonly',
    find: inRedis((conf) =>
      !conf.isWhole || conf.saves || conf.appends || conf.replicaOf !== undefined
        ? []
        : [
            {
              at: conf.savesAt ?? whole(conf),
              says: 'nothing is saved and Redis starts as a master: a restart of it is a master without data',
              fix: `replicaof PEER ${String(conf.port.value)} on both hosts, as "redisha config" writes it; and save or appendonly yes`,
            },
          ],
    ),
  },
  {
    id: 'maxmemory-differs',
    severity: 'risk',
    about: 'another `maxmemory` or policy on the other host',
    source:
      'redis.conf, maxmemory and replica-ignore-maxmemory: a replica begins to heed it when it becomes the master',
    find: inBoth(({ own, peer }) =>
      !own.isWhole ||
      !peer.isWhole ||
      ((own.maxmemory?.value ?? 0) === (peer.maxmemory?.value ?? 0) && own.maxmemoryPolicy === peer.maxmemoryPolicy)
        ? []
        : [
            {
              at: own.maxmemory?.at ?? whole(own),
              says: 'maxmemory or its policy is another one on the other host: after a change of master, writes may be refused or keys given up that fitted before',
              fix: 'the same maxmemory and maxmemory-policy on both hosts',
            },
          ],
    ),
  },
  {
    id: 'backlog-default',
    severity: 'note',
    about: '`repl-backlog-size` below 64 MiB, or not set',
    source: 'redis.conf, repl-backlog-size: 1mb by default, 10mb since Redis 8',
    find: inRedis(({ backlogBytes, ...conf }) =>
      (backlogBytes === undefined ? !conf.isWhole : backlogBytes.value >= 64 * MIB)
        ? []
        : [
            {
              at: backlogBytes?.at ?? { file: conf.file, line: 0 },
              says: `the last writes are kept in ${backlogBytes === undefined ? 'the default of 1 MiB' : mib(backlogBytes.value)}: after a longer outage all is copied anew, and after a split nothing can be merged`,
              fix: 'repl-backlog-size 64mb, or bytes per second times the longest outage in seconds',
            },
          ],
    ),
  },
  {
    id: 'renamed',
    severity: 'note',
    about: '`rename-command` of a command that redisha needs',
    source: 'redis.conf, rename-command; docs/configuration.md, rename_commands',
    find: inRedis(({ renamed }) =>
      renamed.map(({ value, at }) => ({
        at,
        says: `${value} has another name here, or none`,
        fix: 'redis_conf in redisha.toml, so that redisha reads the names; what is renamed to nothing, redisha does without where it can',
      })),
    ),
  },
];
