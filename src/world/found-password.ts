/** The password of the local Redis, where the scripts that redisha stands for or a redis.conf have it. It is told to nobody. */
import { chownSync, chmodSync, existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_FILE } from '../config/file.ts';
import { writeFileAtomic } from '../host/durable.ts';
import { readOwnText } from '../host/own-file.ts';
import { Connection } from '../redis/connection.ts';
import type { ConnectionOptions } from '../redis/connection.ts';
import { Failure } from '../redis/failure.ts';
import { lastOf, readRedisConf } from '../redis/redis-conf.ts';
import type { User } from '../host/users.ts';

const SCRIPT_BYTES_MAX = 64 * 1024;
/** As packages and the articles have it. */
export const REDIS_CONFS = [
  '/etc/redis*.conf',
  '/etc/{redis,valkey}/*.conf',
  '/usr/local/redis/{,*/}*.conf',
  '/opt/redis/{,*/}*.conf',
];
const SETS = ['requirepass', 'masterauth'];

/** `redis-cli -a WORD`, `--pass WORD`, and the variables that scripts give the word by. */
const IN_SCRIPT =
  /(?:\s-a|\s--pass|REDISCLI_AUTH=|(?:pass|password|passwd|auth)=)[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s"';|&)]+)/gi;

export interface FoundPassword {
  /** Where it stands. */
  readonly file: string;
  readonly password: string;
}

const contentOf = (file: string): string => {
  try {
    const found = statSync(file);
    return found.isFile() && found.size <= SCRIPT_BYTES_MAX ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
};

/** What looks like a password in a script of a shell. */
export const wordsInScript = (text: string): readonly string[] =>
  [...text.matchAll(IN_SCRIPT)]
    .map(([, word = '']) => word.replaceAll(/^["']|["']$/g, ''))
    .filter((word) => word !== '' && !word.startsWith('$'));

const inScripts = (directories: readonly string[]): readonly FoundPassword[] =>
  directories
    .flatMap((directory) => globSync(join(directory, '*.{sh,before-redisha}')).toSorted())
    .flatMap((file) => wordsInScript(contentOf(file)).map((password) => ({ file, password })));

const inRedisConfs = (): readonly FoundPassword[] =>
  REDIS_CONFS.flatMap((pattern) => globSync(pattern))
    .toSorted()
    .flatMap((file) => {
      const conf = readRedisConf(file);
      return SETS.flatMap((name) => lastOf(conf, name) || []).map((password) => ({ file, password }));
    });

const opens = async (options: ConnectionOptions, password: string): Promise<boolean> => {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open({ ...options, password });
    return (await connection.call('PING')) === 'PONG';
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  } finally {
    connection?.close();
  }
};

/** The first that the server takes. */
export const findPassword = async (
  options: ConnectionOptions,
  scriptDirectories: readonly string[],
): Promise<FoundPassword | undefined> => {
  const all = [...inScripts(scriptDirectories), ...inRedisConfs()];
  const once = [...new Map(all.toReversed().map((found) => [found.password, found])).values()].toReversed();
  for (const found of once) if (await opens(options, found.password)) return found;
  return undefined;
};

export const PASSWORD_FILE = join(dirname(DEFAULT_FILE), 'password');

const LINE = `password_file = "${PASSWORD_FILE}"\n`;
const SAID = /^[ \t]*(?:password|password_file|redis_conf)[ \t]*=/m;

/**
 * True afterwards: the password is in a file that only the user of the scripts reads, and redisha.toml names it.
 * @returns what a person still has to do; `undefined` where that is nothing
 */
export const keepPassword = async ({ password }: FoundPassword, user: User): Promise<string | undefined> => {
  await writeFileAtomic(PASSWORD_FILE, `${password}\n`, 0o600);
  chmodSync(PASSWORD_FILE, 0o600);
  if (process.geteuid?.() === 0) chownSync(PASSWORD_FILE, user.uid, user.gids[0]);
  const toml = existsSync(DEFAULT_FILE) ? readOwnText(DEFAULT_FILE) : undefined;
  if (toml !== undefined && SAID.test(toml)) return `${DEFAULT_FILE} names another one already: make it ${LINE.trim()}`;
  // In front: what stands behind a table belongs to that table.
  const mode = toml === undefined ? 0o644 : statSync(DEFAULT_FILE).mode & 0o777;
  await writeFileAtomic(DEFAULT_FILE, `${LINE}${toml ?? ''}`, mode);
  return undefined;
};
