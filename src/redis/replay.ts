/**
 * The commands of a suffix file on another server, all in one transaction and exactly once. The file is read twice, for
 * its keys and for what it says.
 *
 * A marker key is written in the same transaction, so "done" and "noted as done" are one event, whenever we are killed.
 * Marker and keys are watched before the last look at the other side: a write that slips in between makes Redis refuse
 * the transaction. Source: redis.io/topics/transactions ("Optimistic locking using check-and-set").
 */
import type { Replayed, ReplayOutcome } from '../app/ports.ts';
import { RedishaError } from '../errors.ts';
import { formatEndpoint } from '../core/model.ts';
import { cleaned } from './cleaned.ts';
import { loadInterpreter } from './commands.ts';
import type { ConnectionOptions } from './connection.ts';
import { Failure, failureOfReply, operationalError } from './failure.ts';
import type { InfoFields } from './info.ts';
import type { Replayable } from './replay-content.ts';
import { examine, markerOf, piecesIn } from './replay-content.ts';
import { assertKnown } from './replay-known.ts';
import type { Sent } from './replayed.ts';
import { Translator } from './replayed.ts';
import { RawStream } from './stream.ts';

/** A merge that was cut off is begun again within seconds; a day leaves time for a person. */
const MARKER_SECONDS = '86400';
const MARKER_DONE = '1';
const KEYS_PER_WATCH = 1000;
/** What a transaction may take beyond one command's deadline: a loaded Redis replays far more than this a second. */
const MS_PER_MEBIBYTE = 1000;
/** A moment that has passed is put off by so much, and by what the transaction may take. */
const PUT_OFF_MS = 10_000;

type Refused = (failure: Failure, name: string) => RedishaError;

const inPart = (why: string): RedishaError =>
  new RedishaError('DONE_IN_PART', why, { hint: 'redisha rescue diff FILE shows what the master lacks' });

const nameOf = (name: Buffer | undefined): string => (name ?? '').toString().toUpperCase().slice(0, 32);

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
const isDone = async (stream: RawStream, { marker }: Replayable, where: string): Promise<boolean> => {
  stream.send('GETRANGE', marker, '0', '-1');
  const found = await stream.bulk();
  if (found === '') return false;
  if (found === MARKER_DONE) return true;
  throw inPart(`the merge into ${where} was done in part: ${cleaned(found)} failed`);
};

/** By the server's own clock, where it tells: since Redis 6.2. */
const earliestMoment = (info: InfoFields, extraMs: number): number => {
  const nowMs = Math.floor(Number(info.get('server_time_usec') ?? Date.now() * 1000) / 1000);
  return nowMs + PUT_OFF_MS + extraMs;
};

/**
 * True afterwards: EXEC will be refused if one of the keys changes. A key whose time has run out, and that is not removed yet,
 * is looked at, and so removed now: that is a write, which the last look at the other side finds.
 */
const watch = async (stream: RawStream, keys: Replayable['keys']): Promise<void> => {
  for (const [database, all] of keys) {
    await stream.call('SELECT', String(database));
    for (let from = 0; from < all.length; from += KEYS_PER_WATCH) {
      const some = all.slice(from, from + KEYS_PER_WATCH);
      await stream.call('WATCH', ...some);
      await stream.call('EXISTS', ...some);
    }
  }
};

type Sending = () => AsyncIterable<readonly Sent[]>;

/**
 * True afterwards: the server has queued every command of the file. Returns the places in the transaction, which begins with
 * a SELECT of ours, of those that may fail.
 */
const queueFile = async (stream: RawStream, send: Sending, refused: Refused): Promise<ReadonlySet<number>> => {
  const extra = new Set<number>();
  let place = 1;
  for await (const some of send()) {
    await stream.write(Buffer.concat(some.flatMap(({ bytes }) => bytes)));
    for (const { name, isExtra } of some.flatMap(({ commands }) => commands)) {
      const { error } = await stream.skim();
      if (error !== undefined) throw refused(failureOfReply(error.message), nameOf(name));
      if (isExtra) extra.add(place);
      place += 1;
    }
  }
  return extra;
};

/** The first of the replies inside EXEC that is an error, but for those that may; `'changed'` where a watched key had changed. */
const execute = async (
  stream: RawStream,
  extra: ReadonlySet<number>,
): Promise<'done' | 'changed' | { readonly at: number; readonly failure: Failure }> => {
  stream.send('EXEC');
  const { isNothing, error } = await stream.skim(extra);
  if (isNothing) return 'changed';
  if (error === undefined) return 'done';
  const failure = failureOfReply(error.message);
  if (error.at === undefined) throw failure;
  return { at: error.at, failure };
};

/** The name of the command in that place of the transaction. */
const nameAt = async (send: Sending, place: number): Promise<string> => {
  let at = 1;
  for await (const some of send()) {
    for (const { name } of some.flatMap(({ commands }) => commands)) if (at++ === place) return nameOf(name);
  }
  return 'SET';
};

/**
 * Every command of `file` has been carried out exactly once, however often this was begun within a day.
 * @throws {RedishaError} SITUATION_CHANGED when the server took a write to one of the keys meanwhile or is no master any
 * more; RESCUE_FAILED when the file is none that can be replayed; STEP_FAILED when it is too large for one transaction;
 * COMMAND_UNAVAILABLE when the server may not know one of its commands; DONE_IN_PART when a command failed inside it; else
 * the code of the failure, with the command's name.
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
      ? changed('it is not a master any more')
      : operationalError(failure, name, options.endpoint);
  const extraMs = Math.ceil(replay.bytes / (1024 * 1024)) * MS_PER_MEBIBYTE;
  const patient = { ...options, commandTimeoutMs: options.commandTimeoutMs + extraMs };
  const rename = (name: Buffer): Buffer => Buffer.from(options.renamedCommands[nameOf(name)] ?? name);
  let stream: RawStream | undefined;
  try {
    stream = await RawStream.open(patient);
    await stream.call('WATCH', replay.marker);
    if (await isDone(stream, replay, where)) return 'done before';
    await assertKnown(replay, await stream.info('server'), where);
    await watch(stream, replay.keys);
    await assertApart();
    const translator = new Translator(interpret, rename, earliestMoment(await stream.info('server'), extraMs));
    async function* send(): AsyncGenerator<readonly Sent[]> {
      for await (const pieces of piecesIn(file, interpret)) yield pieces.map((piece) => translator.send(piece));
    }
    await stream.call('MULTI');
    await stream.call('SELECT', '0');
    const extra = await queueFile(stream, send, refused);
    await stream.call('SELECT', '0');
    await stream.call('SET', replay.marker, MARKER_DONE, 'EX', MARKER_SECONDS);
    const outcome = await execute(stream, extra);
    if (outcome === 'changed') throw changed('one of the keys was written there at this moment');
    if (outcome === 'done') return 'done';
    // Redis goes on after an error inside EXEC. The marker then says so, so that nobody takes the merge for whole.
    const name = await nameAt(send, outcome.at);
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
    const where = formatEndpoint(options.endpoint);
    stream = await RawStream.open(options);
    if (await isDone(stream, replay, where)) return 'done before';
    await assertKnown(replay, await stream.info('server'), where);
    return 'done';
  } catch (error) {
    throw error instanceof Failure ? operationalError(error, 'the look at the marker', options.endpoint) : error;
  } finally {
    stream?.close();
  }
};
