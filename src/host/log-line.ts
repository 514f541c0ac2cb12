/** A log line as people read it, and what no line may say. */
import { RedishaError } from '../errors.ts';
import { escaped } from '../printable.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
export type Fields = Readonly<Record<string, unknown>>;

export interface Line {
  readonly at: string;
  readonly level: Level;
  readonly command: string;
  readonly pid: number;
  readonly event: string;
  readonly fields: Fields;
}

/** `requirepass`, `masterauth`, `password_file`: rather one word too many. */
const SECRET_KEY = /pass|auth|secret/i;
const DEPTH_MAX = 6;

const safeValue = (value: unknown, depth: number): unknown => {
  if (value instanceof RedishaError) return `${value.code}: ${value.message}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEPTH_MAX) return '(too deep)';
  if (Array.isArray(value)) return value.map((item: unknown) => safeValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET_KEY.test(key) && item !== undefined ? '(hidden)' : safeValue(item, depth + 1),
    ]),
  );
};

/** The same fields with secrets hidden by the names of their keys, errors as text and nothing that JSON cannot say. */
export const hideSecrets = (fields: Fields): Fields => safeValue(fields, 0) as Fields;

const PLAIN = /^[ -~]*$/;

/**
 * What could make one value look like two, or one line like two: a blank, a quote, a control character. The classes of Unicode are
 * asked only where there is more than ASCII: the first use in a process takes some milliseconds.
 */
const isWord = (text: string): boolean => (PLAIN.test(text) ? /^[^ "=]+$/.test(text) : /^[^\s"=\p{C}]+$/u.test(text));

const valueText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return isWord(text) || typeof value === 'object' ? text : JSON.stringify(text);
};

/** `2026-01-02T03:04:05.678Z INFO master[1234] promoted rule=230 why="the peer is dead"`, with its line feed. */
export const textLine = ({ at, level, command, pid, event, fields }: Line): string => {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${valueText(value)}`);
  return `${escaped(`${at} ${level.toUpperCase()} ${command}[${String(pid)}] ${event}${pairs.join('')}`)}\n`;
};
