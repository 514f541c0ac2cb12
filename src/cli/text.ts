/** How the commands for people put things: tables, sizes, ages, and text from elsewhere that may hold anything. */
import { isUtf8 } from 'node:buffer';
import { isatty } from 'node:tty';
import type { Colors } from 'picocolors/types.js';

export type { Colors } from 'picocolors/types.js';

/** Colours on a terminal only, and not where NO_COLOR is set. Source: no-color.org. */
export const openColors = async (): Promise<Colors> => {
  const { default: colors } = await import('picocolors');
  return colors.createColors(isatty(1) && (process.env['NO_COLOR'] ?? '') === '');
};

/** Text without the control characters that a terminal would obey. */
export const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '�');

/** `database/key`; a key that is no UTF-8 in hexadecimal, as the sidecar has it. */
export const keyName = (database: number, key: Buffer): string =>
  `${String(database)}/${isUtf8(key) ? key.toString() : `0x${key.toString('hex')}`}`;

export const formatBytes = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? String(value) : value.toFixed(1)} ${units[step] ?? ''}`;
};

export const formatAge = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(0)} h` : `${(seconds / 86_400).toFixed(0)} d`;
};

/** `1 key`, `2 keys`. */
export const plural = (count: number, one: string): string => `${String(count)} ${one}${count === 1 ? '' : 's'}`;

/** Columns without borders, so that the lines can be cut and searched. */
export const table = async (head: readonly string[], rows: readonly (readonly string[])[]): Promise<string> => {
  const { default: Table } = await import('cli-table3');
  const none = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
      ['', '-mid', '-left', '-right'].map((end) => [`${side}${end}`, '']),
    ),
  );
  const drawn = new Table({
    chars: { ...none, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  drawn.push([...head], ...rows.map((row) => row.map(printable)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** Of a terminal, and of every line for one. */
export const WIDTH = 80;

/** For a person at a terminal; a program that reads lines gets each sentence as one. */
export const lineWidth = (): number => (isatty(1) ? WIDTH : Number.POSITIVE_INFINITY);

/** The text in lines of at most `width`, all but the first of them `indent` further in. A word is never cut. */
export const hanging = (text: string, indent: number, width: number = lineWidth()): string => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word}`;
    } else line = longer;
  }
  return [...lines, line].join('\n');
};

/** Lines of `name value`, the names in a column. */
export const pairs = (
  rows: readonly (readonly [name: string, value: string])[],
  width: number = Number.POSITIVE_INFINITY,
): string => {
  const column = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, value]) => hanging(`${name.padEnd(column)}  ${printable(value)}`.trimEnd(), column + 2, width))
    .join('\n');
};
