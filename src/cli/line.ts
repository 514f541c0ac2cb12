/** A command line, run: without the parser of command lines where the line is plain, since most of a start would go into it. */
import { commands } from '../commands.ts';
import { runCommand, takesWords } from './command.ts';
import type { Exit } from './exits.ts';
import { exitOfError } from './exits.ts';
import { lineOf } from './plain-line.ts';
import type { PeoplesRuntime } from './runtime.ts';

/** Carries out any command line (without the executable). Never throws. */
export const runLine = async (runtime: PeoplesRuntime, args: readonly string[]): Promise<Exit> => {
  const [name, ...rest] = args;
  const command = commands.find((one) => one.name === name);
  const line = command === undefined ? undefined : lineOf(command.options, rest);
  if (command === undefined || line === undefined || !takesWords(command, line.words.length))
    return (await import('./program.ts')).runProgram(runtime, args);
  try {
    return await runCommand(command, runtime, line.words, line.given);
  } catch (error) {
    return exitOfError(error, line.given['json'] === true);
  }
};
