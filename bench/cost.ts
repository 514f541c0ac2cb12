/**
 * What keepalived's checks cost a host, short-lived processes and all: the kernel adds the processor time of every process
 * that has ended to its parent's, so that nothing that keepalived started goes uncounted.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Keepalived } from '../test/lib/keepalived.ts';
import { childPids } from '../test/lib/process.ts';
import { nowMs } from '../test/lib/wait.ts';

/** The kernel's unit for processor times in /proc: 100 to a second on every Linux (USER_HZ). */
const TICKS_PER_S = 100;
const LOOK_EVERY_MS = 500;
const KB_PER_MB = 1024;

interface Times {
  readonly own: number;
  /** Of the children that have ended. */
  readonly children: number;
}

/** What a process has used so far, in ticks; nothing, when it is no more. */
function timesOf(pid: number): Times {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
    return { own: user + system, children: childUser + childSystem };
  } catch {
    return { own: 0, children: 0 };
  }
}

const descendants = (pid: number): readonly number[] =>
  childPids(pid).flatMap((child) => [child, ...descendants(child)]);

/** keepalived's process for VRRP, which starts the checks. */
function vrrpPid({ pid, host }: Keepalived): number {
  const [vrrp] = childPids(pid);
  if (vrrp === undefined) throw new Error(`no VRRP process of keepalived on ${host.name}`);
  return vrrp;
}

const ticksOf = (vrrp: number): number =>
  descendants(vrrp).reduce((sum, pid) => {
    const { own, children } = timesOf(pid);
    return sum + own + children;
  }, timesOf(vrrp).children);

interface Memory {
  readonly pssMb: number;
  readonly rssMb: number;
}

function memoryOf(pid: number): Memory {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return { pssMb: kb('Pss') / KB_PER_MB, rssMb: kb('Rss') / KB_PER_MB };
  } catch {
    // It ended while we looked.
    return { pssMb: 0, rssMb: 0 };
  }
}

/** What all descendants take together, now. */
const memoryBelow = (vrrp: number): Memory =>
  descendants(vrrp)
    .map(memoryOf)
    .reduce((sum, one) => ({ pssMb: sum.pssMb + one.pssMb, rssMb: sum.rssMb + one.rssMb }), { pssMb: 0, rssMb: 0 });

export interface Cost {
  /** Processor time in an hour. */
  readonly cpuSPerHour: number;
  /** Mean and highest of the looks: a check that ends at once takes memory for a moment only. */
  readonly pssMeanMb: number;
  readonly pssMaxMb: number;
  readonly rssMaxMb: number;
}

/** The checks of one host for a while. */
export async function costOf(keepalived: Keepalived, forMs: number): Promise<Cost> {
  const vrrp = vrrpPid(keepalived);
  const fromMs = nowMs();
  const looks: Memory[] = [];
  let ticks = ticksOf(vrrp);
  let used = 0;
  while (nowMs() - fromMs < forMs) {
    looks.push(memoryBelow(vrrp));
    await pause(LOOK_EVERY_MS);
    const now = ticksOf(vrrp);
    // A repair that a check has started leaves with all that it has used when the check ends.
    used += Math.max(0, now - ticks);
    ticks = now;
  }
  const hours = (nowMs() - fromMs) / 3_600_000;
  const pss = looks.map(({ pssMb }) => pssMb);
  return {
    cpuSPerHour: used / TICKS_PER_S / hours,
    pssMeanMb: pss.reduce((sum, mb) => sum + mb, 0) / pss.length,
    pssMaxMb: Math.max(...pss),
    rssMaxMb: Math.max(...looks.map(({ rssMb }) => rssMb)),
  };
}
