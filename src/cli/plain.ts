/**
 * The command lines that keepalived runs, read without an argument parser: a check is started every few seconds, and while
 * a command starts clients wait for a master.
 */
import { commands } from '../commands.ts';
import { runCommand, takesWords } from './command.ts';
import type { Exit } from './exits.ts';
import { flagOf, type Options } from './option-kinds.ts';
import type { Runtime } from './runtime.ts';

interface Line {
  readonly words: readonly string[];
  readonly given: Readonly<Record<string, unknown>>;
}

/** `undefined` where the line has something that only the parser understands, or can complain of well. */
export const lineOf = (options: Options, args: readonly string[]): Line | undefined => {
  const names = new Map(Object.keys(options).map((name) => [flagOf(name), name]));
  const words: string[] = [];
  const given: Record<string, boolean | string> = {};
  const lists: Record<string, string[]> = {};
  const rest = args.values();
  for (const arg of rest) {
    if (!arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const name = names.get(arg);
    const kind = name === undefined ? undefined : options[name]?.kind;
    if (name === undefined || kind === undefined) return undefined;
    const value = kind === 'flag' ? undefined : rest.next().value;
    if (kind !== 'flag' && (value === undefined || value.startsWith('-'))) return undefined;
    if (kind === 'texts') (lists[name] ??= []).push(value ?? '');
    else given[name] = value ?? true;
  }
  return { words, given: { ...given, ...lists } };
};

/** How to run a command line of keepalived's; `undefined` where the parser is needed. */
export const plainRun = ([name, ...args]: readonly string[]): ((runtime: Runtime) => Promise<Exit>) | undefined => {
  const command = commands.find((one) => one.name === name);
  if (command?.isPlain !== true) return undefined;
  const line = lineOf(command.options, args);
  if (line === undefined || !takesWords(command, line.words.length)) return undefined;
  return (runtime) => runCommand(command, runtime, line.words, line.given);
};
