/**
 * A suffix of a server's replication stream, read from its backlog: any client can, with PSYNC, and no fork.
 *
 * Source: redis/src/replication.c masterTryPartialResynchronization, addReplyReplicationBacklog. The reply `+CONTINUE` is
 * followed by the stream from the offset asked for; any other reply begins a full synchronization, and is hung up on.
 */
import type { SuffixRange, SuffixContent } from '../app/ports.ts';
import type { Piece } from './command-parser.ts';
import { bytesOf, CommandParser, WITHOUT_VALUES } from './command-parser.ts';
import { DATABASE_UNKNOWN, lastDatabase, Tally } from './command-stream.ts';
import type { Interpreter } from './commands.ts';
import { loadInterpreter } from './commands.ts';
import type { ConnectionOptions } from './connection.ts';
import { encode } from './connection.ts';
import { Failure } from './failure.ts';
import type { InfoFields } from './info.ts';
import type { RawStream } from './stream.ts';
import { withStream } from './stream.ts';

const CHUNK_BYTES = 64 * 1024;
/** As far as the backlog is searched for the database that a suffix begins in. */
const LOOK_BACK_BYTES = 16 * 1024 * 1024;

const lengthOf = ({ fromOffset, toOffset }: SuffixRange): number => toOffset - fromOffset;

const numberIn = (info: InfoFields, name: string): number => Number(info.get(name) ?? Number.NaN);

/**
 * Asked before PSYNC, since a PSYNC that cannot continue makes the server fork for a full synchronization at once.
 * Source: redis/src/replication.c masterTryPartialResynchronization, whose conditions these are.
 */
const whyNotReadable = (info: InfoFields, { replid, fromOffset, toOffset }: SuffixRange): string | undefined => {
  const first = numberIn(info, 'repl_backlog_first_byte_offset');
  const isSecond = info.get('master_replid2') === replid && fromOffset + 1 <= numberIn(info, 'second_repl_offset');
  if (info.get('master_replid') !== replid && !isSecond) return 'its history has changed';
  if (info.get('repl_backlog_active') !== '1') return 'it keeps no backlog';
  if (first > fromOffset + 1) return `its backlog begins at offset ${String(first)}, after ${String(fromOffset + 1)}`;
  return toOffset > numberIn(info, 'master_repl_offset') ? `it has not reached offset ${String(toOffset)}` : undefined;
};

/** True afterwards: the next bytes of `stream` are the suffix. */
const begin = async (stream: RawStream, info: InfoFields, range: SuffixRange): Promise<void> => {
  const why = whyNotReadable(info, range);
  if (why !== undefined) throw new Failure('error', why);
  stream.send('PSYNC', range.replid, String(range.fromOffset + 1));
  const reply = String(await stream.reply());
  if (!/^CONTINUE( |$)/.test(reply)) throw new Failure('error', 'its backlog does not reach back that far any more');
};

const eachChunk = async (stream: RawStream, range: SuffixRange, use: (chunk: Buffer) => unknown): Promise<void> => {
  for (let left = lengthOf(range); left > 0; ) {
    const chunk = await stream.take(Math.min(left, CHUNK_BYTES));
    left -= chunk.length;
    await use(chunk);
  }
};

/** Every piece of the suffix has been given to `use`, in order and in portions. */
const eachPiece = async (
  options: ConnectionOptions,
  range: SuffixRange,
  use: (pieces: readonly Piece[]) => unknown,
): Promise<void> => {
  if (lengthOf(range) === 0) return;
  await withStream(options, async (stream) => {
    await begin(stream, await stream.info('replication'), range);
    const parser = new CommandParser(WITHOUT_VALUES);
    await eachChunk(stream, range, (chunk) => use([...parser.pieces(chunk)]));
    if (!parser.isComplete) throw new Failure('garbled', 'the suffix ends in the middle of a command');
  });
};

/** Where to begin to look back: a full backlog forgets its oldest bytes while they are asked for. */
const oldestKept = (info: InfoFields): number => {
  const [first, size, filled] = ['first_byte_offset', 'size', 'histlen'].map((name) =>
    numberIn(info, `repl_backlog_${name}`),
  ) as [number, number, number];
  return first + Math.max(0, Math.ceil(size / 8) - Math.max(0, size - filled));
};

/** The database after the last SELECT before the suffix in the backlog; `undefined` where the backlog tells none. */
const findDatabase = async (options: ConnectionOptions, range: SuffixRange): Promise<number | undefined> =>
  withStream(options, async (stream) => {
    const info = await stream.info('replication');
    const { fromOffset: toOffset } = range;
    const first = Math.max(oldestKept(info), toOffset + 1 - LOOK_BACK_BYTES);
    const before: SuffixRange = { ...range, fromOffset: first - 1, toOffset };
    if (!(lengthOf(before) > 0)) return undefined;
    const chunks: Buffer[] = [];
    try {
      await begin(stream, info, before);
      await eachChunk(stream, before, (chunk) => chunks.push(chunk));
    } catch (error) {
      if (error instanceof Failure && error.kind === 'error') return undefined;
      throw error;
    }
    return lastDatabase(Buffer.concat(chunks));
  });

const tallyOf = async (options: ConnectionOptions, range: SuffixRange, interpret: Interpreter): Promise<Tally> => {
  const tally = new Tally(interpret, undefined);
  await eachPiece(options, range, (pieces) => {
    for (const { command } of pieces) if (command !== undefined) tally.add(command);
  });
  return tally;
};

/**
 * The database in which the suffix begins. Where the backlog has forgotten the last SELECT, what is in use says it only if
 * the suffix left a key there: a database whose keys are all gone by now, as that of a queue, is in use no more.
 */
const databaseOf = async (
  options: ConnectionOptions,
  range: SuffixRange,
  tally: () => Tally | Promise<Tally>,
): Promise<number | undefined> => {
  const found = await findDatabase(options, range);
  if (found !== undefined || range.onlyDatabase === undefined) return found;
  return (await tally()).leavesKeys ? range.onlyDatabase : undefined;
};

/** What the suffix holds. Rejects with {@link Failure}. */
export const readSuffix = async (options: ConnectionOptions, range: SuffixRange): Promise<SuffixContent> => {
  const tally = await tallyOf(options, range, await loadInterpreter(options.renamedCommands));
  return tally.content(tally.databaseMissed ? await databaseOf(options, range, () => tally) : undefined);
};

/**
 * The writes of the suffix have been given to `write` as RESP, a SELECT first where they do not begin with one, and their
 * content is returned. Rejects with {@link Failure}, also when a write's database is not known: a file of it could be
 * replayed into the wrong one.
 */
export const copySuffix = async (
  options: ConnectionOptions,
  range: SuffixRange,
  write: (bytes: Buffer) => Promise<void>,
): Promise<SuffixContent> => {
  const interpret = await loadInterpreter(options.renamedCommands);
  const database = await databaseOf(options, range, () => tallyOf(options, range, interpret));
  const tally = new Tally(interpret, database);
  if (database !== undefined) await write(encode(['SELECT', String(database)]));
  let isKept = true;
  await eachPiece(options, range, async (pieces) => {
    const kept: Buffer[] = [];
    for (const piece of pieces) {
      const meaning = piece.command === undefined ? undefined : tally.add(piece.command);
      if (piece.start !== undefined) isKept = (meaning ?? interpret(piece.start.head)).kind !== 'nothing';
      if (isKept) kept.push(...bytesOf(piece));
    }
    if (tally.databaseMissed) throw new Failure('error', DATABASE_UNKNOWN);
    if (kept.length > 0) await write(Buffer.concat(kept));
  });
  return tally.content(database);
};
