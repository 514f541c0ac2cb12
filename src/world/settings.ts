/** The options of a run, and the connections that they describe. */
import type { CommonOptions, Configured } from '../cli/runtime.ts';
import { DEFAULT_FILE } from '../config/file.ts';
import type { Deadlines } from '../config/deadlines.ts';
import { loadSettings } from '../config/load.ts';
import { type FlagKey, KEYS_OF_LINE } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../core/model.ts';
import { didYouMean } from '../core/nearest.ts';
import { RedishaError } from '../errors.ts';
import type { ConnectionOptions } from '../redis/connection.ts';

const pairs = (options: readonly string[]): Partial<Record<FlagKey, string>> => {
  const flags: Partial<Record<FlagKey, string>> = {};
  for (const option of options) {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(option) ?? [];
    const known = KEYS_OF_LINE.find((one) => one === key);
    if (known === undefined) {
      throw new RedishaError(
        'USAGE',
        `--option takes KEY=VALUE with a key of the configuration, not "${key || option}"${didYouMean(key, KEYS_OF_LINE)}`,
        { hint: '"redisha config show" prints the keys; a password belongs into password_file' },
      );
    }
    flags[known] = value;
  }
  return flags;
};

/** Settings for one run. The words of the command line win over `--option`, and that over the environment and the files. */
export const settingsFor = (options: CommonOptions, words: Partial<Record<FlagKey, string>>): Promise<Settings> =>
  loadSettings({
    flags: { ...pairs(options.option), ...words },
    env: process.env,
    configFile: options.config,
    readRedisConf: async (path, port) => (await import('../redis/redis-conf.ts')).redisConfValues(path, port),
  });

/** The pair that is configured, whatever the words of the command line say. */
export const configuredIn = async (options: CommonOptions): Promise<Configured> => {
  const { connection, sources } = await settingsFor(options, {});
  const { local, peer, port } = connection;
  return { local, peer, port, isPortSaid: sources.get('port')?.from !== 'default' };
};

/** The files that the settings come from, and those that are named in them: another one there means other settings. keepalived.conf has the address. */
export const filesBehind = ({ files, sources }: Settings): readonly string[] => {
  const keys = ['password_file', 'tls_ca_file', 'tls_cert_file', 'tls_key_file'] as const;
  const ofWitness = ['witness_password_file', 'witness_tls_ca_file'] as const;
  const named = [...keys, ...ofWitness].map((key) => sources.get(key)?.value);
  return [files.config ?? DEFAULT_FILE, files.redisConf, files.keepalivedConf, ...named].filter(
    (path) => path !== undefined,
  );
};

/** The same options, for a copy of this program. */
export const optionWords = ({ config, option, verbose }: CommonOptions): readonly string[] => [
  ...(config === undefined ? [] : ['--config', config]),
  ...option.flatMap((pair) => ['--option', pair]),
  ...(verbose ? ['--verbose'] : []),
];

export const connectionTo = (
  { connection }: Settings,
  endpoint: Endpoint,
  deadlines: Deadlines = connection,
): ConnectionOptions => ({
  endpoint,
  username: connection.username,
  password: connection.password,
  tls: connection.tls,
  connectTimeoutMs: deadlines.connectTimeoutMs,
  commandTimeoutMs: deadlines.commandTimeoutMs,
  renamedCommands: connection.renamedCommands,
});
