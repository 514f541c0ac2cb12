/** redisha.toml: which tables it has and that every key in it is one of ours. What the values are is for the kinds. */
import { statSync } from 'node:fs';
import { nearest } from '../core/nearest.ts';
import { RedishaError } from '../errors.ts';
import { readOwnText } from '../host/own-file.ts';
import { isKey, KEYS } from './schema.ts';

export const DEFAULT_FILE = '/etc/redisha/redisha.toml';

type Table = Readonly<Record<string, unknown>>;

export interface ConfigFile {
  readonly path: string;
  readonly top: Table;
  /** `[instance.6380]`: what is different for one port. */
  readonly instances: ReadonlyMap<number, Table>;
  /** Whether anybody but the owner may read the file. */
  readonly readableByOthers: boolean;
}

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const invalid = (message: string): RedishaError =>
  new RedishaError('CONFIG_INVALID', message, { hint: 'redisha config show' });

const refuseUnknown = (table: Table, where: string): void => {
  const unknown = Object.keys(table).find((name) => !isKey(name));
  if (unknown !== undefined)
    throw invalid(`${where}: unknown key ${unknown}; the closest is ${nearest(unknown, KEYS) ?? ''}`);
};

const instancesOf = (path: string, value: unknown): ReadonlyMap<number, Table> => {
  if (value === undefined) return new Map();
  if (!isTable(value)) throw invalid(`${path}: instance is wrong: it needs tables such as [instance.6380]`);
  return new Map(
    Object.entries(value).map(([name, table]) => {
      const where = `${path}: instance.${name}`;
      if (!/^[1-9]\d{0,4}$/.test(name) || !isTable(table)) {
        throw invalid(`${where} is wrong: it needs a table named by a port, such as [instance.6380]`);
      }
      if (Object.hasOwn(table, 'port')) throw invalid(`${where}: port is wrong: the name of the table says it already`);
      refuseUnknown(table, where);
      return [Number(name), table];
    }),
  );
};

/** The first line without the excerpt that follows it: that excerpt may hold a password. */
const parseToml = async (path: string, content: string): Promise<Table> => {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return parse(content);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.split('\n');
    throw invalid(`${path}:${String(error.line)}:${String(error.column)}: ${what}`);
  }
};

/**
 * The file with its keys checked; `undefined` where none was named and the default one does not exist.
 * @throws {RedishaError} CONFIG_INVALID when it cannot be read, is no TOML or has an unknown key.
 */
export const readConfigFile = async (named: string | undefined): Promise<ConfigFile | undefined> => {
  const path = named ?? DEFAULT_FILE;
  let content: string;
  let mode: number;
  try {
    content = readOwnText(path);
    ({ mode } = statSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (named === undefined && code === 'ENOENT') return undefined;
    throw invalid(`cannot read ${path}: ${code ?? String(error)}`);
  }
  const { instance, ...top } = await parseToml(path, content);
  refuseUnknown(top, path);
  return { path, top, instances: instancesOf(path, instance), readableByOthers: (mode & 0o077) !== 0 };
};
