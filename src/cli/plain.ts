/**
 * The command lines that keepalived runs, read without an argument parser: a check is started every few seconds, and while
 * a command starts clients wait for a master.
 */
import { commands } from '../commands.ts';
import { runCommand, takesWords } from './command.ts';
import type { Exit } from './exits.ts';
import { lineOf } from './plain-line.ts';
import type { Runtime } from './runtime.ts';

/** How to run a command line of keepalived's; `undefined` where the parser is needed. */
export const plainRun = ([name, ...args]: readonly string[]): ((runtime: Runtime) => Promise<Exit>) | undefined => {
  const command = commands.find((one) => one.name === name);
  if (command?.isPlain !== true) return undefined;
  const line = lineOf(command.options, args);
  if (line === undefined || !takesWords(command, line.words.length)) return undefined;
  return (runtime) => runCommand(command, runtime, line.words, line.given);
};
