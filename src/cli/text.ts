/** How the commands for people put things: tables, sizes, ages, and text from elsewhere that may hold anything. */
import { isUtf8 } from 'node:buffer';
import { isatty } from 'node:tty';
import type { Colors } from 'picocolors/types.js';

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

/** Lines of `name value`, the names in a column. */
export const pairs = (rows: readonly (readonly [name: string, value: string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`.trimEnd()).join('\n');
};
