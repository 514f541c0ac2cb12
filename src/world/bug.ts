/** An end that keepalived would tell nobody, in the log. */
import type { Log } from '../app/ports.ts';
import { VERSION } from '../cli/build.ts';
import type { Exit } from '../cli/exits.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import { isPort } from '../cli/words.ts';
import { EXIT } from '../errors.ts';
import { systemClock } from '../host/clock.ts';
import { within } from '../host/deadline.ts';
import { openJournal } from '../host/journal.ts';
import type { Place } from '../host/paths.ts';
import { isKnown } from '../host/paths.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { isStartedByKeepalived } from '../host/keepalived-process.ts';
import { isToldBefore } from '../host/told-once.ts';
import { logFor, settingsInAnyCase } from './log.ts';

const valuesOf = (args: readonly string[], flag: string): readonly string[] =>
  args.flatMap((arg, at) => {
    if (arg === flag) return args.slice(at + 1, at + 2);
    return arg.startsWith(`${flag}=`) ? [arg.slice(flag.length + 1)] : [];
  });

/** The options that say where the log is. */
const optionsOf = (args: readonly string[]): CommonOptions => ({
  config: valuesOf(args, '--config')[0],
  option: valuesOf(args, '--option'),
  verbose: false,
});

interface Opened {
  readonly log: Log;
  /** True afterwards: the journal of the pair says so too, where there is one. */
  readonly note: (words: string) => Promise<void>;
}

const openFor = async (args: readonly string[], port: string | undefined): Promise<Opened> => {
  const options = optionsOf(args);
  const settings = await settingsInAnyCase(options, port === undefined ? {} : { port });
  const log = await logFor(settings, options, args[0] ?? 'redisha');
  const place: Place = { stateDir: settings.files.stateDir, port: Number(port) };
  const note = async (words: string): Promise<void> => {
    // What makes a pair known is not to come of a command that failed.
    if (port === undefined || !isKnown(place)) return;
    const journal = openJournal({ ...place, version: VERSION, clock: systemClock, log });
    await journal.append({ event: 'bug', command: args[0], words });
  };
  return { log, note };
};

/** A disk that hangs must not keep a process alive that has ended. */
const LOG_MS = 1_000;

/**
 * True afterwards: the log, and for a bug the journal of the pair, says that the command `args` ended with a bug, or with a mistake in a line of keepalived.conf, and how.
 * keepalived throws away what its scripts print, so that nobody would hear of it otherwise. Rejects where the log cannot be opened.
 */
export const logEnd = async (args: readonly string[], { code, stderr }: Exit): Promise<void> => {
  const isBug = code === EXIT.bug;
  if (!isBug && !isStartedByKeepalived()) return;
  // A check is started again and again. Its parent is the process of keepalived that read the line.
  if (!isBug && isToldBefore(RUN_DIRECTORY, `${String(process.ppid)} ${args[0] ?? ''} ${stderr}`)) return;
  const port = args.findLast(isPort);
  const words = isBug ? stderr.trimEnd() : stderr.trimEnd().split('\n', 2).join('; ');
  const opening = openFor(args, port);
  const opened = await within(LOG_MS, opening, undefined);
  if (opened === undefined) throw new Error(`not opened within ${String(LOG_MS)} ms`);
  opened.log.error(isBug ? 'bug' : 'usage', { port, words });
  if (isBug) await within(LOG_MS, opened.note(words), undefined);
};
