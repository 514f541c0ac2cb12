/**
 * A rescue whose values can be looked at, because a private server holds them: a dataset by loading its RDB, a suffix by
 * carrying out its commands on an empty server.
 */
import type { Doubts, KeyBatch, Likeness, OpenedRescue, Value } from '../app/ports/rescues.ts';
import { RedishaError } from '../errors.ts';
import { loadInterpreter } from './commands.ts';
import { Keys } from './key-space.ts';
import { likeness } from './likeness.ts';
import { SCRATCH_DATABASE } from './private-server.ts';
import type { Rehearsal } from './rehearsal.ts';
import { rehearse } from './rehearsal.ts';
import type { Reader, Wanted } from './rescue-reader.ts';
import { startReader } from './rescue-reader.ts';
import { programText } from './server-programs.ts';

class Opened implements OpenedRescue {
  readonly #keys: Keys;
  readonly #rehearsal: Rehearsal | undefined;
  readonly sizes: readonly (readonly [database: number, keys: number])[];
  readonly reader: string;
  readonly better: string | undefined;
  readonly libraries: number;
  readonly usedBytes: number;

  constructor(
    { program, better }: Reader,
    keys: Keys,
    rehearsal: Rehearsal | undefined,
    told: Pick<Opened, 'sizes' | 'libraries' | 'usedBytes'>,
  ) {
    this.reader = programText(program);
    this.better = better;
    this.#keys = keys;
    this.#rehearsal = rehearsal;
    this.sizes = told.sizes;
    this.libraries = told.libraries;
    this.usedBytes = told.usedBytes;
  }

  get keyCount(): number {
    return this.#rehearsal?.touched.size ?? this.sizes.reduce((sum, [, keys]) => sum + keys, 0);
  }

  get doubts(): Doubts | undefined {
    return this.#rehearsal?.doubts;
  }

  async *touched(): AsyncGenerator<KeyBatch> {
    if (this.#rehearsal === undefined) {
      yield* this.present(undefined);
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

  async *present(pattern: string | undefined): AsyncGenerator<KeyBatch> {
    for (const [database] of this.sizes) yield* this.#keys.consume(database, pattern);
  }

  compare(database: number, key: Buffer, payload: Buffer): Promise<Likeness> {
    return likeness(this.#keys, database, key, payload);
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
  wanted: Wanted,
  renamedCommands: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onLoading: (part: number) => void,
  use: (opened: OpenedRescue) => Promise<T>,
): Promise<T> => {
  const isSuffix = wanted.form === 'suffix';
  const reader = await startReader(wanted, signal, onLoading);
  const { server } = reader;
  try {
    const keys = await Keys.open(server.options, signal);
    try {
      const rehearsal = isSuffix
        ? await rehearse(keys, wanted.file, await loadInterpreter(renamedCommands))
        : undefined;
      const libraries = isSuffix ? 0 : await librariesOf(keys);
      const usedBytes = Number((await keys.info('memory')).get('used_memory') ?? 0);
      return await use(new Opened(reader, keys, rehearsal, { sizes: await keys.sizes(), libraries, usedBytes }));
    } finally {
      keys.close();
    }
  } catch (error) {
    throw signal.aborted ? new RedishaError('INTERRUPTED', 'interrupted by a signal', { cause: error }) : error;
  } finally {
    await server.close();
  }
};
