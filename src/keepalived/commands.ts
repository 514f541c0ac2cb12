/** The commands that keepalived.conf has keepalived call, and which of them are redisha's. */
import { isSameAddress } from '../address.ts';
import type { Place } from './lines.ts';
import type { KeepalivedConf, Statement } from './parse.ts';
import { children, last } from './statements.ts';

/** The executable, and the names of the article's scripts that it answers to. */
const OURS = /(?:^|\/)(?:redisha|redis_(?:check|master|backup|fault|stop|(?:master|backup)_(?:master|slave))\.sh)$/;

export interface Command {
  readonly keyword: string;
  /** With its words, as the file has it. */
  readonly command: string;
  /**
   * The words are outside of the quotes: keepalived takes the first two of them for a user and a group. Of a notify it then says
   * "Script user … does not exist" and never calls it; of a check it passes on none.
   */
  readonly isUnquoted: boolean;
  readonly at: Place;
}

/** Source: keepalived/lib/parser.c alloc_strvec_quoted_escaped: what commands are parted by, quotes of both kinds joining. */
const ARGUMENT = /(?:"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|\\[^]|[^\s"'\\])+/g;

export const argumentsOf = (text: string): readonly string[] =>
  (text.match(ARGUMENT) ?? []).map((word) =>
    word.replace(
      /"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'|\\([^])/g,
      (_, double?: string, single?: string, escaped?: string) =>
        (double ?? single)?.replace(/\\([^])/g, '$1') ?? escaped ?? '',
    ),
  );

const isName = (word: string | undefined): boolean => word === undefined || /^[A-Za-z_][\w-]*$/.test(word);

export const commandOf = ({ text, at }: Statement): Command => {
  const [keyword = '', command = '', user, group, ...more] = argumentsOf(text);
  return { keyword, command, isUnquoted: more.length > 0 || !isName(user) || !isName(group), at };
};

export const isOurs = (command: string): boolean => OURS.test(argumentsOf(command)[0] ?? '');

export const scriptCommand = (script: Statement): Command | undefined => {
  const said = last(script, 'script');
  return said === undefined ? undefined : commandOf(said);
};

/** The checks of redisha's in the file, tracked or not. */
export const checksIn = ({ statements }: KeepalivedConf): readonly (Command & { readonly name: string })[] =>
  children(statements, 'vrrp_script').flatMap((script) => {
    const command = scriptCommand(script);
    return command === undefined || !isOurs(command.command) ? [] : [{ ...command, name: script.words[1] ?? '' }];
  });

/** What the command is given, without what redisha itself is told to do. */
export const wordsFor = (command: string): readonly string[] => {
  const [program = '', ...said] = argumentsOf(command);
  const words = program.endsWith('/redisha') || program === 'redisha' ? said.slice(1) : said;
  return words.filter((word) => !word.startsWith('-'));
};

export const hasWords = (command: string, words: readonly string[]): boolean => {
  const said = wordsFor(command).flatMap((word) => word.split(','));
  return words.every((word) => said.some((one) => isSameAddress(one.replace(/^\[(.*)\]$/, '$1'), word)));
};
