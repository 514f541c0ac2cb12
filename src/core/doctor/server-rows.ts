/** What the two servers and the kernel of this host will do. */
import type { ServerVersion } from '../program.ts';
import { knowsAllOf, readsCopyOf, serverText } from '../program.ts';
import type { DoctorFacts, HostSays } from './facts.ts';
import type { DoctorRow, Told } from './row.ts';
import { onHost, onServers, seconds } from './row.ts';

type Found = Omit<Told, 'whose'>;

/** Logs of two hosts are read side by side. */
const CLOCKS_MS = 2_000;
/** The longest outage that a backlog should hold, as "redisha config" reckons. */
const OUTAGE_S = 60;
const MIB = 1024 ** 2;

const size = (bytes: number): string =>
  bytes >= 10 * MIB ? `${String(Math.round(bytes / MIB))} MiB` : `${String(Math.round(bytes / 1024))} KiB`;

interface Program {
  readonly endpoint: string;
  readonly server: ServerVersion;
}

/** Both servers of each pair that say what they are, as each may follow the other. */
const couplesOf = ({ servers }: DoctorFacts): readonly (readonly [master: Program, replica: Program])[] =>
  servers.flatMap((one) =>
    servers.flatMap((other) => {
      const [master, replica] = [one.server, other.server];
      return one.whose === other.whose || one.port !== other.port || master === undefined || replica === undefined
        ? []
        : [
            [
              { endpoint: one.endpoint, server: master },
              { endpoint: other.endpoint, server: replica },
            ] as const,
          ];
    }),
  );

const ofHost =
  (find: (host: HostSays, facts: DoctorFacts) => readonly Omit<Found, 'at'>[]) =>
  (facts: DoctorFacts): readonly Told[] =>
    facts.host === undefined
      ? []
      : find(facts.host, facts).map((found): Told => ({ whose: 'own', at: undefined, ...found }));

export const SERVER_ROWS: readonly DoctorRow[] = [
  {
    id: 'masterauth-refused',
    severity: 'wrong',
    about: "`masterauth` of this host's redis.conf, tried at the other server, which refuses it",
    source: 'redis.conf, masterauth; redis.io, AUTH',
    find: onServers(({ takesMasterauth, endpoint, whose }) =>
      takesMasterauth !== false || whose === 'own'
        ? []
        : [
            {
              says: `${endpoint} refuses the masterauth of this host's redis.conf: the link never comes up while that server is the master`,
              fix: 'masterauth here as requirepass there (for an ACL user masteruser as well); CONFIG SET masterauth for the server that runs',
            },
          ],
    ),
  },
  {
    id: 'right-missing',
    severity: 'wrong',
    about: 'a command that redisha needs and its ACL user may not run',
    source: 'redis.io, ACL DRYRUN (Redis 7.0 and newer)',
    find: onServers(({ denied, user, endpoint }) =>
      denied.length === 0
        ? []
        : [
            {
              says: `the user ${user} may not run ${denied.join(', ')} on ${endpoint}: a change of master ends midway`,
              fix: `ACL SETUSER ${user} ${denied.map((name) => `+${name.toLowerCase().replace(' ', '|')}`).join(' ')}, then ACL SAVE or the same in redis.conf`,
            },
          ],
    ),
  },
  {
    id: 'server-mode',
    severity: 'wrong',
    about: 'a server that is a sentinel or part of a cluster',
    source: 'INFO, redis_mode (server_mode in Valkey)',
    find: onServers(({ mode, endpoint }) =>
      mode === 'standalone'
        ? []
        : [
            {
              says: `${endpoint} is a server of the kind "${mode}": redisha moves no role there`,
              fix: 'the port of a plain Redis in keepalived.conf',
            },
          ],
    ),
  },
  {
    id: 'copy-unreadable',
    severity: 'wrong',
    about: 'a server that cannot read a full copy of the other one',
    source: 'RDB_VERSION in src/rdb.h of each version; redis/src/replication.c readSyncBulkPayload',
    find: (facts) =>
      couplesOf(facts)
        .filter(([master, replica]) => !readsCopyOf(replica.server, master.server))
        .map(([master, replica]) => ({
          whose: 'own' as const,
          at: undefined,
          says: `${replica.endpoint} runs ${serverText(replica.server)} and cannot read a full copy of ${master.endpoint}, ${serverText(master.server)}: as its replica it empties itself and stays empty`,
          fix: `one version on both hosts: upgrade ${replica.endpoint}`,
        })),
  },
  {
    id: 'older-replica',
    severity: 'risk',
    about: 'a server that does not know all commands of the other one',
    source:
      'COMMAND of each version; redis/src/replication.c: a replica drops what it does not know, and counts its bytes',
    find: (facts) =>
      couplesOf(facts)
        .filter(
          ([master, replica]) =>
            readsCopyOf(replica.server, master.server) && !knowsAllOf(replica.server, master.server),
        )
        .map(([master, replica]) => ({
          whose: 'own' as const,
          at: undefined,
          says: `${replica.endpoint} runs ${serverText(replica.server)} and drops commands that only ${serverText(master.server)} at ${master.endpoint} knows: as its replica it may lack writes, at equal offsets`,
          fix: `one version on both hosts; "redisha promote" refuses where that has happened`,
        })),
  },
  {
    id: 'backlog-too-small',
    severity: 'risk',
    about: 'a backlog that holds less than 60 s of the writes as they are measured now',
    source: 'redis.conf, repl-backlog-size; INFO, master_repl_offset twice within a second',
    find: onServers(({ writtenPerSecond = 0, backlogBytes, endpoint }) =>
      writtenPerSecond * OUTAGE_S <= backlogBytes
        ? []
        : [
            {
              says: `${endpoint} writes ${size(writtenPerSecond)} a second now, and its backlog of ${size(backlogBytes)} holds ${seconds(Math.round((backlogBytes / writtenPerSecond) * 1_000))} of that: a longer outage means a full copy, and after a split nothing can be merged`,
              fix: `repl-backlog-size ${String(Math.ceil((writtenPerSecond * OUTAGE_S) / MIB))}mb on both hosts; CONFIG SET takes it at once`,
            },
          ],
    ),
  },
  {
    id: 'clocks-apart',
    severity: 'note',
    about: 'clocks of the two hosts that are more than 2 s apart',
    source: 'redis.io, TIME, asked of both servers at one moment',
    find: ({ servers }) =>
      servers.slice(0, 1).flatMap(() => {
        const far = servers.find(({ whose, aheadMs }) => whose === 'peer' && Math.abs(aheadMs) > CLOCKS_MS);
        return far === undefined
          ? []
          : [
              {
                whose: 'peer' as const,
                at: undefined,
                says: `the clock of ${far.endpoint} is ${seconds(Math.round(Math.abs(far.aheadMs) / 100) * 100)} ${far.aheadMs > 0 ? 'ahead of' : 'behind'} this host's: logs and journals of the two do not fit together, and signed adverts (auth_hmac) may not count`,
                fix: 'an NTP service on both hosts: timedatectl set-ntp true',
              },
            ];
      }),
  },
  {
    id: 'unwritable',
    severity: 'wrong',
    about: 'a directory or file of redisha that the user of the scripts cannot write, now',
    source: 'path_resolution(7); `redisha status` says the same',
    find: ofHost(({ unwritable }) => unwritable),
  },
  {
    id: 'no-room-for-rescue',
    severity: 'risk',
    about: 'less room for rescues than the data of the largest server takes',
    source: 'docs/failures.md: what would be overwritten is saved first, or nothing is',
    find: ofHost(({ freeBytes, stateDir }, { servers }) => {
      const largest = Math.max(0, ...servers.filter(({ whose }) => whose === 'own').map(({ usedBytes }) => usedBytes));
      return freeBytes === undefined || freeBytes >= largest
        ? []
        : [
            {
              says: `${stateDir} has room for ${size(freeBytes)}, and Redis holds ${size(largest)}: where a dataset must be saved before it is overwritten, redisha refuses`,
              fix: 'state_dir on a larger disk; or redisha rescue prune',
            },
          ];
    }),
  },
  {
    id: 'no-program-for-rescue',
    severity: 'risk',
    about: 'no server program on this host that can read the data of its server',
    source: 'redisha rescue diff --help: a rescue is read by a redis-server of its own',
    find: ofHost(({ programsOfServers }, { servers }) => {
      const own = servers.find(({ whose, server }) => whose === 'own' && server !== undefined);
      const server = own?.server;
      return server === undefined || programsOfServers.some((program) => readsCopyOf(program, server))
        ? []
        : [
            {
              says: `no program on this host can read what ${serverText(server)} saves: "redisha rescue diff" and "restore" do not work here`,
              fix: `install ${serverText(server)} on this host, such as redis-server in a directory of PATH`,
            },
          ];
    }),
  },
  {
    id: 'real-time-at-reload',
    severity: 'risk',
    about: 'real-time priority on a host without CAP_SYS_RESOURCE',
    source: 'capabilities(7), CAP_SYS_RESOURCE; seen on 2.1.5 to 2.3.4: the VRRP process is killed at a reload',
    find: onHost(({ realTime }, { mayOutliveRealTime }) =>
      realTime === undefined || mayOutliveRealTime
        ? []
        : [
            {
              at: realTime.at,
              says: 'this host has no CAP_SYS_RESOURCE (a container): the kernel kills keepalived with real-time priority at a reload',
              fix: 'systemctl restart keepalived instead of reload, on the node without the address first',
            },
          ],
    ),
  },
  {
    id: 'selinux',
    severity: 'note',
    about: 'SELinux enforces its rules',
    source: 'selinux(8): /sys/fs/selinux/enforce is 1',
    find: ofHost(({ hasSelinux }) =>
      hasSelinux
        ? [
            {
              says: 'SELinux enforces its rules here: keepalived may be kept from running scripts and from writing below /var/lib and /run',
              fix: 'redisha config check, then ausearch -m avc -ts recent; keepalived_connect_any and the type of the executable',
            },
          ]
        : [],
    ),
  },
  {
    id: 'arp',
    severity: 'wrong',
    about: 'an address for reading (LVS, direct routing) without arp_ignore 1 and arp_announce 2',
    source: 'linux/Documentation/networking/ip-sysctl.rst, arp_ignore and arp_announce',
    find: onHost(({ virtualServers }, { arp }) =>
      virtualServers
        .filter(({ kind, address }) => kind === 'DR' && !address.includes(':'))
        .slice(0, 1)
        .flatMap(({ at, address }) =>
          arp === undefined || (arp.ignore >= 1 && arp.announce >= 2)
            ? []
            : [
                {
                  at,
                  says: `arp_ignore is ${String(arp.ignore)} and arp_announce ${String(arp.announce)} here: both hosts answer for ${address}, and clients reach the one without the table`,
                  fix: 'net.ipv4.conf.all.arp_ignore = 1 and arp_announce = 2, as redisha-read.conf has it; sysctl --system',
                },
              ],
        ),
    ),
  },
  {
    id: 'sentinel',
    severity: 'risk',
    about: 'a Redis Sentinel that runs on this host',
    source: 'redis/src/sentinel.c: it promotes and demotes by itself',
    find: ofHost(({ sentinels }) =>
      sentinels.map((name) => ({
        says: `${name} runs on this host: if it watches this pair, it moves the role where the address is not`,
        fix: 'one of the two: stop the sentinels of this pair, or keepalived',
      })),
    ),
  },
  {
    id: 'overcommit',
    severity: 'note',
    about: 'vm.overcommit_memory 0',
    source: 'redis/src/server.c linuxMemoryWarnings; proc(5), overcommit_memory',
    find: ofHost(({ overcommit }, { servers }) =>
      overcommit !== 0 || servers.length === 0
        ? []
        : [
            {
              says: 'vm.overcommit_memory is 0: with a large dataset Redis cannot fork, so that neither a copy for the replica nor a save begins',
              fix: 'vm.overcommit_memory = 1 in a file of /etc/sysctl.d; sysctl --system',
            },
          ],
    ),
  },
];
