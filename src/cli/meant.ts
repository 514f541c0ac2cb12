/**
 * Who is meant by the words of a command line. None, or two, mean the configured pair where there is one: so the old scripts
 * were called, with a password and a port. What is no host is refused before anybody looks it up: a name server must never see it.
 */
import { isAddress } from '../address.ts';
import type { Endpoint } from '../core/model.ts';
import { RedishaError } from '../errors.ts';
import type { CommonOptions } from './options.ts';
import type { Configured, Runtime } from './runtime.ts';
import type { PairWords } from './words.ts';
import { assertWords, isNamed, isPort, parseCheck, parsePairs } from './words.ts';

/** What this host knows of names and of its own pair. */
type Knowing = Pick<Runtime, 'knowsName' | 'configured'>;

const TRIPLE = ['LOCAL', 'PEER', 'PORT'];

interface Asked {
  readonly runtime: Knowing;
  readonly options: CommonOptions;
  readonly command: string;
}

const assertNamed = async (
  { runtime, options, command }: Asked,
  host: string,
  name: 'LOCAL' | 'PEER' | 'HOST',
): Promise<void> => {
  if (isNamed(host, runtime.knowsName)) return;
  const { local, peer } = await runtime.configured(options);
  if ([local, peer].includes(host)) return;
  throw new RedishaError('USAGE', `${name} is not an address, and this host does not know that name by itself`, {
    hint: `redisha ${command} with an address, or the name in /etc/hosts: a name server is not asked about one word, which may be a password`,
  });
};

/** The port among two words that nobody explains; else the configured one. */
const portIn = (words: readonly string[], { port, isPortSaid }: Configured, command: string): number => {
  const ports = words.filter(isPort).map(Number);
  const [only, ...more] = ports;
  if (only === undefined || (isPortSaid && ports.includes(port))) return port;
  if (more.length === 0) return only;
  throw new RedishaError('USAGE', `which of the two words of ${command} is the port is not known`, {
    hint: 'port in /etc/redisha/redisha.toml',
  });
};

const notConfigured = (words: readonly string[], names: readonly string[], command: string): RedishaError => {
  const got = words.length === 0 ? 'no words' : 'two words';
  return new RedishaError(
    'USAGE',
    `${command} takes ${names.join(' ')}; got ${got}, which mean the configured pair, and none is configured`,
    { hint: `local, peer and port in /etc/redisha/redisha.toml, or redisha ${command} ${names.join(' ')}` },
  );
};

const configuredPair = async (
  runtime: Knowing,
  words: readonly string[],
  command: string,
  options: CommonOptions,
): Promise<PairWords> => {
  const configured = await runtime.configured(options);
  const { local, peer } = configured;
  if (local === undefined || peer === undefined) throw notConfigured(words, TRIPLE, command);
  return { local, peer, port: portIn(words, configured, command) };
};

/** @throws {RedishaError} USAGE */
export const pairsMeant = async (
  runtime: Knowing,
  words: readonly string[],
  command: string,
  options: CommonOptions,
): Promise<readonly PairWords[]> => {
  assertWords(words, TRIPLE, command, true);
  if (words.length < TRIPLE.length) return [await configuredPair(runtime, words, command, options)];
  const pairs = parsePairs(words, command);
  const [first] = pairs;
  if (first !== undefined) {
    const { local, peer } = first;
    await assertNamed({ runtime, options, command }, local, 'LOCAL');
    await assertNamed({ runtime, options, command }, peer, 'PEER');
  }
  return pairs;
};

/** For a command that is about one pair. @throws {RedishaError} USAGE */
export const pairMeant = async (...args: Parameters<typeof pairsMeant>): Promise<PairWords> => {
  const [pair, ...more] = await pairsMeant(...args);
  if (pair !== undefined && more.length === 0) return pair;
  throw new RedishaError('USAGE', `${args[2]} is about one port`, { hint: `redisha ${args[2]} --help` });
};

/** keepalived passes on none of the words of a check that is not quoted; of other commands it says what is wrong. */
const UNQUOTED = '; in keepalived.conf the whole command has to stand in one pair of quotes';

/** @throws {RedishaError} USAGE */
export const checkMeant = async (
  runtime: Knowing,
  words: readonly string[],
  options: CommonOptions,
): Promise<Endpoint> => {
  assertWords(words, ['HOST', 'PORT'], 'check', true);
  const [host = '', port = ''] = words;
  if (isAddress(host) && isPort(port)) return parseCheck(words);
  const configured = await runtime.configured(options);
  const isHost = words.length > 0 && isPort(port) && isNamed(host, runtime.knowsName);
  if (configured.local !== undefined && !isHost)
    return { host: configured.local, port: portIn(words, configured, 'check') };
  if (words.length === 0) {
    const { message, hint } = notConfigured(words, ['HOST', 'PORT'], 'check');
    throw new RedishaError('USAGE', `${message}${UNQUOTED}`, hint === undefined ? {} : { hint });
  }
  const at = parseCheck(words);
  await assertNamed({ runtime, options, command: 'check' }, at.host, 'HOST');
  return at;
};
