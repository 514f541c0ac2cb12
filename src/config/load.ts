/**
 * The options of one run: command line, then environment, then redisha.toml (its table for the port first), then the
 * redis.conf that these name, then the default.
 *
 * Without a file nothing is loaded but this directory: a check begins here every time.
 */
import { statSync } from 'node:fs';
import { RedishaError } from '../errors.ts';
import { readOwn } from '../host/own-file.ts';
import { type ConfigFile, readConfigFile } from './file.ts';
import {
  defaultLevel,
  type Environment,
  environmentLevels,
  find,
  findAll,
  type Flags,
  flagsLevel,
  type Found,
  type Level,
  recordLevel,
} from './levels.ts';
import { type Key, KEYS, SCHEMA, type Values } from './schema.ts';
import type { Settings, Source, TlsMaterial, WitnessSettings } from './settings.ts';
import { checkOf, connectionOf, filesOf, policyOf } from './settings.ts';

/** What a redis.conf says about reaching its server, by our keys, and what in it could not be read. */
interface RedisConfValues {
  readonly values: Readonly<Partial<Record<Key, unknown>>>;
  readonly problems: readonly string[];
}

export interface LoadOptions {
  /** Words and flags of the command line, by the option they set. */
  readonly flags: Flags;
  readonly env: Environment;
  /** `--config`; REDISHA_CONFIG and the default path count where it is `undefined`. */
  readonly configFile: string | undefined;
  /** Asked only where an option names a redis.conf; `port` is known when it was said elsewhere. */
  readonly readRedisConf: (path: string, port: number | undefined) => Promise<RedisConfValues>;
}

const invalid = (message: string): RedishaError =>
  new RedishaError('CONFIG_INVALID', message, { hint: 'redisha config show' });

/** The authorities that a distribution trusts are a quarter of a megabyte by now, and a site adds its own. */
const NAMED_BYTES_MAX = 4 * 1024 * 1024;

const readFileOf = (key: Key, path: string): Buffer => {
  try {
    return readOwn(path, NAMED_BYTES_MAX);
  } catch (error) {
    throw invalid(`${key}: cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
};

const readTls = (values: Values): TlsMaterial | undefined => {
  if (!values.tls) return undefined;
  const read = (key: 'tls_ca_file' | 'tls_cert_file' | 'tls_key_file'): Buffer | undefined => {
    const path = values[key];
    return path === undefined ? undefined : readFileOf(key, path);
  };
  return {
    ca: read('tls_ca_file'),
    cert: read('tls_cert_file'),
    key: read('tls_key_file'),
    servername: values.tls_servername,
  };
};

/** The first line of the file that an option names. @throws {RedishaError} CONFIG_INVALID */
const firstLineOf = (key: Key, path: string): string => {
  const [line = ''] = readFileOf(key, path).toString('utf8').split(/\r?\n/);
  if (line === '') throw invalid(`${key}: the first line of ${path} is empty`);
  return line;
};

const readWitness = (values: Values): WitnessSettings | undefined => {
  const { witness: endpoint, witness_tls_ca_file: caFile, witness_password_file: passwordFile } = values;
  if (endpoint === undefined) return undefined;
  const ca = caFile === undefined ? undefined : readFileOf('witness_tls_ca_file', caFile);
  return {
    endpoint,
    username: values.witness_username,
    password: passwordFile === undefined ? undefined : firstLineOf('witness_password_file', passwordFile),
    tls: values.witness_tls ? { ca, cert: undefined, key: undefined, servername: undefined } : undefined,
    onNone: values.on_no_witness,
    beforeTakeover: values.before_takeover,
  };
};

interface Password {
  readonly password: string | undefined;
  readonly warnings: readonly string[];
}

/** The password itself, or the one in the file, whichever the higher level says. */
const readPassword = (levels: readonly Level[], file: ConfigFile | undefined): Password => {
  const said = find('password', levels);
  const named = find('password_file', levels);
  const rank = (found: Found<unknown> | undefined): number =>
    found === undefined ? Infinity : levels.indexOf(found.level);
  if (said !== undefined && rank(said) === rank(named)) {
    throw invalid(`${said.level.nameOf('password')}: password and password_file are both set: one is enough`);
  }
  if (named === undefined || rank(said) < rank(named)) {
    const loose =
      said !== undefined && file?.readableByOthers === true && said.level.nameOf('password').startsWith(file.path);
    return {
      password: said?.value,
      warnings: loose
        ? [`${file.path} holds a password and others than its owner may read it: chmod 600 ${file.path}`]
        : [],
    };
  }
  const password = firstLineOf('password_file', named.value);
  const loose = (statSync(named.value).mode & 0o077) !== 0;
  return {
    password,
    warnings: loose ? [`others than its owner may read ${named.value}: chmod 600 ${named.value}`] : [],
  };
};

interface Levels {
  readonly levels: readonly Level[];
  readonly problems: readonly string[];
}

const levelsOf = async (options: LoadOptions, file: ConfigFile | undefined): Promise<Levels> => {
  const above = [flagsLevel(options.flags), ...environmentLevels(options.env)];
  const top = file === undefined ? [] : [recordLevel(file.path, file.top)];
  const build = async (port: number | undefined): Promise<Levels> => {
    const instance = port === undefined ? undefined : file?.instances.get(port);
    const own = instance === undefined ? [] : [recordLevel(`${file?.path ?? ''} [instance.${String(port)}]`, instance)];
    const said = [...above, ...own, ...top];
    const path = find('redis_conf', said)?.value;
    if (path === undefined) return { levels: [...said, defaultLevel], problems: [] };
    const { values, problems } = await options.readRedisConf(path, port);
    return { levels: [...said, recordLevel(path, values), defaultLevel], problems };
  };
  const port = find('port', [...above, ...top])?.value;
  if (port !== undefined) return build(port);
  // The port stands in redis.conf or is the default; only with it is the table of the instance known.
  const guessed = await build(undefined);
  const found = find('port', guessed.levels)?.value;
  return found !== undefined && file?.instances.has(found) === true ? build(found) : guessed;
};

const sourcesOf = (found: ReadonlyMap<Key, Found<unknown>>): ReadonlyMap<Key, Source> =>
  new Map(
    KEYS.map((key): [Key, Source] => {
      const at = found.get(key);
      if (at === undefined) return [key, { value: undefined, from: 'default' }];
      const show = SCHEMA[key].kind.show as (value: unknown) => string;
      return [key, { value: show(at.value), from: at.level.nameOf(key) }];
    }),
  );

/**
 * The options, checked and grouped.
 * @throws {RedishaError} CONFIG_INVALID when a file that was named is missing, or a key or a value is wrong; USAGE when the
 *   command line has the wrong value. Neither ever holds a password.
 */
export const loadSettings = async (options: LoadOptions): Promise<Settings> => {
  const file = await readConfigFile(options.configFile ?? (options.env['REDISHA_CONFIG'] || undefined));
  const { levels, problems } = await levelsOf(options, file);
  const found = findAll(levels);
  // `findAll` has read every key of the table by its own kind.
  const values = Object.fromEntries(KEYS.map((key) => [key, found.get(key)?.value])) as Values;
  const { password, warnings } = readPassword(levels, file);
  return {
    policy: policyOf(values),
    connection: connectionOf(values, password, readTls(values)),
    files: filesOf(values, file?.path),
    check: checkOf(values),
    witness: readWitness(values),
    get sources() {
      return sourcesOf(found);
    },
    warnings: [...warnings, ...problems],
  };
};
