/**
 * The keys of a server and their values as bytes, in batches that fit into memory.
 *
 * A value goes over the wire as DUMP gives it, and comes back by RESTORE with the time that it had left.
 */
import type { Endpoint } from '../core/model.ts';
import { formatEndpoint } from '../core/model.ts';
import { RedishaError } from '../errors.ts';
import type { KeyBatch, TargetKeys, Value } from '../app/ports/rescues.ts';
import type { Argument, ConnectionOptions, Reply } from './connection.ts';
import { Connection } from './connection.ts';
import { Failure, operationalError } from './failure.ts';
import type { InfoFields } from './info-fields.ts';
import { keyspaceOf, parseInfo } from './info.ts';
import type { ReplyLimits } from './wire/reply-reader.ts';

/** A large value takes longer to pack or to unpack than a common command. */
const VALUE_MS = 60_000;
/**
 * The largest value, as DUMP packs it: RESTORE takes half of that by default. And the most elements of one value that are asked
 * for at once. Source: redis.conf, proto-max-bulk-len 512mb.
 */
const VALUE_LIMITS: ReplyLimits = { bytesMax: 1024 * 1024 * 1024, itemsMax: 16 * 1024 * 1024 };
const SCAN_COUNT = '256';
/** Values of one batch, by the estimate of the server that holds them. A single value may be larger. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_KEYS = 128;

const NO_EXPIRY = -1;

/** No server of this version reads any value that was packed so. */
const OTHER_VERSION = /DUMP payload version or checksum/;
/** It does not read this one. */
const BAD_FORMAT = /Bad data format/;

/** RESTORE refused the value itself. Source: redis/src/cluster.c restoreCommand, verifyDumpPayload. */
export const isUnreadableValue = ({ message }: Failure): boolean =>
  OTHER_VERSION.test(message) || BAD_FORMAT.test(message);

/** One connection with the database that it is in. Methods reject with {@link RedishaError}. */
export class Keys implements TargetKeys {
  readonly #connection: Connection;
  readonly #endpoint: Endpoint;
  readonly #signal: AbortSignal;
  readonly #abort = (): void => {
    this.#connection.close();
  };
  #database = 0;

  /** The connection is closed when `signal` is aborted, and every call then fails with INTERRUPTED. */
  static async open(options: ConnectionOptions, signal: AbortSignal): Promise<Keys> {
    const commandTimeoutMs = Math.max(VALUE_MS, options.commandTimeoutMs);
    const patient = { ...options, commandTimeoutMs, asBytes: true, limits: VALUE_LIMITS };
    try {
      return new Keys(await Connection.open(patient), options.endpoint, signal);
    } catch (error) {
      throw error instanceof Failure ? operationalError(error, 'the connection', options.endpoint) : error;
    }
  }

  private constructor(connection: Connection, endpoint: Endpoint, signal: AbortSignal) {
    this.#connection = connection;
    this.#endpoint = endpoint;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#abort();
  }

  async values({ database, keys }: KeyBatch): Promise<readonly (Value | undefined)[]> {
    const replies = await this.call(
      database,
      keys.flatMap((key) => [
        ['DUMP', key],
        ['PTTL', key],
      ]),
    );
    return keys.map((_key, index) => {
      const [payload, ttl] = [replies[2 * index], replies[2 * index + 1]];
      if (!Buffer.isBuffer(payload) || typeof ttl !== 'number') return undefined;
      // To RESTORE 0 means for ever, so what is down to its last millisecond counts as gone.
      if (ttl !== NO_EXPIRY && ttl <= 0) return undefined;
      return { payload, ttlMs: ttl === NO_EXPIRY ? undefined : ttl };
    });
  }

  async exist({ database, keys }: KeyBatch): Promise<readonly boolean[]> {
    const replies = await this.call(
      database,
      keys.map((key) => ['EXISTS', key]),
    );
    return replies.map((reply) => reply === 1);
  }

  async restore(
    { database, keys }: KeyBatch,
    values: readonly (Value | undefined)[],
    replace: boolean,
  ): Promise<readonly ('restored' | 'kept' | 'gone' | 'refused')[]> {
    const commands = keys.flatMap((key, index): (readonly Argument[])[] => {
      const value = values[index];
      if (value === undefined) return [];
      return [['RESTORE', key, String(Math.ceil(value.ttlMs ?? 0)), value.payload, ...(replace ? ['REPLACE'] : [])]];
    });
    const settled = await this.settle(database, commands);
    let at = 0;
    return values.map((value) => {
      if (value === undefined) return 'gone';
      const result = settled[at++];
      if (result?.status === 'fulfilled') return 'restored';
      const reason: unknown = result?.reason;
      if (reason instanceof Failure && reason.message.startsWith('BUSYKEY')) return 'kept';
      if (reason instanceof Failure && BAD_FORMAT.test(reason.message)) return 'refused';
      throw this.#failed(reason, 'RESTORE');
    });
  }

  /** Keys by database, for those databases that hold any. */
  async sizes(): Promise<readonly (readonly [database: number, keys: number])[]> {
    return keyspaceOf(await this.info('keyspace'));
  }

  /**
   * Every key of the database that matches, in batches. SCAN may give a key twice, so a key is deleted after its turn: use
   * it on a server of our own only.
   */
  async *consume(database: number, pattern: string | undefined): AsyncGenerator<KeyBatch> {
    for await (const batch of this.scan(database, pattern)) {
      yield batch;
      await this.call(database, [['DEL', ...batch.keys]]);
    }
  }

  /**
   * Every key that is in the database all the while and matches, in batches, and some of them more than once.
   * Source: redis.io/commands/scan ("Scan guarantees").
   */
  async *scan(database: number, pattern: string | undefined): AsyncGenerator<KeyBatch> {
    let cursor = '0';
    do {
      const filter = pattern === undefined ? [] : ['MATCH', pattern];
      const [reply] = await this.call(database, [['SCAN', cursor, ...filter, 'COUNT', SCAN_COUNT]]);
      const [next, found] = reply as readonly [Buffer, readonly Buffer[]];
      cursor = next.toString();
      yield* this.split(database, [...new Map(found.map((key) => [key.toString('latin1'), key])).values()]);
    } while (cursor !== '0');
  }

  /** Fields of INFO by their names. */
  async info(section: string): Promise<InfoFields> {
    const [info] = await this.call(this.#database, [['INFO', section]]);
    return parseInfo(String(info));
  }

  /**
   * All of the commands in one transaction, or none. They may choose other databases.
   * @throws {RedishaError} where one of them was refused
   */
  async transaction(commands: readonly (readonly Argument[])[]): Promise<void> {
    await this.call(0, [['MULTI'], ...commands, ['SELECT', '0'], ['EXEC']]);
  }

  /** The keys in batches whose values, as this server has them, fit into memory together. */
  async *split(database: number, keys: readonly Buffer[]): AsyncGenerator<KeyBatch> {
    let [batch, bytes]: [Buffer[], number] = [[], 0];
    for (let from = 0; from < keys.length; from += BATCH_KEYS) {
      const some = keys.slice(from, from + BATCH_KEYS);
      const sizes = await this.call(
        database,
        some.map((key) => ['MEMORY', 'USAGE', key]),
      );
      for (const [index, key] of some.entries()) {
        const size = Number(sizes[index] ?? 0);
        if (batch.length > 0 && (bytes + size > BATCH_BYTES || batch.length >= BATCH_KEYS)) {
          yield { database, keys: batch };
          [batch, bytes] = [[], 0];
        }
        batch.push(key);
        bytes += size;
      }
    }
    if (batch.length > 0) yield { database, keys: batch };
  }

  /** The replies to the commands, none of which was refused. */
  async call(database: number, commands: readonly (readonly Argument[])[]): Promise<readonly Reply[]> {
    const settled = await this.settle(database, commands);
    return settled.map((result, index) => {
      if (result.status === 'fulfilled') return result.value;
      throw this.#failed(result.reason, String(commands[index]?.[0]));
    });
  }

  /** How each command went, in this database. */
  async settle(
    database: number,
    commands: readonly (readonly Argument[])[],
  ): Promise<readonly PromiseSettledResult<Reply>[]> {
    if (commands.length === 0) return [];
    if (database !== this.#database) {
      // By itself: where there is no such database, what follows would go to the one before.
      const [selected] = await this.#connection.pipeline([['SELECT', String(database)]]);
      if (selected?.status !== 'fulfilled') throw this.#failed(selected?.reason, `SELECT ${String(database)}`);
      this.#database = database;
    }
    return this.#connection.pipeline(commands);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#connection.close();
  }

  #failed(reason: unknown, command: string): unknown {
    if (this.#signal.aborted) return new RedishaError('INTERRUPTED', 'interrupted by a signal');
    if (!(reason instanceof Failure)) return reason;
    const where = formatEndpoint(this.#endpoint);
    if (reason.message.startsWith('READONLY')) {
      return new RedishaError('SITUATION_CHANGED', `${where} is not a master any more`, { cause: reason });
    }
    if (OTHER_VERSION.test(reason.message)) {
      return new RedishaError('REFUSED_BY_RULE', `${where} reads no value as this host's program packs it`, {
        hint: 'run redisha on a host with the program of the same version as the master',
        cause: reason,
      });
    }
    return operationalError(reason, command, this.#endpoint);
  }
}
