/** The command line of everything but a plain check: commander, built from the specs. */
import { Command, CommanderError, Option } from 'commander';
import { EXIT, RedishaError } from '../errors.ts';
import { versionLine } from './build.ts';
import { runChange, runFault, runNotify, runPromote } from './commands/change.ts';
import { runCheck } from './commands/check.ts';
import { runConfig } from './commands/config.ts';
import { runWatch } from './commands/watch.ts';
import { runStop } from './commands/record.ts';
import type { Exit } from './exits.ts';
import { exitOfError, exitWith } from './exits.ts';
import type { ChangeOptions, CheckOptions, PeoplesRuntime } from './runtime.ts';
import type { CommandSpec } from './spec.ts';
import { commandSpecs } from './spec.ts';
import { assertWords } from './words.ts';

type Options = ChangeOptions & CheckOptions;
/** `raw` is for the options that only one command has. */
type Run = (
  runtime: PeoplesRuntime,
  words: readonly string[],
  options: Options,
  raw: Readonly<Record<string, unknown>>,
) => Promise<Exit>;

const RUNS: Readonly<Record<string, Run>> = {
  check: runCheck,
  watch: runWatch,
  master: (runtime, words, options) => runChange(runtime, 'master', words, options),
  backup: (runtime, words, options) => runChange(runtime, 'backup', words, options),
  fault: runFault,
  stop: runStop,
  notify: runNotify,
  promote: runPromote,
  config: runConfig,
  status: async (runtime, words, options) => (await import('./commands/status.ts')).runStatus(runtime, words, options),
  forget: async (runtime, words, options) => (await import('./commands/forget.ts')).runForget(runtime, words, options),
  history: async (...args) => (await import('./commands/history.ts')).runHistory(...args),
  rescue: async (...args) => (await import('./commands/rescue.ts')).runRescue(...args),
};

const optionsOf = (raw: Record<string, unknown>): Options => ({
  for: raw['for'] as string | undefined,
  config: raw['config'] as string | undefined,
  option: (raw['option'] as readonly string[] | undefined) ?? [],
  verbose: raw['verbose'] === true,
  json: raw['json'] === true,
  dryRun: raw['dryRun'] === true,
  force: raw['force'] === true,
  heal: raw['heal'] === true,
});

const wordsUsage = ({ words, wordsOptional, wordsLeast = words.length }: CommandSpec): string => {
  const names = words.map(({ name }, index) => (index < wordsLeast ? name : `[${name}]`)).join(' ');
  return wordsOptional ? `[${names}]` : names;
};

const wordsHelp = ({ words }: CommandSpec): string =>
  words.map(({ name, doc }) => `  ${name.padEnd(10)} ${doc}`).join('\n');

/** `--option` may stand several times; every other option once. */
const optionOf = (flags: string, doc: string): Option => {
  const option = new Option(flags, doc);
  return option.attributeName() === 'option'
    ? option.argParser<readonly string[] | undefined>((value, before) => [...(before ?? []), value])
    : option;
};

const addCommand = (
  program: Command,
  spec: CommandSpec,
  started: (run: () => Promise<Exit>, json: boolean) => void,
  runtime: PeoplesRuntime,
): void => {
  const command = program.command(spec.name).summary(spec.summary);
  command
    .description(`${spec.summary}\n\n${spec.details}`)
    .usage(`[options] ${wordsUsage(spec)}`)
    .argument('[words...]')
    .configureHelp({ visibleArguments: () => [] })
    .addHelpText('after', spec.words.length === 0 ? '' : `\nWords:\n${wordsHelp(spec)}`)
    .allowExcessArguments();
  for (const { flags, doc } of spec.options) command.addOption(optionOf(flags, doc));
  command.action((words: string[], raw: Record<string, unknown>) => {
    const options = optionsOf(raw);
    started(() => {
      const { wordsLeast = spec.words.length } = spec;
      const wanted = spec.words.slice(0, Math.max(wordsLeast, words.length)).map(({ name }) => name);
      assertWords(words, wanted, spec.name, spec.wordsOptional);
      const run = RUNS[spec.name];
      if (run === undefined) throw new Error(`${spec.name} has a spec and no code`);
      return run(runtime, words, options, raw);
    }, options.json);
  });
};

const build = (
  runtime: PeoplesRuntime,
  started: (run: () => Promise<Exit>, json: boolean) => void,
  print: (text: string) => void,
): Command => {
  const program = new Command('redisha')
    .description('Keeps a Redis pair highly available behind keepalived, without losing data.')
    .version(versionLine(), '-V, --version', 'print version, commit and Node')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined });
  for (const spec of commandSpecs) addCommand(program, spec, started, runtime);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  return program;
};

/** Commander's own errors, in our words and with our exit code. */
const exitOfCommander = (error: CommanderError, printed: string, args: readonly string[]): Exit => {
  if (error.exitCode === 0) return exitWith(EXIT.done, printed.trimEnd());
  if (error.code === 'commander.help') return exitWith(EXIT.usage, '', printed.trimEnd());
  const message = error.message.replace(/^error: /, '');
  const { name } = commandSpecs.find((spec) => spec.name === args[0]) ?? { name: undefined };
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
