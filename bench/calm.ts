/**
 * False alarms: pairs that are disturbed in every way that is no fault. Whatever keepalived or redisha then changes is an
 * alarm about nothing. One thing is none: a replica that has lost its link and is copied anew says that it is not fit,
 * because it must not be elected before its data is there.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { ProfileName } from '../test/lib/generated.ts';
import type { Node, Pair } from '../test/lib/pair.ts';
import type { OutputLine } from '../test/lib/process.ts';
import { clockReaches, nowMs } from '../test/lib/wait.ts';
import { seededRandom } from '../test/sim/engine.ts';
import { type AddressRig, onProfile } from './address-rig.ts';
import { burners, disturb } from './disturbance.ts';
import type { Tell } from './play.ts';
import type { Sample } from './samples.ts';

export interface CalmOptions {
  readonly profile: ProfileName;
  readonly pairs: number;
  readonly minutes: number;
}

/** Long enough for the processes of the start to end. */
const QUIET_MS = 5_000;
/** The resident reports within its interval, and keepalived counts to three at most. */
const AFTERWARDS_MS = 8_000;
const LOOK_EVERY_MS = 100;
const WRITES_PER_S = 500;

const VRRP = /Entering \w+ STATE/;
const UNFIT =
  /VRRP_Script\(\w+\) (failed|timed out)|Script `\w+` now (returning [1-9]|timed)|tracked file \w+ now FAULT/;
const ROLE = /MASTER MODE enabled|REPLICAOF \S+ enabled/;

interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the replica had no link to its master, or was being copied to. */
async function linkDowns({ redis }: Node, untilMs: number): Promise<readonly Interval[]> {
  const found: Interval[] = [];
  while (nowMs() < untilMs) {
    const fromMs = nowMs();
    const up = await redis.view().then(
      ({ linkUp }) => linkUp,
      // It is slow, by our own doing: that is no excuse.
      () => true,
    );
    await clockReaches(fromMs + LOOK_EVERY_MS);
    if (!up) found.push({ fromMs: fromMs - LOOK_EVERY_MS, toMs: nowMs() + AFTERWARDS_MS });
  }
  return found;
}

const matching = (lines: readonly OutputLine[], pattern: RegExp, sinceMs: number): readonly OutputLine[] =>
  lines.filter(({ atMs, text }) => atMs >= sinceMs && pattern.test(text));

/** The lines that nothing excuses; a return from an excused state is excused too. To take the address never is. */
function without(lines: readonly OutputLine[], excused: readonly Interval[]): readonly OutputLine[] {
  let wasExcused = false;
  return lines.filter(({ atMs, text }) => {
    if (text.includes('Entering MASTER STATE')) return true;
    const isReturn = wasExcused && text.includes('Entering BACKUP STATE');
    wasExcused = isReturn || excused.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
    return !wasExcused;
  });
}

/** What redisha itself said of it, in the words of its log. */
function reasons({ host }: Node): readonly string[] {
  const file = host.file('/var/log/redisha/redisha.log');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => / unfit /.test(line)).map((line) => `${host.name}: ${line}`);
}

/** One pair, for a while. */
async function watched(pair: Pair, column: string, minutes: number, seed: number): Promise<Sample> {
  const fromMs = nowMs();
  const untilMs = fromMs + minutes * 60_000;
  const [done, downs] = await Promise.all([
    disturb(pair, untilMs, seededRandom(seed)),
    linkDowns(pair.b, untilMs + AFTERWARDS_MS),
  ]);
  const wrong: string[] = [];
  const count = (pattern: RegExp): Readonly<{ alarms: number; excused: number }> => {
    let alarms = 0;
    let excused = 0;
    for (const node of [pair.a, pair.b]) {
      const lines = matching([...node.keepalived.lines, ...node.redis.lines], pattern, fromMs);
      const left = node === pair.b ? without(lines, downs) : lines;
      alarms += left.length;
      excused += lines.length - left.length;
      wrong.push(...left.map(({ atMs, text }) => `${node.host.name} after ${Math.round(atMs - fromMs)} ms: ${text}`));
    }
    return { alarms, excused };
  };
  const [vrrp, unfit, role] = [count(VRRP), count(UNFIT), count(ROLE)];
  const figures = {
    minutes,
    vrrpChanges: vrrp.alarms,
    unfitAnswers: unfit.alarms,
    roleChanges: role.alarms,
    unfitWhileCopied: vrrp.excused,
    ...done,
  };
  if (wrong.length > 0) wrong.push(...reasons(pair.a), ...reasons(pair.b));
  return { section: 'calm', what: 'disturbed', column, figures, ...(wrong.length === 0 ? {} : { wrong }) };
}

export async function calm({ profile, pairs, minutes }: CalmOptions, tell: Tell): Promise<readonly Sample[]> {
  const rigs: AddressRig[] = [];
  const loops = [];
  try {
    for (let count = 0; count < pairs; count += 1) {
      rigs.push(await onProfile(profile, { redisLines: ['enable-debug-command yes'] }));
    }
    // Not at once: their keepaliveds would start their checks at the same moments ever after, and a fork of one waits in the
    // kernel for the others' (dup_mmap, for the lock of a library's mapping). Hosts of their own share no kernel.
    for (const rig of rigs) await rig.start();
    const writers = await Promise.all(rigs.map((rig) => rig.writer({ writesPerS: WRITES_PER_S })));
    await Promise.all(writers.map((writer) => writer.ackedMore(WRITES_PER_S, 15_000)));
    loops.push(...burners());
    await clockReaches(nowMs() + QUIET_MS);
    const seed = Math.floor(nowMs());
    const found = await Promise.all(rigs.map(({ pair }, place) => watched(pair, profile, minutes, seed + place)));
    for (const { figures, wrong = [] } of found)
      tell([`${profile}: ${JSON.stringify(figures)}`, ...wrong].join('\n  '));
    return found;
  } finally {
    for (const loop of loops) loop.signal('SIGKILL');
    for (const rig of rigs) await rig.close();
  }
}
