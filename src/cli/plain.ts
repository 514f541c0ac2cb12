/**
 * The command lines that keepalived runs, told from the rest without an argument parser: a check is started every few
 * seconds, and while a command starts clients wait for a master.
 */
import type { Exit } from './exits.ts';
import type { ChangeOptions, CheckOptions, Runtime } from './runtime.ts';

type Run = (runtime: Runtime) => Promise<Exit>;

const PLAIN = { config: undefined, option: [], verbose: false, json: false } as const;
const CHECK: CheckOptions = { ...PLAIN, for: undefined };
const CHANGE: ChangeOptions = { ...PLAIN, dryRun: false, force: false, heal: false };

const areWords = (words: readonly string[], ...counts: readonly number[]): boolean =>
  counts.includes(words.length) && words.every((word) => !word.startsWith('-'));

const plainCheck = (words: readonly string[], options: CheckOptions): Run | undefined =>
  areWords(words, 0, 2)
    ? async (runtime) => (await import('./commands/check.ts')).runCheck(runtime, words, options)
    : undefined;

/** A check starts a repair with `--heal` behind the words, and the generated keepalived.conf has it before them. */
const plainChange = (command: 'master' | 'backup', args: readonly string[]): Run | undefined => {
  const words = args.filter((word) => word !== '--heal');
  if (!areWords(words, 0, 2, 3)) return undefined;
  const options = { ...CHANGE, heal: words.length < args.length };
  return async (runtime) => (await import('./commands/change.ts')).runChange(runtime, command, words, options);
};

/** How to run a command with no options but those that keepalived.conf has, in that order; `undefined` where an argument parser is needed. */
export const plainRun = ([command, ...args]: readonly string[]): Run | undefined => {
  const [flag, value, ...rest] = args;
  switch (command) {
    case 'check':
      if (flag === '--for' && value !== undefined) return plainCheck(rest, { ...CHECK, for: value });
      return plainCheck(args, CHECK);
    case 'watch':
      if (args.length < 3 || args.some((word) => word.startsWith('-'))) return undefined;
      return async (runtime) => (await import('./commands/watch.ts')).runWatch(runtime, args, PLAIN);
    case 'master':
    case 'backup':
      return plainChange(command, args);
    case 'fault':
      if (!areWords(args, 0, 2, 3)) return undefined;
      return async (runtime) => (await import('./commands/change.ts')).runFault(runtime, args, CHANGE);
    case 'stop':
      if (!areWords(args, 0, 2, 3)) return undefined;
      return async (runtime) => (await import('./commands/record.ts')).runStop(runtime, args, CHANGE);
    default:
      return undefined;
  }
};
