/** `pause --for 2h --reason "…"`: redisha changes nothing on this host until then. */
import type { Paused } from '../../core/marks.ts';
import { describePaused, PAUSE_MAX_MS } from '../../core/marks.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { forEach, labelOf, pairsOfHost, reasonIn } from '../maintenance.ts';
import { msOfLength } from '../moments.ts';
import type { PauseOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import type { PairWords } from '../words.ts';

const LENGTH = /^(\d{1,5})([smh])$/;

const usage = (message: string): RedishaError =>
  new RedishaError('USAGE', message, { hint: 'redisha pause --for 2h --reason "new switch"' });

/** @throws {RedishaError} USAGE */
export const pauseMsOf = (text: string | undefined): number => {
  const ms = msOfLength(LENGTH, text ?? '');
  if (ms !== undefined && ms >= 1_000 && ms <= PAUSE_MAX_MS) return ms;
  throw usage('pause takes --for TIME, from 1s to 24h, such as 90m or 2h: a pause ends by itself');
};

/** Never undefined: whoever finds the pair paused wants to know why. @throws {RedishaError} USAGE */
const reasonOf = (text: string | undefined): string => {
  const reason = reasonIn(text, 'pause');
  if (reason !== undefined) return reason;
  throw usage('pause takes --reason TEXT: whoever finds the pair paused wants to know why');
};

const pauseOne = async (
  runtime: PeoplesRuntime,
  pair: PairWords,
  options: PauseOptions,
  said: { readonly forMs: number; readonly why: string },
): Promise<Exit> => {
  const { by, now, wallIso, pause, note, commandRunning } = await runtime.openMarks('pause', pair, options);
  const { boot, nowMs, wallMs } = now();
  const untilWallMs = wallMs + said.forMs;
  const paused: Paused = {
    by,
    at: wallIso(wallMs),
    ...said,
    boot,
    sinceMs: nowMs,
    until: wallIso(untilWallMs),
    untilWallMs,
  };
  await pause(paused);
  await note('paused', { by, why: said.why, until: paused.until });
  const isRunning = await commandRunning();
  const notes = [
    `the other node is not paused: type the same on ${pair.peer}. Its status says that this one is, where redisha watch runs here`,
    ...(isRunning ? ['a command that began before is still at work, and ends by itself'] : []),
  ];
  if (options.json) return exitWith(EXIT.done, JSON.stringify({ command: 'pause', port: pair.port, ...paused, notes }));
  return exitWith(
    EXIT.done,
    [
      `redisha ${labelOf('pause', pair)}: this node is ${describePaused(paused)}`,
      'Until then redisha records what keepalived says and changes no role; the verdict stays as it is now. It ends by itself, or with "redisha resume".',
      ...notes.map((one) => `note: ${one}`),
    ].join('\n'),
  );
};

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: PauseOptions): Promise<Exit> => {
  const said = { forMs: pauseMsOf(options.for), why: reasonOf(options.reason) };
  const pairs = await pairsOfHost(runtime, words, 'pause', options);
  return forEach(pairs, options.json, (pair) => pauseOne(runtime, pair, options, said));
};
