/** Parameters of a server as they are now, by CONFIG GET. */
import type { Connection, Reply } from './connection.ts';
import { Failure } from './failure.ts';

/** What CONFIG GET answered. Source: redis/src/config.c configGetCommand, names and values in turn. */
export const parametersIn = (reply: Reply | undefined): ReadonlyMap<string, string> => {
  const words = Array.isArray(reply) ? (reply as readonly Reply[]).map(String) : [];
  return new Map(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? ''] as const] : [])));
};

/** What `pattern` matches, as it is in one moment. */
export const readParameters = async (connection: Connection, pattern: string): Promise<ReadonlyMap<string, string>> =>
  parametersIn(await connection.call('CONFIG', 'GET', pattern));

/** `name` by itself, which is no pattern. */
export const readParameter = async (connection: Connection, name: string): Promise<string | undefined> =>
  (await readParameters(connection, name)).get(name);

/** The command is renamed away, or not granted to this user. */
export const isRefused = (error: unknown): error is Failure =>
  error instanceof Failure && ['unknown-command', 'forbidden'].includes(error.kind);
