/** What a command is: its words and options, what it tells of itself, and where its code is. `src/commands.ts` has them all. */
import type { Exit } from './exits.ts';
import { type Options, type Values, valuesOf } from './option-kinds.ts';
import type { PeoplesRuntime, Runtime } from './runtime.ts';

export interface WordSpec {
  readonly name: string;
  readonly doc: string;
  /** Everything that it may be, where that is a short list. */
  readonly values?: readonly string[];
  /** The one before may be said again and again. */
  readonly repeats?: boolean;
}

/** The code of a command. */
type Run<R, V> = (runtime: R, words: readonly string[], options: V) => Promise<Exit>;

interface Shape<O extends Options> {
  readonly name: string;
  readonly summary: string;
  /** The words that the command takes, all of them unless the next two say otherwise. */
  readonly words: readonly WordSpec[];
  /** All of the words, or none. */
  readonly orNone?: boolean;
  /** Where the last words may be left out: how many must be there. The command judges the rest. */
  readonly least?: number;
  readonly options: O;
  /** Who or what calls it. */
  readonly calledBy: string;
  /** What is true when it exits 0. */
  readonly done: string;
  /** What else an operator should know. */
  readonly details: string;
  /** Whole command lines, to be copied. */
  readonly examples: readonly [string, ...string[]];
  /** The scripts of the articles that it stands for where the executable is called by their name. */
  readonly legacyNames?: readonly string[];
  /** A command releases what it holds and ends. This one has nothing to release, or stays where only a terminal is gone. */
  readonly signals?: 'dies' | 'outlives SIGHUP';
  /** The exit code is the answer, whether or not somebody reads the words. */
  readonly isVerdict?: boolean;
}

interface Declared<O extends Options, R, V = Values<O>> extends Shape<O> {
  readonly load: () => Promise<Run<R, V>>;
}

/** What keepalived runs starts without an argument parser. The code takes the values of the command's own options. */
export interface PlainCommand extends Declared<Options, Runtime, never> {
  readonly isPlain: true;
}

export interface PeoplesCommand extends Declared<Options, PeoplesRuntime, never> {
  readonly isPlain: false;
}

export type Command = PlainCommand | PeoplesCommand;

export const forKeepalived = <O extends Options>(command: Declared<O, Runtime>): PlainCommand => ({
  ...command,
  isPlain: true,
});

export const forPeople = <O extends Options>(command: Declared<O, PeoplesRuntime>): PeoplesCommand => ({
  ...command,
  isPlain: false,
});

/** Runs the code of `command`. `given` has what the command line says of its options. */
export const runCommand = async <R extends Runtime>(
  command: Declared<Options, R, never>,
  runtime: R,
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<Exit> => (await command.load())(runtime, words, valuesOf(command.options, given) as never);

/** How many words a command takes at least and at most, where it gets any. */
export const wordCounts = ({ words, least = words.length }: Command): readonly [least: number, most: number] => [
  least,
  words.some(({ repeats }) => repeats === true) ? Number.POSITIVE_INFINITY : words.length,
];

/** Whether a command takes that many words. None, or two of three, mean the configured pair where a pair may be left out. */
export const takesWords = (command: Command, count: number): boolean => {
  const [least, most] = wordCounts(command);
  if (count >= least && count <= most) return true;
  return command.orNone === true && (count === 0 || (count === 2 && command.words.length === 3));
};

/** The words in one line, those that may be left out in brackets. */
export const usageOf = ({ words, least = words.length }: Command): string =>
  words.map(({ name, repeats }, index) => (index < least || repeats === true ? name : `[${name}]`)).join(' ');

/** The command that a script of this name stands for. */
export const commandOfScript = (commands: readonly Command[], name: string): string | undefined =>
  commands.find(({ legacyNames }) => legacyNames?.includes(name))?.name;
