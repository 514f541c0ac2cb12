/** `history`: what was seen, decided and done, one line each. */
import type { JournalRecord } from '../../app/ports/rescues.ts';
import type { Step } from '../../core/steps.ts';
import { describeStep } from '../../core/steps.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { CommonOptions, PeoplesRuntime } from '../runtime.ts';
import { openColors, printable } from '../text.ts';

const COUNT = 20;
const COUNT_MAX = 1_000_000;
const DETAILS_MAX = 300;
/** What every entry has, and what only a program reads. */
const UNTOLD = new Set(['at', 'pid', 'event', 'version', 'seen', 'localBefore']);

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** An entry of another version may have a step that this one does not know. */
const stepText = (step: unknown): string => {
  try {
    return describeStep(step as Step);
  } catch {
    return text(step);
  }
};

const rest = (entry: JournalRecord): string => {
  const said = Object.entries(entry).filter(([name, value]) => !UNTOLD.has(name) && value !== undefined);
  const all = said.map(([name, value]) => `${name}=${text(value)}`).join(' ');
  return all.length > DETAILS_MAX ? `${all.slice(0, DETAILS_MAX)}…` : all;
};

/** One sentence for what the entry says. */
export const entryText = (entry: JournalRecord): string => {
  const { event, intent, rule, situation, why, step, tookMs, result, message } = entry;
  switch (event) {
    case 'plan':
      return `${text(intent)}: rule ${text(rule)}, ${text(situation)}: ${text(why)}`;
    case 'step':
      return `${stepText(step)} (${text(tookMs)} ms)`;
    case 'end': {
      const fired = rule === undefined ? '' : `rule ${text(rule)}, `;
      return `${text(intent)}: ${text(result)}: ${text(message)} (${fired}${text(tookMs)} ms)`;
    }
    default:
      return rest(entry);
  }
};

/** `2026-08-13T10:15:00.000Z` with a blank in the middle. */
export const timeText = (at: string): string => at.replace('T', ' ');

const countOf = (word: string | undefined): number => {
  if (word === undefined) return COUNT;
  const count = /^\d{1,7}$/.test(word) ? Number(word) : 0;
  if (count >= 1 && count <= COUNT_MAX) return count;
  throw new RedishaError('USAGE', `--last takes a number from 1 to ${String(COUNT_MAX)}, not "${word}"`, {
    hint: 'redisha history --help',
  });
};

export const runHistory = async (
  runtime: PeoplesRuntime,
  _words: readonly string[],
  options: CommonOptions,
  raw: Readonly<Record<string, unknown>>,
): Promise<Exit> => {
  const count = countOf(raw['last'] as string | undefined);
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
