/**
 * The commands of a suffix file on another server, all in one transaction and exactly once. The file is read twice, for
 * its keys and for what it says, and never held as a whole.
 *
 * A marker key is written in the same transaction, so "done" and "noted as done" are one event, whenever we are killed.
 * Marker and keys are watched before the last look at the other side: a write that slips in between makes Redis refuse
 * the transaction. Source: redis.io/topics/transactions ("Optimistic locking using check-and-set").
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Replayed, ReplayOutcome } from '../app/ports.ts';
import { RedishaError } from '../errors.ts';
import { formatEndpoint } from '../core/model.ts';
import type { Piece } from './command-parser.ts';
import { bytesOf, CommandParser, WITHOUT_VALUES } from './command-parser.ts';
import type { Interpreter } from './commands.ts';
import { keyText, loadInterpreter } from './commands.ts';
import type { ConnectionOptions } from './connection.ts';
import { Failure, operationalError } from './failure.ts';
import { timely } from './rescue-file.ts';
import { parseName } from './rescue-store.ts';
import { RawStream } from './stream.ts';

/** A merge that was cut off is begun again within seconds; a day leaves time for a person. */
const MARKER_SECONDS = '86400';
const MARKER_DONE = '1';
const KEYS_PER_WATCH = 1000;
/** What a transaction may take beyond one command's deadline: a loaded Redis replays far more than this a second. */
const MS_PER_MEBIBYTE = 1000;
/**
 * Redis holds a transaction in memory until EXEC, and hangs up on a client that makes it hold a gigabyte. Source:
 * redis/src/networking.c, client-query-buffer-limit, which counts queued commands.
 */
const BYTES_MAX = 512 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

interface Replay {
  readonly file: string;
  readonly marker: string;
  readonly bytes: number;
  readonly keys: ReadonlyMap<number, readonly Buffer[]>;
}

type Refused = (failure: Failure, name: string) => RedishaError;

const damaged = (file: string, why: string): RedishaError =>
  new RedishaError('RESCUE_FAILED', `${basename(file)} cannot be replayed: ${why}`, {
    hint: `redisha rescue diff ${basename(file)} shows what the master lacks, where the file can be read`,
  });

const inPart = (why: string): RedishaError =>
  new RedishaError('DONE_IN_PART', why, { hint: 'redisha rescue diff FILE shows what the master lacks' });

const nameOf = (name: Buffer | undefined): string => (name ?? '').toString().toUpperCase().slice(0, 32);

/** What the file holds of commands, chunk by chunk, without the brackets of transactions: all of it becomes one. */
async function* piecesIn(file: string, interpret: Interpreter): AsyncGenerator<readonly Piece[]> {
  const parser = new CommandParser(WITHOUT_VALUES);
  let isBracket = false;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
      yield [...parser.pieces(chunk as Buffer)].filter(({ start }) => {
        if (start !== undefined) isBracket = interpret([start.name]).kind === 'bracket';
        return !isBracket;
      });
    }
  } catch (error) {
    if (error instanceof Failure && error.kind === 'garbled') throw damaged(file, 'it is damaged');
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : damaged(file, code ?? String(error));
  }
  if (!parser.isComplete) throw damaged(file, 'it is damaged');
}

/** The keys of the commands by database. */
const keysIn = async (file: string, interpret: Interpreter): Promise<Replay['keys']> => {
  const keys = new Map<number, Map<string, Buffer>>();
  let database = 0;
  for await (const pieces of piecesIn(file, interpret)) {
    for (const { command } of pieces) {
      if (command === undefined) continue;
      const meaning = interpret(command);
      if (meaning.kind === 'select') ({ database } = meaning);
      if (meaning.kind === 'wide') throw damaged(file, `${meaning.name} may touch any key`);
      if (meaning.kind !== 'write') continue;
      const known = keys.get(database) ?? new Map<string, Buffer>();
      keys.set(database, known);
      for (const key of meaning.keys) known.set(keyText(database, key), key);
    }
  }
  return new Map([...keys].map(([of, known]) => [of, [...known.values()]]));
};

const examine = async (file: string, interpret: Interpreter): Promise<Replay> => {
  const name = parseName(file);
  if (name?.fromOffset === undefined) throw damaged(file, 'its name is not that of a suffix');
  const { size: bytes } = await timely(stat(file)).catch((error: unknown) => {
    throw damaged(file, (error as NodeJS.ErrnoException).code ?? String(error));
  });
  if (bytes > BYTES_MAX) {
    const [has, takes] = [Math.ceil(bytes / 1e6), Math.floor(BYTES_MAX / 1e6)].map(String);
    throw new RedishaError('STEP_FAILED', `its ${has} MB are too much for one transaction, which takes ${takes} MB`, {
      hint: `redisha rescue restore ${basename(file)} --only-missing brings back the keys that the master lacks`,
    });
  }
  return {
    file,
    marker: markerOf(name.replid8, name.fromOffset, name.toOffset),
    bytes,
    keys: await keysIn(file, interpret),
  };
};

const markerOf = (replid8: string, fromOffset: number, toOffset: number): string =>
  `redisha:merged:${replid8}:${String(fromOffset)}-${String(toOffset)}`;

/** The first of the files that the server has as a whole, by its marker; none where that cannot be read. */
export const findReplayedOf = async (
  options: ConnectionOptions,
  files: readonly (Replayed & { readonly replid8: string; readonly fromOffset: number })[],
): Promise<Replayed | undefined> => {
  if (files.length === 0) return undefined;
  let stream: RawStream | undefined;
  try {
    stream = await RawStream.open(options);
    for (const { file, replid8, fromOffset, toOffset } of files) {
      stream.send('GETRANGE', markerOf(replid8, fromOffset, toOffset), '0', '-1');
      if ((await stream.bulk()) === MARKER_DONE) return { file, toOffset };
    }
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  } finally {
    stream?.close();
  }
};

/** True when the file has been replayed there. */
const isDone = async (stream: RawStream, { marker }: Replay, where: string): Promise<boolean> => {
  stream.send('GETRANGE', marker, '0', '-1');
  const found = await stream.bulk();
  if (found === '') return false;
  if (found === MARKER_DONE) return true;
  throw inPart(`the merge into ${where} was done in part: ${found} failed`);
};

const watch = async (stream: RawStream, keys: Replay['keys']): Promise<void> => {
  for (const [database, all] of keys) {
    await stream.call('SELECT', String(database));
    for (let from = 0; from < all.length; from += KEYS_PER_WATCH) {
      await stream.call('WATCH', ...all.slice(from, from + KEYS_PER_WATCH));
    }
  }
};

/** True afterwards: the server has queued every command of the file, with the names that it knows them by. */
const queueFile = async (
  stream: RawStream,
  { file }: Replay,
  interpret: Interpreter,
  { renamedCommands }: ConnectionOptions,
  refused: Refused,
): Promise<void> => {
  const rename = (name: Buffer): Buffer => {
    const renamed = renamedCommands[nameOf(name)];
    return renamed === undefined ? name : Buffer.from(renamed);
  };
  for await (const pieces of piecesIn(file, interpret)) {
    await stream.write(Buffer.concat(pieces.flatMap((piece) => bytesOf(piece, rename))));
    for (const { command } of pieces) {
      const failure = command === undefined ? undefined : await stream.skip();
      if (failure !== undefined) throw refused(failure, nameOf(command?.[0]));
    }
  }
};

/** The first of the replies inside EXEC that is an error; `'changed'` where a watched key had changed. */
const execute = async (
  stream: RawStream,
): Promise<'done' | 'changed' | { readonly at: number; readonly failure: Failure }> => {
  const count = Number((await stream.call('EXEC')).slice(1));
  if (count < 0) return 'changed';
  let found: { readonly at: number; readonly failure: Failure } | undefined;
  for (let at = 0; at < count; at += 1) {
    const failure = await stream.skip();
    if (failure !== undefined) found ??= { at, failure };
  }
  return found ?? 'done';
};

/** The name of the command in that place of the transaction, which begins with a SELECT of ours. */
const nameAt = async ({ file }: Replay, interpret: Interpreter, place: number): Promise<string> => {
  let at = 1;
  for await (const pieces of piecesIn(file, interpret)) {
    for (const { command } of pieces) if (command !== undefined && at++ === place) return nameOf(command[0]);
  }
  return 'SET';
};

/**
 * Every command of `file` has been carried out exactly once, however often this was begun within a day.
 * @throws {RedishaError} SITUATION_CHANGED when the server took a write to one of the keys meanwhile or is no master any
 * more; RESCUE_FAILED when the file is none that can be replayed; STEP_FAILED when it is too large for one transaction;
 * DONE_IN_PART when a command failed inside it; else the code of the failure, with the command's name.
 */
export const replayFile = async (
  options: ConnectionOptions,
  file: string,
  assertApart: () => Promise<void>,
): Promise<ReplayOutcome> => {
  const interpret = await loadInterpreter(options.renamedCommands);
  const replay = await examine(file, interpret);
  const where = formatEndpoint(options.endpoint);
  const changed = (why: string): RedishaError =>
    new RedishaError('SITUATION_CHANGED', `not merged into ${where}: ${why}`);
  const refused: Refused = (failure, name) =>
    failure.message.startsWith('READONLY')
      ? changed('it is no master any more')
      : operationalError(failure, name, options.endpoint);
  const extraMs = Math.ceil(replay.bytes / (1024 * 1024)) * MS_PER_MEBIBYTE;
  const patient = { ...options, commandTimeoutMs: options.commandTimeoutMs + extraMs };
  let stream: RawStream | undefined;
  try {
    stream = await RawStream.open(patient);
    await stream.call('WATCH', replay.marker);
    if (await isDone(stream, replay, where)) return 'done before';
    await watch(stream, replay.keys);
    await assertApart();
    await stream.call('MULTI');
    await stream.call('SELECT', '0');
    await queueFile(stream, replay, interpret, options, refused);
    await stream.call('SELECT', '0');
    await stream.call('SET', replay.marker, MARKER_DONE, 'EX', MARKER_SECONDS);
    const outcome = await execute(stream);
    if (outcome === 'changed') throw changed('one of the keys was written there at this moment');
    if (outcome === 'done') return 'done';
    // Redis goes on after an error inside EXEC. The marker then says so, so that nobody takes the merge for whole.
    const name = await nameAt(replay, interpret, outcome.at);
    await stream.call('SET', replay.marker, name, 'EX', MARKER_SECONDS);
    throw inPart(`${name} on ${where} failed: ${outcome.failure.message}`);
  } catch (error) {
    throw error instanceof Failure ? refused(error, 'the merge') : error;
  } finally {
    stream?.close();
  }
};

/**
 * What {@link replayFile} would come to as far as the file and the marker tell. Changes nothing.
 * @throws {RedishaError} as `replayFile` does for a file that it refuses
 */
export const foreseeReplay = async (options: ConnectionOptions, file: string): Promise<ReplayOutcome> => {
  const replay = await examine(file, await loadInterpreter(options.renamedCommands));
  let stream: RawStream | undefined;
  try {
    stream = await RawStream.open(options);
    return (await isDone(stream, replay, formatEndpoint(options.endpoint))) ? 'done before' : 'done';
  } catch (error) {
    throw error instanceof Failure ? operationalError(error, 'the look at the marker', options.endpoint) : error;
  } finally {
    stream?.close();
  }
};
