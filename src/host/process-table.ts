/** What the kernel says of another process of this host. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessState } from '../core/watch.ts';

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

/** The state of a Redis server's process; `unknown` where /proc does not show it or the pid is somebody else's by now. */
export const serverState = (pid: number): ProcessState => {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name stands in brackets and may itself hold blanks and brackets.
    const nameEnd = stat.lastIndexOf(')');
    if (!SERVERS.test(stat.slice(0, nameEnd))) return 'unknown';
    return STATES[stat.charAt(nameEnd + 2)] ?? 'unknown';
  } catch {
    return 'unknown';
  }
};

/** Redis puts the address that it listens at into its own title. Source: redis.conf, proc-title-template. */
const TITLE = /^[^\0 ]*(?:redis|valkey|keydb)-server [^\0]*?:(\d{1,5})(?![\d:])/;

const titleOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended since.
    return '';
  }
};

/** The ports of the Redis servers of this host, as far as their titles tell; in order. */
export const serverPorts = (): readonly number[] => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const ports = pids.flatMap((pid) => TITLE.exec(titleOf(pid))?.slice(1).map(Number) ?? []);
  return [...new Set(ports)].toSorted((a, b) => a - b);
};
