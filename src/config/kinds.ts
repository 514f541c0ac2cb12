/** What the value of an option may be: one reader for each kind, for TOML values and for text alike. */
import { isAddress, parseEndpoint } from '../address.ts';
import type { Endpoint } from '../core/model.ts';
import { formatEndpoint } from '../core/model.ts';

export interface Kind<T> {
  /** Completes "needs ...", for errors and the documentation. */
  readonly expects: string;
  /** `undefined` where `raw` (a TOML value, or the text of a flag or a variable) is no such value. */
  readonly read: (raw: unknown) => T | undefined;
  /** The value as `config show` prints it. */
  readonly show: (value: T) => string;
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const UNIT_BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
const HOUR_MS = 3_600_000;

const unitOf = <U extends string>(units: Readonly<Record<U, number>>, name: string): number | undefined =>
  Object.hasOwn(units, name) ? units[name as U] : undefined;

/** The controls of Unicode, by their numbers: an expression for their name takes longer to compile than all else here. */
const isControl = (letter: string): boolean => letter < ' ' || (letter >= '\u007f' && letter <= '\u009f');

const textOf = (raw: unknown): string | undefined =>
  typeof raw === 'string' && raw !== '' && !Array.from(raw).some(isControl) ? raw : undefined;

const wholeOf = (raw: unknown): number | undefined => {
  const value = typeof raw === 'string' && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
};

export const text: Kind<string> = { expects: 'a text in quotes, such as "redisha"', read: textOf, show: String };

/** Never shown, never part of an error. */
export const secret: Kind<string> = {
  expects: 'a text in quotes',
  read: (raw) => (typeof raw === 'string' && raw !== '' ? raw : undefined),
  show: () => '(set)',
};

export const host: Kind<string> = {
  expects: 'a host name or an IP address without brackets, such as "10.0.0.2"',
  read: (raw) => {
    const name = textOf(raw);
    return name !== undefined && (isAddress(name) || /^[\w.-]+$/.test(name)) ? name : undefined;
  },
  show: String,
};

export const address: Kind<string> = {
  expects: 'an IP address, such as "10.0.0.100"',
  read: (raw) => {
    // keepalived writes its addresses with the length of the prefix.
    const name = textOf(raw)?.replace(/\/\d+$/, '');
    return name !== undefined && isAddress(name) ? name : undefined;
  },
  show: String,
};

export const port: Kind<number> = {
  expects: 'a port from 1 to 65535',
  read: (raw) => {
    const value = wholeOf(raw);
    return value !== undefined && value >= 1 && value <= 65_535 ? value : undefined;
  },
  show: String,
};

/** Where a server is reached. */
export const endpoint: Kind<Endpoint> = {
  expects: 'a host and its port, such as "10.0.0.3:6379" or "[fd00::3]:6379"',
  read: (raw) => parseEndpoint(textOf(raw) ?? ''),
  show: formatEndpoint,
};

export const count: Kind<number> = {
  expects: 'a whole number from 1 to 1000',
  read: (raw) => {
    const value = wholeOf(raw);
    return value !== undefined && value >= 1 && value <= 1_000 ? value : undefined;
  },
  show: String,
};

/** keepalived runs its scripts in `/`, so that nothing relative means anything. */
export const path: Kind<string> = {
  expects: 'a path that starts with "/"',
  read: (raw) => {
    const name = textOf(raw);
    return name?.startsWith('/') === true ? name : undefined;
  },
  show: String,
};

export const yesNo: Kind<boolean> = {
  expects: 'true or false',
  read: (raw) => {
    if (typeof raw === 'boolean') return raw;
    if (raw === 'true' || raw === 'yes' || raw === '1') return true;
    return raw === 'false' || raw === 'no' || raw === '0' ? false : undefined;
  },
  show: String,
};

const durationOf = (raw: unknown, minMs: number): number | undefined => {
  const [, digits, name] = typeof raw === 'string' ? (/^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(raw) ?? []) : [];
  if (digits === undefined || name === undefined) return undefined;
  const ms = Math.round(Number(digits) * (unitOf(UNIT_MS, name) ?? Number.NaN));
  return ms >= minMs && ms <= HOUR_MS ? ms : undefined;
};

const showDuration = (ms: number): string => (ms % 1_000 === 0 ? `${String(ms / 1_000)}s` : `${String(ms)}ms`);

/** In milliseconds. */
export const duration: Kind<number> = {
  expects: 'a duration with its unit, from "1ms" to "1h", such as "10s" or "300ms"',
  read: (raw) => durationOf(raw, 1),
  show: showDuration,
};

/** In milliseconds; none at all is allowed. */
export const grace: Kind<number> = {
  expects: 'a duration with its unit, from "0s" to "1h", such as "10s" or "300ms"',
  read: (raw) => durationOf(raw, 0),
  show: showDuration,
};

/** In bytes. */
export const size: Kind<number> = {
  expects: 'a size with its unit, such as "512MiB" or "10GiB"',
  read: (raw) => {
    const [, digits, name] = typeof raw === 'string' ? (/^(\d{1,9})(B|[KMGT]iB)$/.exec(raw) ?? []) : [];
    if (digits === undefined || name === undefined) return undefined;
    const bytes = Number(digits) * (unitOf(UNIT_BYTES, name) ?? Number.NaN);
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
  },
  show: (bytes) => {
    const [name, unit] = Object.entries(UNIT_BYTES).findLast(([, of]) => bytes % of === 0) ?? ['B', 1];
    return `${String(bytes / unit)}${name}`;
  },
};

export const choice = <const T extends string>(...values: readonly T[]): Kind<T> => ({
  expects: `one of ${values.map((value) => `"${value}"`).join(', ')}`,
  read: (raw) => values.find((value) => value === raw),
  show: String,
});

/** Redis commands by the name that the server knows them by. */
export const renames: Kind<Readonly<Record<string, string>>> = {
  expects: 'a table of command names, such as { FAILOVER = "x1" }',
  read: (raw) => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
    const pairs = Object.entries(raw).map(([command, name]) => [command.toUpperCase(), textOf(name)] as const);
    const known = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
    return known.length === pairs.length ? Object.fromEntries(known) : undefined;
  },
  // A renamed command is a secret of sorts: its new name is its password.
  show: (value) => Object.keys(value).join(', '),
};
