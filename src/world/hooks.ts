/** `on_event` with real programs. */
import { hostname } from 'node:os';
import type { PeoplesHooks } from '../app/hooks.ts';
import { openHooks } from '../app/hooks.ts';
import type { LastCheck, Log } from '../app/ports.ts';
import type { PairWords } from '../cli/words.ts';
import type { Settings } from '../config/settings.ts';
import type { ForPeople } from '../core/history/people.ts';
import { heardBefore } from '../core/history/people.ts';
import { after, systemClock } from '../host/clock.ts';
import type { HookProgram } from '../host/hook.ts';
import { runHook, whyNotRun } from '../host/hook.ts';

/** Of every event; a field that is added leaves it as it is. */
const FORMAT = 1;

/** One line: what a program reads to the end of the line and what it reads to the end of the input are the same. */
const inputOf = ({ event, at, says, fields }: ForPeople, { local, peer, port }: PairWords): string => {
  const host = hostname();
  const sentence = `redisha on ${host}, port ${String(port)}: ${says}`;
  return `${JSON.stringify({ format: FORMAT, event, at, host, port, local, peer, says: sentence, ...fields })}\n`;
};

export interface HooksFor {
  readonly settings: Settings;
  readonly pair: PairWords;
  readonly log: Log;
  /** What an earlier process has found; nobody is told of it again. */
  readonly last: LastCheck | undefined;
  /**
   * Whoever stays says at once that the program cannot be run. A command has a server to promote first, and the program may lie
   * on a disk that does not answer.
   */
  readonly stays: boolean;
}

const complained = async (program: HookProgram, log: Log): Promise<void> => {
  const why = await whyNotRun(program);
  if (why !== undefined) log.warn('hook-failed', { why });
};

/** `path` is the program of `on_event`. */
export const hooksOf = (path: string, { settings, pair, log, last, stays }: HooksFor): PeoplesHooks => {
  const { onEventTimeoutMs: timeoutMs, stateDir } = settings.files;
  const program = { path, timeoutMs, timeoutKey: 'on_event_timeout', ownedBy: stateDir };
  if (stays) void complained(program, log);
  return openHooks({
    clock: systemClock,
    after,
    log,
    before: heardBefore(last),
    run: (event) => runHook(program, inputOf(event, pair)),
  });
};
