/**
 * A server's whole dataset as RDB, over the network, as a replica would get it; no right on its files is needed.
 *
 * Source: redis/src/replication.c syncCommand, readSyncBulkPayload; redis/src/redis-cli.c sendSync and getRDB, which do
 * the same for `redis-cli --rdb`.
 */
import type { ServerVersion } from '../core/program.ts';
import type { ConnectionOptions } from './connection.ts';
import { Failure } from './failure.ts';
import { serverOfInfo } from './info.ts';
import { RDB_MAGIC } from './rescue-whole.ts';
import type { Patience, RawStream } from './stream.ts';
import { withStream } from './stream.ts';

/** Where the received bytes go. */
export interface Sink {
  /** The payload is about to come; `bytes` is `undefined` where the server does not know its size beforehand. */
  announced(bytes: number | undefined): Promise<void>;
  write(bytes: Buffer): Promise<void>;
}

/** Which dataset was received. */
export interface Received {
  /** The history's id before. */
  readonly replid: string;
  /** The history's id after: a server without a backlog begins a new history. */
  readonly replidAfter: string;
  readonly offset: number;
  /** Who sent it; `undefined` where it does not say. */
  readonly server: ServerVersion | undefined;
}

const CHUNK_BYTES = 256 * 1024;
/** Source: redis/src/replication.c rdbPipeWriteHandler, startBgsaveForReplication ($EOF: and 40 random bytes). */
const MARK_BYTES = 40;
/** The server forks and writes its RDB before it sends, and sends a line end every second meanwhile. */
const PREPARING: Patience = { idleMs: 10_000, totalMs: 15 * 60_000 };

/** Asks for what would be welcome. A server that does not know the word refuses, which changes nothing. */
const ask = async (stream: RawStream, ...words: readonly string[]): Promise<void> => {
  stream.send('REPLCONF', ...words);
  try {
    await stream.reply();
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'frozen' || error.kind === 'closed') throw error;
  }
};

interface Header {
  readonly payload: string;
  /** From `+FULLRESYNC <replid> <offset>`; `undefined` after a plain SYNC. */
  readonly replid: string | undefined;
  readonly offset: number | undefined;
}

/**
 * True afterwards: the payload follows. PSYNC says which offset the dataset is of; a user who may only SYNC gets it too.
 */
const request = async (stream: RawStream): Promise<Header> => {
  stream.send('PSYNC', '?', '-1');
  let line = await stream.line(PREPARING);
  if (line.startsWith('-NOPERM') || /^-ERR unknown/i.test(line)) {
    stream.send('SYNC');
    line = await stream.line(PREPARING);
  }
  const full = /^\+FULLRESYNC ([0-9a-zA-Z]+) (\d+)/.exec(line);
  if (full !== null) line = await stream.line(PREPARING);
  if (!line.startsWith('$')) throw new Failure('error', line.replace(/^-/, '').slice(0, 200));
  const offset = full === null ? undefined : Number(full[2]);
  return { payload: line.slice(1), replid: full?.[1], offset };
};

/** As many bytes as were announced. */
const copySized = async (stream: RawStream, bytes: number, write: Sink['write']): Promise<void> => {
  for (let left = bytes; left > 0; ) {
    const chunk = await stream.take(Math.min(left, CHUNK_BYTES));
    left -= chunk.length;
    await write(chunk);
  }
};

/** Everything before the mark. Nothing follows the mark before a replica acknowledges, which we never do. */
const copyMarked = async (stream: RawStream, mark: Buffer, write: Sink['write']): Promise<void> => {
  let kept: Buffer = Buffer.alloc(0);
  while (!kept.equals(mark)) {
    const all = Buffer.concat([kept, await stream.take(CHUNK_BYTES)]);
    const end = Math.max(0, all.length - MARK_BYTES);
    kept = all.subarray(end);
    if (end > 0) await write(all.subarray(0, end));
  }
};

/** Gives everything on, once it has begun as an RDB begins. */
const checkingMagic = (write: Sink['write']): Sink['write'] => {
  let head: Buffer | undefined = Buffer.alloc(0);
  return async (bytes) => {
    if (head === undefined) return write(bytes);
    head = Buffer.concat([head, bytes]);
    if (head.length < 9) return undefined;
    if (!RDB_MAGIC.test(head.toString('latin1', 0, 9))) throw new Failure('garbled', 'it sends no RDB');
    const begun = head;
    head = undefined;
    return write(begun);
  };
};

const copyPayload = async (stream: RawStream, payload: string, sink: Sink): Promise<void> => {
  const write = checkingMagic((bytes) => sink.write(bytes));
  const mark = /^EOF:(.{40})$/.exec(payload)?.[1];
  if (mark === undefined && !/^\d+$/.test(payload)) throw new Failure('garbled', 'it announces no dataset');
  await sink.announced(mark === undefined ? Number(payload) : undefined);
  if (mark === undefined) await copySized(stream, Number(payload), write);
  else await copyMarked(stream, Buffer.from(mark), write);
};

/**
 * Valkey writes for the version that asks, and for one that says none it writes RDB version 11. That has no place for the
 * time to live of a hash field, so Valkey 9 breaks off there. What it can write best is what its own replica would get, so
 * its own version is said. Redis does not know the word, and is not asked to refuse it.
 *
 * Source: valkey/src/replication.c replicaRdbVersion, replconfCommand; seen on 9.1.2: below 9.0.0 the connection is closed.
 */
const sayVersion = async (stream: RawStream, server: ServerVersion | undefined): Promise<void> => {
  if (server?.product === 'valkey') await ask(stream, 'version', server.version.join('.'));
};

/**
 * Where the server sends an RDB without a file, it waits for repl-diskless-sync-delay (5 s) first. Only a replica that can
 * take one by a mark is sent it so: whoever does not say `capa eof` gets a file, and that is begun at once. A small dataset
 * is on the disk before those seconds are over; the server writes such a file at every save. It is its own dump file, which
 * is replaced by what the server holds. Not where the last save failed: another one that fails makes it refuse writes.
 * Source: redis/src/replication.c syncCommand, startBgsaveForReplication; seen on Redis 6.0 to 8.6 and Valkey 8.1 and 9.1.
 */
const BY_DISK_BYTES_MAX = 256 * 1024 * 1024;

/** True where a copy by way of the server's own disk is quicker than one without, and does no harm. */
export const isQuickerByDisk = async (stream: RawStream): Promise<boolean> => {
  const [persistence, memory] = [await stream.info('persistence'), await stream.info('memory')];
  const usedBytes = Number(memory.get('used_memory') ?? Number.NaN);
  return persistence.get('rdb_last_bgsave_status') === 'ok' && usedBytes <= BY_DISK_BYTES_MAX;
};

/** Shows as a replica that wants a copy and no stream after it. */
export const presentAsReader = async (stream: RawStream): Promise<void> => {
  // Port 0 is how INFO shows one that is no replica. Source: redis-cli --rdb is shown the same way.
  await ask(stream, 'listening-port', '0');
  // Without the stream of later writes after it. Source: redis/src/replication.c replconfCommand, since Redis 7.0.
  await ask(stream, 'rdb-only', '1');
};

const receive = async (stream: RawStream, sink: Sink, byMark: boolean): Promise<Received> => {
  const server = serverOfInfo(await stream.info('server'));
  const info = await stream.info('replication');
  const replid = info.get('master_replid') ?? '';
  await presentAsReader(stream);
  if (byMark) await ask(stream, 'capa', 'eof');
  await sayVersion(stream, server);
  const header = await request(stream);
  await copyPayload(stream, header.payload, sink);
  const offset = header.offset ?? Number(info.get('master_repl_offset') ?? 0);
  return { replid, replidAfter: header.replid ?? replid, offset, server };
};

/** `undefined` where that is not the quicker way, and why where the server could not begin. */
const receiveByDisk = async (options: ConnectionOptions, sink: Sink): Promise<Received | Failure | undefined> => {
  let isBegun = false;
  const announced = (bytes: number | undefined): Promise<void> => {
    isBegun = true;
    return sink.announced(bytes);
  };
  try {
    return await withStream(options, async (stream) =>
      (await isQuickerByDisk(stream))
        ? receive(stream, { announced, write: (bytes) => sink.write(bytes) }, false)
        : undefined,
    );
  } catch (error) {
    if (isBegun || !(error instanceof Failure) || !['error', 'closed'].includes(error.kind)) throw error;
    return error;
  }
};

/** The whole dataset has gone to `sink`. Rejects with {@link Failure}, or with what the sink throws. */
export const receiveDataset = async (options: ConnectionOptions, sink: Sink): Promise<Received> => {
  const first = await receiveByDisk(options, sink);
  if (first !== undefined && !(first instanceof Failure)) return first;
  try {
    return await withStream(options, (stream) => receive(stream, sink, true));
  } catch (error) {
    throw first ?? error;
  }
};
