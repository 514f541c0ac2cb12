/** A bug of ours, in the log. */
import type { CommonOptions } from '../cli/runtime.ts';
import { within } from '../host/deadline.ts';
import { logInAnyCase } from './log.ts';

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

const PORT = /^\d{1,5}$/;
/** A disk that hangs must not keep a process alive that has ended. */
const LOG_MS = 1_000;

/**
 * True afterwards: the log says that the command `args` ended with a bug, and how. keepalived throws away what its scripts
 * print, so that nobody would hear of it otherwise. Rejects where the log cannot be opened.
 */
export const logBug = async (args: readonly string[], words: string): Promise<void> => {
  const port = args.findLast((arg) => PORT.test(arg));
  const opening = logInAnyCase(optionsOf(args), port === undefined ? {} : { port }, args[0] ?? 'redisha');
  const log = await within(LOG_MS, opening, undefined);
  if (log === undefined) throw new Error(`not opened within ${String(LOG_MS)} ms`);
  log.error('bug', { port, words: words.trimEnd() });
};
