/** The same of the data: what is kept, copied and refused. */
import { inBoth, inRedis, whole } from './redis-row.ts';
import type { DoctorRow } from './row.ts';
import { hasWitness } from './witness-rows.ts';

const MIB = 1024 ** 2;
/** What `redisha config` writes, and the default of Redis. */
const DELAY_S = 5;

const mib = (bytes: number): string => `${String(Math.round(bytes / MIB))} MiB`;

export const REDIS_DATA_ROWS: readonly DoctorRow[] = [
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
    about: '`min-replicas-to-write 1` without a witness',
    source: 'redis.conf, min-replicas-to-write',
    find: inRedis(({ minReplicas }, facts) =>
      minReplicas?.value !== 1 || hasWitness(facts)
        ? []
        : [
            {
              at: minReplicas.at,
              says: 'without a witness no client can write while the other node is down: safe, and chosen with "redisha config --min-replicas"',
              fix: 'min-replicas-to-write 0, if you did not mean that',
            },
          ],
    ),
  },
  {
    id: 'witness-not-kept',
    severity: 'wrong',
    about: 'a witness, and a redis.conf without `min-replicas-to-write 1`',
    source: 'redis.conf, min-replicas-to-write: 0 by default; docs/witness.md',
    find: inRedis((conf, facts) =>
      !hasWitness(facts) || !conf.isWhole || (conf.minReplicas?.value ?? 0) > 0
        ? []
        : [
            {
              at: conf.minReplicas?.at ?? whole(conf),
              says: 'after its next start this Redis takes writes alone, whatever the witness says',
              fix: 'min-replicas-to-write 1 and min-replicas-max-lag 2, on both hosts',
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
    about: 'a different `maxmemory` or policy on the other host',
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
              says: 'maxmemory or its policy differs from the other host: after a change of master, writes may be refused or keys evicted that fitted before',
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
        fix: 'redis_conf in redisha.toml, so that redisha reads the names; where it can, redisha does without a command that is renamed to nothing',
      })),
    ),
  },
];
