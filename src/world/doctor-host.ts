/** What this host says to the doctor. Everything is looked at; nothing is started but "keepalived --version" and "redis-server --version". */
import { existsSync, lstatSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isIn, plainAddress } from '../address.ts';
import type { Settings } from '../config/settings.ts';
import type { HostSays, KeepalivedSaid, ProgramSeen } from '../core/doctor/facts.ts';
import { unwritableFound } from '../core/order.ts';
import { systemInterfaces } from '../host/network.ts';
import { mayLiftLimits } from '../host/rights.ts';
import { unsafeParts } from '../host/script-path.ts';
import { usersHere } from '../host/users.ts';
import { findPrograms } from '../redis/server-programs.ts';
import { cards, installedKeepalived, isProgram } from './config-host.ts';
import { scriptUser, unwritableFor } from './host-seen.ts';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const numberIn = (path: string): number | undefined => {
  const text = read(path).trim();
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
};

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

/** Those without an address too. /sys shows those of another network where it was mounted there. Source: proc(5), /proc/net/dev. */
const interfaces = (): readonly string[] =>
  read('/proc/self/net/dev')
    .split('\n')
    .flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);

const isLink = (path: string): boolean => {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
};

const programsOf = ({ instances, checks, resident }: KeepalivedSaid): readonly ProgramSeen[] => {
  const calls = [
    ...instances.flatMap(({ calls: notifies }) => notifies),
    ...checks.flatMap(({ call }) => call ?? []),
    ...(resident === undefined ? [] : [resident.call]),
  ];
  const ours = calls.filter(({ command, program }) => command !== undefined && program.startsWith('/'));
  return [...new Set(ours.map(({ program }) => program))].map((path) => ({
    path,
    isThere: isProgram(path),
    isLink: isLink(path),
    unsafe: unsafeParts(path),
  }));
};

/** `INSTANCE ADDRESS`, of interfaces that have an address of that family. */
const outsideOf = ({ instances }: KeepalivedSaid): readonly string[] =>
  instances.flatMap(({ name, addresses, interface: card }) => {
    const networks = cards().filter((one) => one.name === card?.value && one.cidr !== '');
    return addresses
      .filter(({ address }) => {
        const alike = networks.filter(({ cidr }) => cidr.includes(':') === address.includes(':'));
        return alike.length > 0 && !alike.some(({ cidr }) => isIn(cidr, address));
      })
      .map(({ address }) => `${name} ${address}`);
  });

/** Source: proc(5); redis/src/server.c redisSetProcTitle: a sentinel says so in its title. */
const sentinels = (): readonly string[] => {
  const titles = namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => read(`/proc/${pid}/cmdline`));
  return [
    ...new Set(
      titles.flatMap((title) => /(?:redis|valkey)-(?:sentinel|server)\b[^\0]*\[sentinel\]/.exec(title)?.[0] ?? []),
    ),
  ];
};

const arp = (): HostSays['arp'] => {
  const [ignore, announce] = ['arp_ignore', 'arp_announce'].map((name) =>
    numberIn(`/proc/sys/net/ipv4/conf/all/${name}`),
  );
  return ignore === undefined || announce === undefined ? undefined : { ignore, announce };
};

const freeBytes = (path: string): number | undefined => {
  try {
    const there = existsSync(path) ? path : dirname(path);
    const { bsize, bavail } = statfsSync(there);
    return bsize * bavail;
  } catch {
    return undefined;
  }
};

const keepalivedHere = (): HostSays['keepalived'] => {
  const found = installedKeepalived();
  return {
    version: found.kind === 'version' ? found.version : undefined,
    mute: found.kind === 'mute' ? found.said : undefined,
  };
};

/** Comments aside. Source: the units of Debian and Red Hat, EnvironmentFile. */
const keepalivedFile = (): HostSays['keepalivedFile'] =>
  ['/etc/default/keepalived', '/etc/sysconfig/keepalived']
    .flatMap((file) =>
      read(file)
        .split('\n')
        .map((text, index) => {
          const [, value] =
            /^\s*(?:DAEMON_ARGS|KEEPALIVED_OPTIONS)=.*?(?:-f[ =]?|--use-file[ =])(\/[^\s"']+)/.exec(text) ?? [];
          return value === undefined ? undefined : { value, at: { file, line: index + 1 } };
        }),
    )
    .findLast((found) => found !== undefined);

/** Of one port; several share their directories. */
const unwritable = (settings: Settings, ports: readonly number[]): HostSays['unwritable'] => {
  const user = scriptUser(settings.files.keepalivedConf);
  const found = ports.flatMap((port) => unwritableFor(user, { stateDir: settings.files.stateDir, port }, settings));
  const once = new Map(found.map((one) => [`${one.path} ${one.code}`, one]));
  return [...once.values()].map((one) => {
    const { says, next } = unwritableFound(one);
    const { home, isMissing, what, code } = one;
    const gift = { home, isMissing, user: one.user, what: what === 'log' ? ('file' as const) : ('directory' as const) };
    return { says, fix: next, ...(code === 'EACCES' ? { gift } : {}) };
  });
};

export const hostSays = async (
  settings: Settings,
  conf: KeepalivedSaid | undefined,
  ports: readonly number[],
  processIds: readonly number[],
): Promise<HostSays> => {
  const { stateDir } = settings.files;
  const programs = await findPrograms(processIds[0]);
  return {
    keepalived: keepalivedHere(),
    keepalivedFile: keepalivedFile(),
    users: usersHere().map(({ name }) => name),
    interfaces: interfaces(),
    addresses: systemInterfaces.addresses().map(plainAddress),
    outside: conf === undefined ? [] : outsideOf(conf),
    programs: conf === undefined ? [] : programsOf(conf),
    missingDirectories: (conf?.trackFiles ?? []).map(({ path }) => dirname(path)).filter((path) => !existsSync(path)),
    unwritable: conf === undefined ? [] : unwritable(settings, ports),
    freeBytes: freeBytes(stateDir),
    stateDir,
    programsOfServers: programs.map(({ server }) => server),
    mayOutliveRealTime: mayLiftLimits() !== false,
    hasSelinux: numberIn('/sys/fs/selinux/enforce') === 1,
    arp: arp(),
    sentinels: sentinels(),
    overcommit: numberIn('/proc/sys/vm/overcommit_memory'),
  };
};
