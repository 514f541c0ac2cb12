/** What the kernel says of another process of this host. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import type { ProcessState } from '../core/watch/silence.ts';

/** Source: proc(5), /proc/[pid]/stat, field 3. */
const STATES: Readonly<Record<string, ProcessState>> = {
  T: 'stopped',
  t: 'stopped',
  Z: 'stopped',
  X: 'stopped',
  R: 'busy',
  D: 'busy',
  S: 'asleep',
  I: 'asleep',
};

const SERVERS = /redis|valkey|keydb/i;

/** Long enough for the fields before the state: the pid, and a name of at most 16 bytes. */
const STAT_BYTES = 64;

interface Opened {
  readonly pid: number;
  readonly fd: number;
  readonly bytes: Buffer;
}

/** Source: proc(5), the name stands in brackets and may itself hold blanks and brackets; the state comes after it. */
const readStat = ({ fd, bytes }: Opened): string => bytes.toString('latin1', 0, readSync(fd, bytes, 0, STAT_BYTES, 0));

/** That of the thread which serves the clients: the kernel need not add up all threads for it. */
const statOf = (pid: number): string => `/proc/${String(pid)}/task/${String(pid)}/stat`;

const openStat = (pid: number, names: RegExp): Opened | undefined => {
  const opened = { pid, fd: openSync(statOf(pid), 'r'), bytes: Buffer.alloc(STAT_BYTES) };
  if (names.test(readStat(opened))) return opened;
  closeSync(opened.fd);
  return undefined;
};

/**
 * Tells the state of a process whose name matches; `unknown` where /proc does not show it or the pid is somebody else's. The
 * file stays open: it belongs to the process and not to the number, and a watcher reads it all the time.
 */
export const openProcessState = (names = /(?:)/): ((pid: number) => ProcessState) => {
  let opened: Opened | undefined;
  return (pid) => {
    try {
      if (opened?.pid !== pid) {
        if (opened !== undefined) closeSync(opened.fd);
        opened = undefined;
        opened = openStat(pid, names);
      }
      if (opened === undefined) return 'unknown';
      const stat = readStat(opened);
      return STATES[stat.charAt(stat.lastIndexOf(')') + 2)] ?? 'unknown';
    } catch {
      return 'unknown';
    }
  };
};

/** The same of a Redis server. */
export const openServerState = (): ((pid: number) => ProcessState) => openProcessState(SERVERS);

/** Redis puts the address that it listens at into its own title. Source: redis.conf, proc-title-template. */
const TITLE = /^[^\0 ]*(?:redis|valkey|keydb)-server [^\0]*?:(\d{1,5})(?![\d:])/;

/** `undefined` where it has ended since, or is not for this user to see. */
const titleOf = (pid: string): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return undefined;
  }
};

const titles = (): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => titleOf(pid) ?? []);

/** The ports of the Redis servers of this host, as far as their titles tell; in order. */
export const serverPorts = (): readonly number[] => {
  const ports = titles().flatMap((title) => TITLE.exec(title)?.slice(1).map(Number) ?? []);
  return [...new Set(ports)].toSorted((a, b) => a - b);
};

/** In which network a process is; `undefined` where that may not be known. Source: namespaces(7). */
export const networkOf = (pid: number | 'self'): string | undefined => {
  try {
    return readlinkSync(`/proc/${String(pid)}/ns/net`);
  } catch {
    return undefined;
  }
};

/** Whether that process is a Redis server at this port, by its title; one that has no title of its own goes by its name. */
export const isServerAt = (pid: number, port: number): boolean => {
  const title = titleOf(String(pid));
  if (title === undefined) return false;
  const told = TITLE.exec(title)?.[1];
  return told === undefined ? SERVERS.test(title.split('\0')[0] ?? '') : Number(told) === port;
};
