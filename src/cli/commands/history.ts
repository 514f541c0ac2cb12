/** `history`: what was seen, decided and done, one line each. */
import { EXIT, RedishaError } from '../../errors.ts';
import { entryText, timeText } from '../entry.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { HistoryOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import { openColors, printable } from '../text.ts';

const COUNT = 20;
const COUNT_MAX = 1_000_000;

const countOf = (word: string | undefined): number => {
  if (word === undefined) return COUNT;
  const count = /^\d{1,7}$/.test(word) ? Number(word) : 0;
  if (count >= 1 && count <= COUNT_MAX) return count;
  throw new RedishaError('USAGE', `--last takes a number from 1 to ${String(COUNT_MAX)}, not "${word}"`, {
    hint: 'redisha history --help',
  });
};

export const run = async (
  runtime: PeoplesRuntime,
  _words: readonly string[],
  options: HistoryOptions,
): Promise<Exit> => {
  const count = countOf(options.last);
  const entries = await (await runtime.openHistory(options)).last(count);
  if (options.json) return exitWith(EXIT.done, JSON.stringify({ entries }));
  if (entries.length === 0) return exitWith(EXIT.done, 'nothing has happened yet');
  const colors = await openColors();
  const width = Math.max(...entries.map(({ event }) => event.length));
  const lines = entries.map((entry) => {
    const failed = entry.event === 'end' && entry['exitCode'] !== EXIT.done;
    const line = `${printable(entry.event).padEnd(width)}  ${printable(entryText(entry))}`;
    return `${colors.dim(timeText(printable(entry.at)))}  ${failed ? colors.yellow(line) : line}`;
  });
  return exitWith(EXIT.done, lines.join('\n'));
};
