/** What the kernel says of another process of this host. */
import { readFileSync } from 'node:fs';
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
