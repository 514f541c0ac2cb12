/** Where the value of an option may come from, and how a wrong one is told of. */
import { RedishaError } from '../errors.ts';
import { type FlagKey, type Key, KEYS, SCHEMA, type Values, variablesOf } from './schema.ts';

/** One place that options come from. Of several levels the first that says something wins. */
export interface Level {
  /** The place, as a person would look it up. */
  readonly nameOf: (key: Key) => string;
  /** The value as it stands there; `undefined` where this level says nothing. */
  readonly get: (key: Key) => unknown;
  readonly code: 'USAGE' | 'CONFIG_INVALID';
}

export interface Found<T> {
  readonly value: T;
  readonly level: Level;
}

export type Flags = Readonly<Partial<Record<FlagKey, string | boolean | undefined>>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export const flagsLevel = (flags: Flags): Level => ({
  nameOf: () => 'command line',
  get: (key) => (Object.hasOwn(flags, key) ? flags[key as FlagKey] : undefined),
  code: 'USAGE',
});

/** One level for each name that a variable may have, so that the first name wins. An empty variable says nothing. */
export const environmentLevels = (env: Environment): readonly Level[] => {
  // A variable is a call into C, and a check has no time for hundreds of them.
  const ours = new Map(Object.entries(env).filter(([name, value]) => name.startsWith('REDIS') && value !== ''));
  if (ours.size === 0) return [];
  return [0, 1].map((place) => ({
    nameOf: (key) => variablesOf(key)[place] ?? 'environment',
    get: (key) => ours.get(variablesOf(key)[place] ?? ''),
    code: 'CONFIG_INVALID',
  }));
};

/** A level that is a plain record: a table of the file, or what redis.conf says. */
export const recordLevel = (name: string, record: Readonly<Record<string, unknown>>): Level => ({
  nameOf: () => name,
  get: (key) => (Object.hasOwn(record, key) ? record[key] : undefined),
  code: 'CONFIG_INVALID',
});

export const defaultLevel: Level = {
  nameOf: () => 'default',
  get: (key) => SCHEMA[key].default,
  code: 'CONFIG_INVALID',
};

/** The defaults, read once and for all. */
const PRESETS: ReadonlyMap<Key, unknown> = new Map(
  KEYS.flatMap((key) => {
    const { default: preset, kind } = SCHEMA[key];
    return preset === undefined ? [] : [[key, kind.read(preset)]];
  }),
);

const wrong = (key: Key, raw: unknown, { nameOf, code }: Level): RedishaError => {
  // The value of a secret is not even told when it is wrong.
  const shown = key === 'password' ? '' : ` = ${typeof raw === 'bigint' ? String(raw) : JSON.stringify(raw)}`;
  return new RedishaError(code, `${nameOf(key)}: ${key}${shown} is wrong: it needs ${SCHEMA[key].kind.expects}`, {
    hint: 'redisha config show',
  });
};

/**
 * The value of one option and the level that it came from; `undefined` where no level says anything.
 * @throws {RedishaError} USAGE (command line) or CONFIG_INVALID when the first level that says something says no such value.
 */
export const find = <K extends Key>(key: K, levels: readonly Level[]): Found<NonNullable<Values[K]>> | undefined => {
  for (const level of levels) {
    const raw = level.get(key);
    if (raw === undefined) continue;
    const value = level === defaultLevel ? PRESETS.get(key) : SCHEMA[key].kind.read(raw);
    if (value === undefined) throw wrong(key, raw, level);
    // The table types each kind by its key; TypeScript cannot follow that through the index.
    return { value: value as NonNullable<Values[K]>, level };
  }
  return undefined;
};

/** The value of every option. @throws {RedishaError} as {@link find} does, for the first that is wrong. */
export const findAll = (levels: readonly Level[]): ReadonlyMap<Key, Found<unknown>> =>
  new Map(
    KEYS.flatMap((key) => {
      const found = find(key, levels);
      return found === undefined ? [] : [[key, found]];
    }),
  );
