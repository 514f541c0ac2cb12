/** What redis.conf of either host leads to: who follows whom, and who is let in. */
import { inBoth, inRedis, whole } from './redis-row.ts';
import type { DoctorRow } from './row.ts';

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
];
