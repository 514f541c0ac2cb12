/**
 * The keys of a server that began empty, put on its peer: those that the peer neither holds nor has touched meanwhile. All in
 * one transaction, and without a word that would replace anything, so that it may be begun again.
 *
 * Keys are watched before the last look at the peer: a write that slips in between makes it refuse the transaction.
 */
import type { Graft, Grafted } from '../app/ports.ts';
import { formatEndpoint } from '../core/model.ts';
import { RedishaError } from '../errors.ts';
import type { Value } from '../app/ports/rescues.ts';
import { keyText } from './commands.ts';
import type { ConnectionOptions, Reply } from './connection.ts';
import { Failure, operationalError } from './failure.ts';
import { Keys } from './key-space.ts';
import type { RawStream } from './stream.ts';
import { withStream } from './stream.ts';

const KEYS_AT_ONCE = 200;
const BYTES_MAX = 64 * 1024 * 1024;

interface Entry {
  readonly database: number;
  readonly key: Buffer;
  readonly value: Value;
}

const keysOf = async (keys: Keys, database: number): Promise<readonly Buffer[]> => {
  const found = new Map<string, Buffer>();
  let cursor = '0';
  do {
    const [reply] = await keys.call(database, [['SCAN', cursor, 'COUNT', '1000']]);
    const [next, some] = reply as readonly [Buffer, readonly Buffer[]];
    cursor = next.toString();
    for (const key of some) found.set(key.toString('latin1'), key);
  } while (cursor !== '0');
  return [...found.values()];
};

/** @throws {RedishaError} STEP_FAILED where it is too much for one transaction */
const entriesOf = async (options: ConnectionOptions): Promise<readonly Entry[]> => {
  const keys = await Keys.open(options, new AbortController().signal);
  try {
    const entries: Entry[] = [];
    let bytes = 0;
    for (const [database] of await keys.sizes()) {
      for await (const batch of keys.split(database, await keysOf(keys, database))) {
        const values = await keys.values(batch);
        for (const [at, key] of batch.keys.entries()) {
          const value = values[at];
          if (value !== undefined) entries.push({ database, key, value });
          bytes += key.length + (value?.payload.length ?? 0);
        }
        if (bytes > BYTES_MAX) throw new RedishaError('STEP_FAILED', 'its values are too much for one transaction');
      }
    }
    return entries;
  } finally {
    keys.close();
  }
};

const chunksOf = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / KEYS_AT_ONCE) }, (_, at) =>
    all.slice(at * KEYS_AT_ONCE, (at + 1) * KEYS_AT_ONCE),
  );

/** Those that are not there, and whose keys are watched from now on. */
const missingOf = async (stream: RawStream, entries: readonly Entry[]): Promise<readonly Entry[]> => {
  const missing: Entry[] = [];
  for (const database of new Set(entries.map((entry) => entry.database))) {
    await stream.call('SELECT', String(database));
    for (const some of chunksOf(entries.filter((entry) => entry.database === database))) {
      await stream.call('WATCH', ...some.map(({ key }) => key));
      for (const { key } of some) stream.send('EXISTS', key);
      for (const entry of some) if ((await stream.reply()) === 0) missing.push(entry);
    }
  }
  return missing;
};

const wordsOf = ({ key, value }: Entry): readonly (string | Buffer)[] => [
  key,
  String(Math.ceil(value.ttlMs ?? 0)),
  value.payload,
];

/** `undefined` where a watched key had changed. */
const put = async (stream: RawStream, entries: readonly Entry[]): Promise<readonly Reply[] | undefined> => {
  await stream.call('MULTI');
  for (const database of new Set(entries.map((entry) => entry.database))) {
    await stream.call('SELECT', String(database));
    for (const some of chunksOf(entries.filter((entry) => entry.database === database))) {
      for (const entry of some) stream.send('RESTORE', ...wordsOf(entry));
      for (let left = some.length; left > 0; left -= 1) await stream.reply();
    }
  }
  const replies = await stream.call('EXEC');
  return Array.isArray(replies) ? (replies as readonly Reply[]) : undefined;
};

/**
 * True afterwards: the peer has every key of the server that it neither held nor had touched.
 * @throws {RedishaError} SITUATION_CHANGED when a key came to be written there at this moment; DONE_IN_PART when a value was
 * refused; STEP_FAILED when it is too much; else the code of the failure. But for the second, nothing was done.
 */
export const graft = async (from: ConnectionOptions, to: ConnectionOptions, asked: Graft): Promise<Grafted> => {
  const entries = await entriesOf(from);
  const where = formatEndpoint(to.endpoint);
  try {
    return await withStream(to, async (stream) => {
      const missing = await missingOf(stream, entries);
      const { keys, everything } = await asked.touched();
      if (everything !== undefined) throw new RedishaError('STEP_FAILED', `${where} may have touched any key since`);
      const touched = new Set(keys);
      const apart = missing.filter(({ database, key }) => !touched.has(keyText(database, key)));
      const counts = { merged: apart.length, left: entries.length - apart.length };
      if (apart.length === 0) return counts;
      const replies = await put(stream, apart);
      if (replies === undefined) throw new RedishaError('SITUATION_CHANGED', `a key was written on ${where} meanwhile`);
      const refused = replies.filter((reply) => typeof reply === 'object' && !Array.isArray(reply)).length;
      if (refused > 0) throw new RedishaError('DONE_IN_PART', `${where} refused ${String(refused)} of the values`);
      return counts;
    });
  } catch (error) {
    throw error instanceof Failure ? operationalError(error, 'the merge', to.endpoint) : error;
  }
};
