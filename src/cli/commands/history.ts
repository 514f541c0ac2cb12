/** `history`: what was seen, decided and done on this host, one change as a whole, or why the role moved. */
import type { Dated } from '../../app/history.ts';
import { change, timeline, why } from '../../app/history.ts';
import type { HistoryReader } from '../../app/ports/rescues.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { Page } from '../history-text.ts';
import { chainJson, chainText, entriesJson, timelineText } from '../history-text.ts';
import { beginOfChange, readMoment, readSince } from '../moments.ts';
import type { HistoryOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import { lineWidth, openColors } from '../text.ts';

const COUNT = 20;
const COUNT_MAX = 1_000_000;

const usage = (message: string): RedishaError => new RedishaError('USAGE', message, { hint: 'redisha history --help' });

/** Without a word twenty; since a moment, everything. */
const countOf = ({ last, since }: HistoryOptions): number => {
  if (last === undefined) return since === undefined ? COUNT : COUNT_MAX;
  const count = /^\d{1,7}$/.test(last) ? Number(last) : 0;
  if (count >= 1 && count <= COUNT_MAX) return count;
  throw usage(`--last takes a number from 1 to ${String(COUNT_MAX)}, not "${last}"`);
};

const page = async (): Promise<Page> => ({ colors: await openColors(), width: lineWidth() });

const printed = async (entries: readonly Dated[], { json }: HistoryOptions, none: string): Promise<Exit> => {
  if (json) return exitWith(EXIT.done, entriesJson(entries));
  if (entries.length === 0) return exitWith(EXIT.done, none);
  return exitWith(EXIT.done, timelineText(entries, await page()));
};

const showChange = async (reader: HistoryReader, id: string | undefined, options: HistoryOptions): Promise<Exit> => {
  if (id === undefined) throw usage('history show takes the name of a change, as "redisha history" prints it');
  const beganMs = beginOfChange(id);
  const entries = beganMs === undefined ? [] : await change(reader, id, beganMs);
  if (entries.length > 0) return printed(entries, options, '');
  throw new RedishaError('USAGE', `the journal of this port has no change "${id}"`, {
    hint: 'redisha history names each change, such as 20261130T031204118Z; another port: --option port=6380',
  });
};

const showWhy = async (reader: HistoryReader, word: string | undefined, { json }: HistoryOptions): Promise<Exit> => {
  const moment = word === undefined ? undefined : readMoment(word, Date.now());
  if (word !== undefined && moment === undefined)
    throw usage(`history why takes a moment (UTC) or the name of a change, not "${word}"`);
  const chain = await why(reader, moment);
  if (chain !== undefined) return exitWith(EXIT.done, json ? chainJson(chain) : chainText(chain, await page()));
  if (moment === undefined) return exitWith(EXIT.done, json ? '' : 'neither the role nor the address has moved yet');
  throw new RedishaError('USAGE', `neither the role nor the address moved within ten minutes of ${String(word)}`, {
    hint: 'redisha history --since 1d',
  });
};

export const run = async (
  runtime: PeoplesRuntime,
  words: readonly string[],
  options: HistoryOptions,
): Promise<Exit> => {
  const [action, word] = words;
  const { since } = options;
  if (action !== undefined && (since !== undefined || options.last !== undefined))
    throw usage(`history ${action} takes neither --since nor --last`);
  const count = countOf(options);
  const sinceMs = since === undefined ? undefined : readSince(since, Date.now());
  const reader = await runtime.openHistory(options);
  switch (action) {
    case undefined:
      return printed(
        await timeline(reader, { sinceMs, count }),
        options,
        sinceMs === undefined ? 'nothing has happened yet' : 'nothing has happened since then',
      );
    case 'show':
      return showChange(reader, word, options);
    case 'why':
      return showWhy(reader, word, options);
    default:
      throw usage(`history takes show or why, not "${action}"`);
  }
};
