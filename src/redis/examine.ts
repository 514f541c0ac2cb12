/** What a server says that the doctor judges. It is asked, and nothing on it is changed. */
import type { ServerSeen } from '../core/doctor/facts.ts';
import { within } from '../host/deadline.ts';
import { cleaned } from './cleaned.ts';
import type { ConnectionOptions } from './connection.ts';
import { Connection } from './connection.ts';
import { Failure } from './failure.ts';
import { countsReplicas, parseInfo, serverOfInfo } from './info.ts';
import type { InfoFields } from './info-fields.ts';
import { number } from './info-fields.ts';

/** How long the writes of a server are counted. */
const COUNTED_MS = 1_000;

export type Examined = Omit<ServerSeen, 'whose' | 'endpoint' | 'port' | 'takesMasterauth'> & {
  readonly processId: number;
  readonly configFile: string | undefined;
};

/** What redisha sends to change a role. Source: docs/configuration.md, "ACL". */
const NEEDED: readonly (readonly string[])[] = [
  ['INFO'],
  ['ROLE'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['CONFIG', 'GET', 'bind'],
  ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
  ['CLIENT', 'PAUSE', '1'],
  ['CLIENT', 'UNPAUSE'],
  ['MULTI'],
  ['EXEC'],
  ['PSYNC', '?', '-1'],
  ['REPLCONF', 'ack', '0'],
  ['FAILOVER'],
];

const nameOf = ([name = '', sub]: readonly string[]): string =>
  ['CONFIG', 'CLIENT'].includes(name) && sub !== undefined ? `${name} ${sub}` : name;

const info = async (connection: Connection): Promise<InfoFields> => parseInfo(String(await connection.call('INFO')));

/** What a server answers that knows the command; `undefined` where it does not, or will not say. */
const ask = async (connection: Connection, ...args: readonly string[]): Promise<string | undefined> => {
  try {
    return String(await connection.call(...args));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
};

/** Source: redis.io, ACL DRYRUN (7.0): OK, or a sentence with "no permissions"; an error where there is no such command. */
const deniedOf = async (connection: Connection, user: string): Promise<readonly string[]> => {
  const answers = await Promise.all(
    NEEDED.map(async (command) => ({ command, said: await ask(connection, 'ACL', 'DRYRUN', user, ...command) })),
  );
  return answers.filter(({ said }) => /no permissions/i.test(said ?? '')).map(({ command }) => nameOf(command));
};

const offsetOf = (fields: InfoFields): number => number(fields, 'master_repl_offset');

/** Of a master; a replica's writes are its master's. */
const writtenPerSecond = async (connection: Connection, before: InfoFields): Promise<number | undefined> => {
  if (before.get('role') !== 'master') return undefined;
  const begun = performance.now();
  // No condition is waited for: what is written in that time is what is wanted.
  await within(COUNTED_MS, new Promise<void>(() => undefined), undefined);
  const after = await info(connection);
  const tookMs = performance.now() - begun;
  return Math.max(0, Math.round(((offsetOf(after) - offsetOf(before)) * 1_000) / tookMs));
};

/** Source: redis.io, TIME: seconds, and microseconds in that second. The answer is on its way for half of the time that it takes. */
const aheadMs = async (connection: Connection): Promise<number> => {
  const [begun, sent] = [performance.now(), Date.now()];
  const said = (await ask(connection, 'TIME'))?.split(',').map(Number) ?? [];
  const [secondsSince = Number.NaN, micros = 0] = said;
  const there = secondsSince * 1_000 + micros / 1_000;
  const ahead = there - (sent + (performance.now() - begun) / 2);
  return Number.isNaN(ahead) ? 0 : Math.round(ahead);
};

const examineBy = async (connection: Connection): Promise<Examined> => {
  const fields = await info(connection);
  const user = cleaned((await ask(connection, 'ACL', 'WHOAMI')) ?? 'default');
  const [ahead, denied, written] = [
    await aheadMs(connection),
    await deniedOf(connection, user),
    await writtenPerSecond(connection, fields),
  ];
  return {
    user,
    denied,
    aheadMs: ahead,
    writtenPerSecond: written,
    server: serverOfInfo(fields),
    mode: cleaned(fields.get('redis_mode') ?? fields.get('server_mode') ?? 'standalone'),
    usedBytes: number(fields, 'used_memory'),
    countsReplicas: countsReplicas(fields),
    backlogBytes: number(fields, 'repl_backlog_size'),
    processId: number(fields, 'process_id'),
    configFile: fields.get('config_file') || undefined,
  };
};

/** In words where it cannot be asked. Rejects only for a bug. */
export const examine = async (options: ConnectionOptions): Promise<Examined | string> => {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(options);
    return await examineBy(connection);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.message;
  } finally {
    connection?.close();
  }
};

/** Whether the server lets in whoever comes with this user and password; `undefined` where it does not answer. */
export const letsIn = async (options: ConnectionOptions): Promise<boolean | undefined> => {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(options);
    await connection.call('PING');
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.kind === 'locked' ? false : undefined;
  } finally {
    connection?.close();
  }
};
