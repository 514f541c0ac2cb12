/**
 * A rescue whose values can be looked at, because a private server holds them: a dataset by loading its RDB, a suffix by
 * carrying out its commands on an empty server.
 */
import type { Doubts, KeyBatch, OpenedRescue, Value } from '../app/ports/rescues.ts';
import { RedishaError } from '../errors.ts';
import { loadInterpreter } from './commands.ts';
import type { Reply } from './connection.ts';
import { Keys } from './key-space.ts';
import { PrivateServer, SCRATCH_DATABASE } from './private-server.ts';
import type { Rehearsal } from './rehearsal.ts';
import { rehearse } from './rehearsal.ts';

const SCRATCH_KEY = Buffer.from('other');

/** The digest does not depend on the order in which a server happens to keep a set. Source: redis/src/debug.c xorObjectDigest. */
const sameDigest = async (keys: Keys, database: number, key: Buffer, payload: Buffer): Promise<boolean> => {
  const digest = async (at: number, of: Buffer): Promise<string> => {
    const [reply] = await keys.call(at, [['DEBUG', 'DIGEST-VALUE', of]]);
    return String((reply as readonly Reply[])[0]);
  };
  await keys.call(SCRATCH_DATABASE, [
    ['DEL', SCRATCH_KEY],
    ['RESTORE', SCRATCH_KEY, '0', payload],
  ]);
  // That there is a time to live is part of the digest, and is compared elsewhere: neither side has one here.
  await keys.call(database, [['PERSIST', key]]);
  return (await digest(database, key)) === (await digest(SCRATCH_DATABASE, SCRATCH_KEY));
};

class Opened implements OpenedRescue {
  readonly #keys: Keys;
  readonly #rehearsal: Rehearsal | undefined;
  readonly #sizes: readonly (readonly [database: number, keys: number])[];
  readonly libraries: number;

  constructor(keys: Keys, rehearsal: Rehearsal | undefined, sizes: Opened['sizes'], libraries: number) {
    this.#keys = keys;
    this.#rehearsal = rehearsal;
    this.#sizes = sizes;
    this.libraries = libraries;
  }

  get sizes(): readonly (readonly [database: number, keys: number])[] {
    return this.#sizes;
  }

  get keyCount(): number {
    return this.#rehearsal?.touched.size ?? this.#sizes.reduce((sum, [, keys]) => sum + keys, 0);
  }

  get doubts(): Doubts | undefined {
    return this.#rehearsal?.doubts;
  }

  async *touched(): AsyncGenerator<KeyBatch> {
    if (this.#rehearsal === undefined) {
      yield* this.held(undefined);
      return;
    }
    const byDatabase = Map.groupBy(this.#rehearsal.touched.values(), ({ database }) => database);
    for (const [database, touched] of byDatabase) {
      yield* this.#keys.split(
        database,
        touched.map(({ key }) => key),
      );
    }
  }

  async *held(pattern: string | undefined): AsyncGenerator<KeyBatch> {
    for (const [database] of this.#sizes) yield* this.#keys.consume(database, pattern);
  }

  same(database: number, key: Buffer, payload: Buffer): Promise<boolean> {
    return sameDigest(this.#keys, database, key, payload);
  }

  isByEffect(database: number, key: Buffer): boolean {
    return this.#rehearsal?.isByEffect(database, key) ?? false;
  }

  values(batch: KeyBatch): Promise<readonly (Value | undefined)[]> {
    return this.#keys.values(batch);
  }

  exist(batch: KeyBatch): Promise<readonly boolean[]> {
    return this.#keys.exist(batch);
  }

  close(): void {
    this.#keys.close();
  }
}

/** Servers before Redis 7 have no functions, and do not know the command. */
const librariesOf = async (keys: Keys): Promise<number> => {
  const [result] = await keys.settle(SCRATCH_DATABASE, [['FUNCTION', 'LIST']]);
  return result?.status === 'fulfilled' && Array.isArray(result.value) ? result.value.length : 0;
};

/** What `use` comes to with the rescue in a private server, which is gone afterwards in any case. */
export const withOpenedRescue = async <T>(
  rescue: { readonly file: string; readonly form: 'suffix' | 'dataset' },
  renamedCommands: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onLoading: (part: number) => void,
  use: (opened: OpenedRescue) => Promise<T>,
): Promise<T> => {
  const rdb = rescue.form === 'dataset' ? rescue.file : undefined;
  const server = await PrivateServer.start(rdb, signal, onLoading);
  try {
    const keys = await Keys.open(server.options, signal);
    try {
      const rehearsal =
        rdb === undefined ? await rehearse(keys, rescue.file, await loadInterpreter(renamedCommands)) : undefined;
      const libraries = rdb === undefined ? 0 : await librariesOf(keys);
      return await use(new Opened(keys, rehearsal, await keys.sizes(), libraries));
    } finally {
      keys.close();
    }
  } catch (error) {
    throw signal.aborted ? new RedishaError('INTERRUPTED', 'interrupted by a signal', { cause: error }) : error;
  } finally {
    await server.close();
  }
};
