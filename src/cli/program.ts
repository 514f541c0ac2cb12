/** The command line of people: commander, built from the table of commands. */
import { Command as Parser, CommanderError, Option } from 'commander';
import { commands } from '../commands.ts';
import { EXIT, RedishaError } from '../errors.ts';
import { versionLine } from './build.ts';
import { type Command, runCommand, usageOf, wordCounts } from './command.ts';
import type { Exit } from './exits.ts';
import { exitOfError, exitWith } from './exits.ts';
import { flagOf, type OptionSpec } from './option-kinds.ts';
import type { PeoplesRuntime } from './runtime.ts';
import { assertWords } from './words.ts';

/** How a command is to be run, once the line is parsed; and whether its errors are wanted as JSON. */
type Started = (run: () => Promise<Exit>, json: boolean) => void;

const bare = (text: string): string => text.replaceAll('`', '');

const wordsHelp = ({ words }: Command): string =>
  words.map(({ name, doc }) => `  ${name.padEnd(10)} ${doc}`).join('\n');

const examplesHelp = ({ examples }: Command): string =>
  `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map((line) => `  ${line}`).join('\n')}`;

const describe = ({ summary, calledBy, done, details }: Command): string =>
  bare(`${summary}\n\nCalled by: ${calledBy}\nExits 0 when: ${done}\n\n${details}`);

/** A value that may be given again and again is added to those before; of others the last one counts. */
const optionOf = (name: string, spec: OptionSpec): Option => {
  const { kind, doc, short } = spec;
  const flags = `${short === undefined ? '' : `-${short}, `}${flagOf(name)}${kind === 'flag' ? '' : ` <${spec.value}>`}`;
  const option = new Option(flags, bare(doc));
  return kind === 'texts'
    ? option.argParser<readonly string[] | undefined>((value, before) => [...(before ?? []), value])
    : option;
};

const addCommand = (program: Parser, command: Command, started: Started, runtime: PeoplesRuntime): void => {
  const { name, summary, words: specs, orNone = false, options } = command;
  const parser = program.command(name).summary(summary);
  parser
    .description(describe(command))
    .usage(`[options] ${orNone ? `[${usageOf(command)}]` : usageOf(command)}`)
    .argument('[words...]')
    .configureHelp({ visibleArguments: () => [] })
    .addHelpText('after', `${specs.length === 0 ? '' : `\nWords:\n${wordsHelp(command)}\n`}${examplesHelp(command)}`)
    .allowExcessArguments();
  for (const [option, spec] of Object.entries(options)) parser.addOption(optionOf(option, spec));
  parser.action((words: string[], given: Record<string, unknown>) => {
    started(() => {
      const [least, most] = wordCounts(command);
      const wanted = specs.slice(0, Math.max(least, Math.min(most, words.length))).map((word) => word.name);
      if (words.length < least || words.length > most) assertWords(words, wanted, name, orNone);
      return runCommand(command, runtime, words, given);
    }, given['json'] === true);
  });
};

const build = (runtime: PeoplesRuntime, started: Started, print: (text: string) => void): Parser => {
  const program = new Parser('redisha')
    .description('Keeps a Redis pair highly available behind keepalived, without losing data.')
    .version(versionLine(), '-V, --version', 'print version, commit and Node')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined });
  for (const command of commands) addCommand(program, command, started, runtime);
  for (const parser of program.commands) parser.exitOverride().copyInheritedSettings(program);
  return program;
};

/** Commander's own errors, in our words and with our exit code. */
const exitOfCommander = (error: CommanderError, printed: string, args: readonly string[]): Exit => {
  if (error.exitCode === 0) return exitWith(EXIT.done, printed.trimEnd());
  if (error.code === 'commander.help') return exitWith(EXIT.usage, '', printed.trimEnd());
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (?:one of )?(.*)\?\)$/, '; did you mean $1?');
  const name = commands.find((command) => command.name === args[0])?.name;
  const hint = name === undefined ? 'redisha --help' : `redisha ${name} --help`;
  // What could not be parsed may still say how its reader wants to be told.
  return exitOfError(new RedishaError('USAGE', message, { hint }), args.includes('--json'));
};

/** Runs the command that `args` names (without the executable). Never throws. */
export const runProgram = async (runtime: PeoplesRuntime, args: readonly string[]): Promise<Exit> => {
  let printed = '';
  let chosen: { run: () => Promise<Exit>; json: boolean } | undefined;
  const program = build(
    runtime,
    (run, json) => {
      chosen = { run, json };
    },
    (text) => {
      printed += text;
    },
  );
  if (args.length === 0) return exitWith(EXIT.usage, '', program.helpInformation().trimEnd());
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return exitOfCommander(error, printed, args);
    throw error;
  }
  try {
    return chosen === undefined ? exitWith(EXIT.usage) : await chosen.run();
  } catch (error) {
    return exitOfError(error, chosen?.json ?? false);
  }
};
