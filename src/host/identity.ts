/** Which process of which boot this is, in an order on which all processes of the host agree. */
import { readFileSync } from 'node:fs';

/** One process of this boot. Of two, the one with the greater (startTicks, pid) was started later. */
export interface ProcessKey {
  readonly pid: number;
  /** When the process was forked, in clock ticks since the boot; one tick is 10 ms. */
  readonly startTicks: number;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * The id of this boot; `unknown` where the kernel does not tell.
 * Source: random(4), /proc/sys/kernel/random/boot_id: generated once at boot, a UUID.
 */
export const bootId = (): string => {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim();
  } catch {
    return 'unknown';
  }
};

/**
 * This process; `undefined` where /proc is not mounted.
 *
 * The name of the program stands in brackets and may hold blanks and brackets itself, so the fields are counted from the
 * last one. Source: proc_pid_stat(5): field 2 is comm, field 22 starttime.
 */
export const ownKey = (): ProcessKey | undefined => {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = Number(fields[22 - 3]);
    return Number.isSafeInteger(startTicks) ? { pid: process.pid, startTicks } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The current moment as the kernel would write it down of a process that is forked now.
 * Source: proc(5), /proc/uptime and field 22 of /proc/[pid]/stat, which are the same clock; USER_HZ is 100.
 */
const ticksNow = (): number => Math.trunc(Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 100);

/**
 * Names for the commands of a process that carries out many: each is younger than the one before, and than every process
 * that was forked before it began. `undefined` where /proc is not mounted.
 */
export const commandKeys = (): (() => ProcessKey | undefined) => {
  let last = 0;
  return () => {
    try {
      last = Math.max(last + 1, ticksNow() + 1);
      return { pid: process.pid, startTicks: last };
    } catch {
      return undefined;
    }
  };
};

/**
 * True when `one` was started after `other`: keepalived forks its notifies in the order of its events.
 * Source: keepalived/lib/notify.c system_call_script, called by its one thread as the events come.
 */
export const startedAfter = (one: ProcessKey, other: ProcessKey): boolean =>
  one.startTicks === other.startTicks ? one.pid > other.pid : one.startTicks > other.startTicks;
