/**
 * A master whose whole dataset changes at once. The new one is laid into databases that nobody uses, changes places with the
 * old one by SWAPDB in one transaction, and the old one is saved from there, with every write that was acknowledged until then.
 *
 * A key in each of these databases says what it holds. So a run that was killed leaves nothing that the next one does not know.
 * Source: redis/src/db.c dbSwapDatabases: clients of a database see the other one at once; replicas do the same.
 */
import type { DatabaseMark, HeldDatabase, KeyBatch, ReplacedKeys, StandIn } from '../app/ports/rescues.ts';
import type { ConnectionOptions } from './connection.ts';
import { Keys } from './key-space.ts';

const MARK = 'redisha:replacing';
const NEW = 'new';
const OLD = /^old of (\d+)$/;
/** Source: redis.conf, databases. */
const DATABASES = 16;

const markOf = (text: unknown): DatabaseMark | undefined => {
  if (!Buffer.isBuffer(text)) return undefined;
  const of = OLD.exec(text.toString('latin1'))?.[1];
  if (of !== undefined) return { kind: 'old', of: Number(of) };
  return text.toString('latin1') === NEW ? { kind: 'new' } : undefined;
};

class Replaced implements ReplacedKeys {
  readonly #keys: Keys;
  readonly values: Keys['values'];
  readonly exist: Keys['exist'];
  readonly restore: Keys['restore'];

  constructor(keys: Keys) {
    this.#keys = keys;
    this.values = keys.values.bind(keys);
    this.exist = keys.exist.bind(keys);
    this.restore = keys.restore.bind(keys);
  }

  async *all(database: number): AsyncGenerator<KeyBatch> {
    for await (const batch of this.#keys.scan(database, undefined)) {
      yield { database, keys: batch.keys.filter((key) => key.toString('latin1') !== MARK) };
    }
  }

  async databases(): Promise<{ readonly count: number; readonly held: readonly HeldDatabase[] }> {
    const held: HeldDatabase[] = [];
    for (const [database, keys] of await this.#keys.sizes()) {
      const [text] = await this.#keys.settle(database, [['GET', MARK]]);
      held.push({ database, keys, mark: markOf(text?.status === 'fulfilled' ? text.value : undefined) });
    }
    const [told] = await this.#keys.settle(0, [['CONFIG', 'GET', 'databases']]);
    const pair: unknown = told?.status === 'fulfilled' ? told.value : undefined;
    const count = Array.isArray(pair) && pair.length > 1 ? Number(String(pair[1])) : DATABASES;
    return { count, held };
  }

  async memory(): Promise<{ readonly datasetBytes: number; readonly leftBytes: number | undefined }> {
    const info = await this.#keys.info('memory');
    const [used, max] = ['used_memory', 'maxmemory'].map((name) => Number(info.get(name) ?? 0));
    const datasetBytes = Number(info.get('used_memory_dataset') ?? used ?? 0);
    return { datasetBytes, leftBytes: max === undefined || max === 0 ? undefined : max - (used ?? 0) };
  }

  async begin(standIns: readonly StandIn[]): Promise<void> {
    for (const { spare } of standIns) {
      // Of a database with itself it changes nothing, and says whether this user and this server can do it.
      await this.#keys.call(spare, [
        ['SWAPDB', String(spare), String(spare)],
        ['SET', MARK, NEW],
      ]);
    }
  }

  swap(standIns: readonly StandIn[]): Promise<void> {
    return this.#keys.transaction(
      standIns.flatMap(({ database, spare }) => [
        ['SWAPDB', String(database), String(spare)],
        ['SELECT', String(database)],
        ['DEL', MARK],
        ['SELECT', String(spare)],
        ['SET', MARK, `old of ${String(database)}`],
      ]),
    );
  }

  async discard(database: number): Promise<void> {
    for await (const { keys } of this.all(database)) {
      if (keys.length > 0) await this.#keys.call(database, [['UNLINK', ...keys]]);
    }
    await this.#keys.call(database, [['DEL', MARK]]);
  }

  close(): void {
    this.#keys.close();
  }
}

export const openReplaced = async (options: ConnectionOptions, signal: AbortSignal): Promise<ReplacedKeys> =>
  new Replaced(await Keys.open(options, signal));
