/** What a drill reads and removes at the address, and the probe that asks there again and again; all by the bare connection. */
import { setTimeout } from 'node:timers/promises';
import type { DrillKeys, Probe } from '../app/ports/drill.ts';
import { Connection, type ConnectionOptions, type Reply } from './connection.ts';
import { Failure, type FailureKind, operationalError } from './failure.ts';

/** A drill that is killed leaves keys: they go by themselves. */
export const KEYS_EXPIRE_S = 3600;

const PROBE_MS = 100;

export const openProbe = (options: ConnectionOptions): Probe => {
  let connection: Connection | undefined;
  let isClosed = false;
  return {
    increment: async (key) => {
      if (connection?.isOpen !== true)
        connection = await Connection.open({ ...options, connectTimeoutMs: PROBE_MS, commandTimeoutMs: PROBE_MS });
      const used = connection;
      if (isClosed) used.close();
      try {
        await used.call('INCR', key);
      } catch (error) {
        // A replica answers too: the next call may find another server at the address.
        used.close();
        throw error;
      }
    },
    close: () => {
      isClosed = true;
      connection?.close();
    },
  };
};

const BATCH = 500;
const ATTEMPT_EVERY_MS = 200;
/** An address that has just moved may have no master behind it for some seconds. */
const ATTEMPTS_MAX_MS = 15_000;

const batchesOf = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / BATCH) }, (_, at) => all.slice(at * BATCH, (at + 1) * BATCH));

/** Nothing that time mends. */
const FINAL: readonly FailureKind[] = ['locked', 'forbidden', 'denied', 'unknown-command'];

/**
 * What `use` comes to on a connection to the master at the address.
 * @throws {RedishaError} of what failed last when the time is up, or at once where waiting mends nothing
 */
const persistently = async <T>(options: ConnectionOptions, use: (connection: Connection) => Promise<T>): Promise<T> => {
  const endMs = performance.now() + ATTEMPTS_MAX_MS;
  for (;;) {
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(options);
      return await use(connection);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (FINAL.includes(error.kind) || performance.now() >= endMs)
        throw operationalError(error, 'a command of the drill', options.endpoint);
      await setTimeout(ATTEMPT_EVERY_MS);
    } finally {
      connection?.close();
    }
  }
};

const listOf = (reply: Reply): readonly Reply[] => (Array.isArray(reply) ? (reply as readonly Reply[]) : []);

export const openDrillKeys = (options: ConnectionOptions): DrillKeys => {
  const values = (keys: readonly string[]): Promise<readonly Reply[]> =>
    persistently(options, async (connection) => {
      const replies: Reply[] = [];
      for (const batch of batchesOf(keys)) replies.push(...listOf(await connection.call('MGET', ...batch)));
      return replies;
    });
  return {
    prepare: (keys) =>
      persistently(options, async (connection) => {
        await connection.all(keys.map((key) => ['SET', key, '0', 'EX', String(KEYS_EXPIRE_S)]));
      }),
    numbers: async (keys) => (await values(keys)).map(Number),
    found: async (keys) => {
      const replies = await values(keys);
      return new Set(keys.filter((_, index) => typeof replies[index] === 'string'));
    },
    items: async (list) => {
      const reply = await persistently(options, (connection) => connection.call('LRANGE', list, '0', '-1'));
      return listOf(reply).map(String);
    },
    remove: (keys) =>
      persistently(options, async (connection) => {
        for (const batch of batchesOf(keys)) await connection.call('DEL', ...batch);
      }),
  };
};
