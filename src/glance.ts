/**
 * `status`, read without an argument parser. Monitoring calls it again and again, so that it is in the bundle of what keepalived
 * calls, where it finds most of its modules loaded; what only people call is in another.
 */
import { run } from './cli/commands/status.ts';
import type { Exit } from './cli/exits.ts';
import { exitOfError } from './cli/exits.ts';
import { valuesOf } from './cli/option-kinds.ts';
import { STATUS } from './cli/options.ts';
import { lineOf } from './cli/plain-line.ts';
import type { Signals } from './cli/runtime.ts';
import { knowsName } from './host/names.ts';
import { configuredIn } from './world/settings.ts';
import { openEachStatus, openStatus, placeMetrics } from './world/status.ts';
import { tell } from './world/tell.ts';

/** A pair may be left out; two words mean the configured one. */
const WORD_COUNTS: readonly number[] = [0, 2, 3];

/** Carries out `status` with these arguments; `undefined` where only the parser understands them. Never throws. */
export const runStatus = async (signals: Signals, args: readonly string[]): Promise<Exit | undefined> => {
  const line = lineOf(STATUS, args);
  if (line === undefined || !WORD_COUNTS.includes(line.words.length)) return undefined;
  const options = valuesOf(STATUS, line.given);
  const ofPair = { configured: configuredIn, openStatus, openEachStatus, placeMetrics };
  const runtime = { signal: signals.signal, signalExit: signals.signalExit, tell, knowsName, ...ofPair };
  try {
    return await run(runtime, line.words, options);
  } catch (error) {
    return exitOfError(error, options.json);
  }
};
