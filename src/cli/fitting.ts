/** Whether the words of a command line in keepalived.conf fit the command that they are for, judged without running it. */
import { isAddress } from '../address.ts';
import { commands } from '../commands.ts';
import type { CallSaid } from '../core/doctor/facts.ts';
import { RedishaError } from '../errors.ts';
import { commandOfScript, usageOf } from './command.ts';
import { assertWords, isPort, parsePairs, parseWatch } from './words.ts';

/** keepalived adds it to the words of `watch`. */
const FIFO = '/run/fifo';
const PAIR = ['LOCAL', 'PEER', 'PORT'];

const parses = (parse: () => unknown): boolean => {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof RedishaError) return false;
    throw error;
  }
};

/** A short name that only a name server could know may be anything, a password too. */
const isHost = (word: string): boolean => isAddress(word) || word.includes('.') || word === 'localhost';

const fitOfCheck = (words: readonly string[]): CallSaid['fits'] => {
  const [host = '', port = ''] = words;
  if (words.length === 2 && isHost(host) && isPort(port)) return 'right';
  return words.length === 0 || words.length === 2 ? 'configured' : 'wrong';
};

const fitOf = (command: string, words: readonly string[]): CallSaid['fits'] => {
  if (command === 'check') return fitOfCheck(words);
  if (command === 'watch') return parses(() => parseWatch([...words, FIFO])) ? 'right' : 'wrong';
  if (['fault', 'stop'].includes(command) && words.length === 0) return 'right';
  if (!parses(() => assertWords(words, PAIR, command, true))) return 'wrong';
  if (words.length < PAIR.length) return 'configured';
  return parses(() => parsePairs(words, command)) ? 'right' : 'wrong';
};

/** `program` is the executable, or a script of the article's name. */
export const judgeCall = (
  program: string,
  said: readonly string[],
): Pick<CallSaid, 'command' | 'fits' | 'takes' | 'words'> => {
  const name = program.slice(program.lastIndexOf('/') + 1);
  const legacy = commandOfScript(commands, name);
  const [first, ...rest] = said;
  const words = (legacy === undefined ? rest : said).filter((word) => !word.startsWith('-'));
  const command = legacy ?? first ?? '';
  const known = commands.find((one) => one.name === command);
  if (known === undefined) return { command, words, fits: 'wrong', takes: 'COMMAND LOCAL PEER PORT' };
  const takes = usageOf(known)
    .replace(/ KIND NAME STATE PRIORITY$/, '')
    .replace(/ FIFO$/, '');
  // "check --for read" is called by LVS, and with an option that has a value nothing is claimed.
  const hasValues = said.some((word) => word.startsWith('--') && word !== '--heal');
  return { command, words, takes, fits: hasValues ? 'right' : fitOf(command, words) };
};
