/**
 * Whether the words of a command line in keepalived.conf fit the command that they are for, judged without running it. It is
 * what `meant.ts` makes of them where keepalived runs it.
 */
import { commands } from '../commands.ts';
import type { CallSaid } from '../core/doctor/facts.ts';
import { RedishaError } from '../errors.ts';
import { type Command, commandOfScript, takesWords, usageOf } from './command.ts';
import { isNamed, isPort, parseCheck, parsePairs, parseWatch } from './words.ts';

/** What keepalived adds to the words of its line. */
export const ADDED: Readonly<Record<string, readonly string[]>> = {
  watch: ['/run/redisha/fifo'],
  notify: ['INSTANCE', 'NAME', 'BACKUP', '100'],
};

/** The names that the host itself knows; `undefined` where that is another host. */
type KnowsName = ((name: string) => boolean) | undefined;

const parsed = <T>(parse: () => T): T | undefined => {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RedishaError) return undefined;
    throw error;
  }
};

const fitOfCheck = (words: readonly string[], knowsName: KnowsName): CallSaid['fits'] => {
  const [host = '', port = ''] = words;
  const knows = knowsName ?? ((name: string) => name === 'localhost');
  const at = parsed(() => parseCheck(words));
  if (at !== undefined && isNamed(at.host, knows)) return 'right';
  return isNamed(host, knows) && isPort(port) ? 'wrong' : 'configured';
};

const fitOf = (command: Command, words: readonly string[], knowsName: KnowsName): CallSaid['fits'] => {
  const { name } = command;
  const all = [...words, ...(ADDED[name] ?? [])];
  if (name === 'watch') return parsed(() => parseWatch(all)) === undefined ? 'wrong' : 'right';
  if (['fault', 'stop'].includes(name) && words.length === 0) return 'right';
  if (!takesWords(command, all.length)) return 'wrong';
  if (name === 'check') return fitOfCheck(words, knowsName);
  if (words.length < 3) return 'configured';
  const [pair] = parsed(() => parsePairs(words, name)) ?? [];
  if (pair === undefined) return 'wrong';
  const isKnown = knowsName === undefined || [pair.local, pair.peer].every((host) => isNamed(host, knowsName));
  return isKnown ? 'right' : 'configured';
};

/** `program` is the executable, or a script of the article's name. */
export const judgeCall =
  (knowsName: KnowsName) =>
  (program: string, said: readonly string[]): Pick<CallSaid, 'command' | 'fits' | 'takes' | 'words'> => {
    const legacy = commandOfScript(commands, program.slice(program.lastIndexOf('/') + 1));
    const [first = '', ...rest] = said;
    const words = (legacy === undefined ? rest : said).filter((word) => !word.startsWith('-'));
    const command = legacy ?? first;
    const known = commands.find(({ name }) => name === command);
    if (known === undefined) return { command, words, fits: 'wrong', takes: 'COMMAND LOCAL PEER PORT' };
    const takes = usageOf(known)
      .replace(/ KIND NAME STATE PRIORITY$/, '')
      .replace(/ FIFO$/, '');
    // "check --for read" is called by LVS, and with an option that has a value nothing is claimed.
    const hasValues = said.some((word) => word.startsWith('--') && word !== '--heal');
    return { command, words, takes, fits: hasValues ? 'right' : fitOf(known, words, knowsName) };
  };
