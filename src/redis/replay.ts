/**
 * The commands of a suffix file on another server, all in one transaction and exactly once.
 *
 * A marker key is written in the same transaction, so "done" and "noted as done" are one event, whenever we are killed.
 * Marker and keys are watched before the last look at the other side: a write that slips in between makes Redis refuse
 * the transaction. Source: redis.io/topics/transactions ("Optimistic locking using check-and-set").
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { RedishaError } from '../errors.ts';
import { formatEndpoint } from '../core/model.ts';
import { parseCommands } from './command-stream.ts';
import type { Command, Interpreter } from './commands.ts';
import { keyText, loadInterpreter } from './commands.ts';
import type { Argument, ConnectionOptions, Reply } from './connection.ts';
import { Connection } from './connection.ts';
import { Failure, failureOfReply, operationalError } from './failure.ts';
import { parseName } from './rescue-store.ts';

/** A merge that was cut off is begun again within seconds; a day leaves time for a person. */
const MARKER_SECONDS = '86400';
const MARKER_DONE = '1';
const KEYS_PER_WATCH = 1000;
/** What a transaction may take beyond one command's deadline: a loaded Redis replays far more than this a second. */
const MS_PER_MEBIBYTE = 1000;

interface Replay {
  readonly marker: string;
  readonly bytes: number;
  /** Every SELECT and every write, in order. */
  readonly commands: readonly Command[];
  readonly keys: ReadonlyMap<number, readonly Buffer[]>;
}

const damaged = (file: string, why: string): RedishaError =>
  new RedishaError('RESCUE_FAILED', `${basename(file)} cannot be replayed: ${why}`);

const nameOf = (command: readonly Argument[] | undefined): string =>
  (command?.[0] ?? '').toString().toUpperCase().slice(0, 32);

/** The keys of the commands by database. */
const keysOf = (file: string, commands: readonly Command[], interpret: Interpreter): Replay['keys'] => {
  const keys = new Map<number, Map<string, Buffer>>();
  let database = 0;
  for (const command of commands) {
    const meaning = interpret(command);
    if (meaning.kind === 'select') ({ database } = meaning);
    if (meaning.kind === 'wide') throw damaged(file, `${meaning.name} may touch any key`);
    if (meaning.kind !== 'write') continue;
    const known = keys.get(database) ?? new Map<string, Buffer>();
    keys.set(database, known);
    for (const key of meaning.keys) known.set(keyText(database, key), key);
  }
  return new Map([...keys].map(([of, known]) => [of, [...known.values()]]));
};

const load = async (file: string, interpret: Interpreter): Promise<Replay> => {
  const name = parseName(file);
  if (name?.fromOffset === undefined) throw damaged(file, 'its name is not that of a suffix');
  const bytes = await readFile(file).catch((error: unknown) => {
    throw damaged(file, (error as NodeJS.ErrnoException).code ?? String(error));
  });
  const all = parseCommands(bytes);
  if (all === undefined) throw damaged(file, 'it is damaged');
  return {
    marker: `redisha:merged:${name.replid8}:${String(name.fromOffset)}-${String(name.toOffset)}`,
    bytes: bytes.length,
    commands: all.filter((command) => interpret(command).kind !== 'bracket'),
    keys: keysOf(file, all, interpret),
  };
};

/** True afterwards: the marker is watched, and was not there; false when the file has been replayed. */
const claim = async (connection: Connection, { marker }: Replay, where: string): Promise<boolean> => {
  await connection.call('WATCH', marker);
  const found = await connection.call('GET', marker);
  if (found === null) return true;
  if (found === MARKER_DONE) return false;
  throw new RedishaError('STEP_FAILED', `the merge into ${where} was done in part: ${String(found)} failed`);
};

const watch = async (connection: Connection, keys: Replay['keys']): Promise<void> => {
  for (const [database, all] of keys) {
    await connection.call('SELECT', String(database));
    for (let from = 0; from < all.length; from += KEYS_PER_WATCH) {
      await connection.call('WATCH', ...all.slice(from, from + KEYS_PER_WATCH));
    }
  }
};

/** The replies of the transaction, one for each of `commands`, or `undefined` where a watched key had changed. */
const execute = async (
  connection: Connection,
  commands: readonly (readonly Argument[])[],
  refused: (failure: Failure, name: string) => RedishaError,
): Promise<readonly Reply[] | undefined> => {
  const sent = [['MULTI'], ...commands, ['EXEC']];
  const settled = await Promise.allSettled(sent.map((command) => connection.call(...command)));
  // The first refusal is the reason; EXEC's own only says that there was one.
  const at = settled.findIndex(({ status }) => status === 'rejected');
  const found = settled[at];
  if (found?.status === 'rejected') {
    if (found.reason instanceof Failure) throw refused(found.reason, nameOf(sent[at]));
    throw found.reason;
  }
  const last = settled.at(-1);
  const replies = last?.status === 'fulfilled' ? last.value : null;
  return Array.isArray(replies) ? (replies as readonly Reply[]) : undefined;
};

/** Redis goes on after an error inside EXEC. The marker then says so, so that nobody takes the merge for whole. */
const assertWhole = async (
  connection: Connection,
  marker: string,
  commands: readonly (readonly Argument[])[],
  replies: readonly Reply[],
  refused: (failure: Failure, name: string) => RedishaError,
): Promise<void> => {
  const at = replies.findIndex((reply) => reply instanceof Error);
  const found = replies[at];
  if (!(found instanceof Error)) return;
  const name = nameOf(commands[at]);
  await connection.call('SET', marker, name, 'EX', MARKER_SECONDS);
  throw refused(new Failure('error', failureOfReply(found.message).message), name);
};

/**
 * Every command of `file` has been carried out exactly once, however often this was begun within a day.
 * @throws {RedishaError} SITUATION_CHANGED when the server took a write to one of the keys meanwhile or is no master any
 * more; RESCUE_FAILED when the file is none that can be replayed; else the code of the failure, with the command's name.
 */
export const replayFile = async (
  options: ConnectionOptions,
  file: string,
  assertApart: () => Promise<void>,
): Promise<void> => {
  const replay = await load(file, await loadInterpreter(options.renamedCommands));
  const where = formatEndpoint(options.endpoint);
  const changed = (why: string): RedishaError =>
    new RedishaError('SITUATION_CHANGED', `not merged into ${where}: ${why}`);
  const refused = (failure: Failure, name: string): RedishaError =>
    failure.message.startsWith('READONLY')
      ? changed('it is no master any more')
      : operationalError(failure, name, options.endpoint);
  const extraMs = Math.ceil(replay.bytes / (1024 * 1024)) * MS_PER_MEBIBYTE;
  const patient = { ...options, commandTimeoutMs: options.commandTimeoutMs + extraMs };
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(patient);
    if (!(await claim(connection, replay, where))) return;
    await watch(connection, replay.keys);
    await assertApart();
    const marking = [
      ['SELECT', '0'],
      ['SET', replay.marker, MARKER_DONE, 'EX', MARKER_SECONDS],
    ];
    const commands = [['SELECT', '0'], ...replay.commands, ...marking];
    const replies = await execute(connection, commands, refused);
    if (replies === undefined) throw changed('one of the keys was written there at this moment');
    await assertWhole(connection, replay.marker, commands, replies, refused);
  } catch (error) {
    throw error instanceof Failure ? refused(error, 'the merge') : error;
  } finally {
    connection?.close();
  }
};
