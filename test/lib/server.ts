/**
 * Which Redis or Valkey a test starts: this machine's own `redis-server`, or what `REDISHA_TEST_SERVERS` names, such as
 * `bullseye/redis`, or `bullseye/redis,sid/valkey` for two nodes of one pair.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { isThere, lastFetched } from './suites/programs.ts';

type Version = readonly [major: number, minor: number];

export interface Server {
  readonly product: 'redis' | 'valkey';
  readonly version: Version;
  /** What starts it. */
  readonly program: string;
  /** The directory of its programs, where that is not one of PATH. */
  readonly bin: string | undefined;
}

const versionOf = (text: string): Version => {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return [major, minor];
};

const ownServer = (): Server => {
  const said = execFileSync('redis-server', ['--version'], { encoding: 'utf8' });
  return {
    product: 'redis',
    version: versionOf(/v=([\d.]+)/.exec(said)?.[1] ?? ''),
    program: 'redis-server',
    bin: undefined,
  };
};

/** Why this machine cannot start the server; `undefined` where it can. */
export const whyMissing = (id: string): string | undefined => {
  const found = lastFetched().find((one) => one.id === id);
  if (found === undefined || found.product === 'keepalived') return `${id}: no such server is known`;
  return isThere(found) ? undefined : `${id}: ${found.missing}`;
};

/** The server of a suite, such as `trixie/redis`. */
export const fetchedServer = (id: string): Server => {
  const found = lastFetched().find((one) => one.id === id);
  if (found === undefined || !isThere(found) || found.product === 'keepalived') throw new Error(whyMissing(id));
  const { product, version, bin } = found;
  return { product, version: versionOf(version), program: join(bin, `${product}-server`), bin };
};

/** One of the fetched servers, for a test that is about its version; `undefined` where it is not here. */
export const findServer = (id: string): Server | undefined => {
  const found = lastFetched().find((one) => one.id === id);
  return found !== undefined && isThere(found) ? fetchedServer(id) : undefined;
};

const wanted = (process.env['REDISHA_TEST_SERVERS'] ?? '').split(',').filter(Boolean);
const servers = new Map<string, Server>();

/** The server of the node with this name: the second of two is for `b`. */
export const serverOf = (node: string): Server => {
  const id = (node === 'b' ? wanted[1] : undefined) ?? wanted[0] ?? '';
  const known = servers.get(id) ?? (id === '' ? ownServer() : fetchedServer(id));
  servers.set(id, known);
  return known;
};

/** Of two servers, whether the version is at least this one; Valkey forked from Redis 7.2 and knows all of it. */
export const isSince = ({ product, version }: Server, [major, minor]: Version): boolean =>
  product === 'valkey' ? major <= 7 : version[0] > major || (version[0] === major && version[1] >= minor);

/** As the server calls itself, without the last part of its version: `Valkey 9.1`. */
export const nameOf = ({ product, version }: Server): string =>
  `${product === 'valkey' ? 'Valkey' : 'Redis'} ${version.join('.')}`;

/** A parameter that an older server would not start with, and what the tests want it for. */
const PARAMETERS: readonly (readonly [name: string, since: Version])[] = [
  // Where a replica's connection comes from: before, it is the first address, and replica-announce-ip tells the other.
  ['bind-source-addr', [7, 0]],
  // Before, DEBUG is open to everybody.
  ['enable-debug-command', [7, 0]],
  // The same of what these protect now.
  ['enable-protected-configs', [7, 0]],
  // Before, Redis answers after every 2 MiB of a file that it loads.
  ['loading-process-events-interval-bytes', [6, 2]],
  ['rename-command FAILOVER', [6, 2]],
];

/** What an older server does not have, so that no ACL of its can name it: it is as forbidden there as it can be. */
const RIGHTS: readonly (readonly [name: string, since: Version])[] = [
  ['failover', [6, 2]],
  // Of the writes alone; before, CLIENT PAUSE stops everybody.
  ['client|kill', [6, 2]],
  ['client|pause', [6, 2]],
  ['client|unpause', [6, 2]],
];

const isKnown = (server: Server, since: Version | undefined): boolean => since === undefined || isSince(server, since);

/** The lines of redis.conf that this server knows. */
export const linesFor = (server: Server, lines: readonly string[]): readonly string[] =>
  lines.filter((line) => isKnown(server, PARAMETERS.find(([name]) => line.startsWith(`${name} `))?.[1]));

/** The words of an ACL that this server knows. */
export const rightsFor = (server: Server, words: readonly string[]): readonly string[] =>
  words.filter((word) => isKnown(server, RIGHTS.find(([name]) => word.slice(1) === name)?.[1]));
