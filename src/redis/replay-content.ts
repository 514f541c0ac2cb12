/** What a suffix file holds, as far as a replay has to know. Read in pieces, and never held as a whole. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { compareVersions } from '../core/program.ts';
import { RedishaError } from '../errors.ts';
import { timely } from '../host/disk.ts';
import type { Version } from './command-ages.ts';
import { ALWAYS, formAge } from './command-ages.ts';
import type { Piece } from './command-parser.ts';
import { CommandParser, WITHOUT_VALUES } from './command-parser.ts';
import type { Interpreter } from './commands.ts';
import { keyText } from './commands.ts';
import { Failure } from './failure.ts';
import { parseName } from './rescue-store.ts';

/**
 * Redis holds a transaction in memory until EXEC, and hangs up on a client that makes it hold a gigabyte. Source:
 * redis/src/networking.c, client-query-buffer-limit, which counts queued commands.
 */
const BYTES_MAX = 512 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

export interface Replayable {
  readonly file: string;
  readonly marker: string;
  readonly bytes: number;
  readonly keys: ReadonlyMap<number, readonly Buffer[]>;
  /** Of all its commands, the one whose form is known only since the latest version of Redis. */
  readonly newest: { readonly name: string; readonly since: Version };
}

const damaged = (file: string, why: string): RedishaError =>
  new RedishaError('RESCUE_FAILED', `${basename(file)} cannot be replayed: ${why}`, {
    hint: `redisha rescue diff ${basename(file)} shows what the master lacks, where the file can be read`,
  });

/** What the file holds of commands that do something, chunk by chunk, without brackets: all of it becomes one transaction. */
export async function* piecesIn(file: string, interpret: Interpreter): AsyncGenerator<readonly Piece[]> {
  const parser = new CommandParser(WITHOUT_VALUES);
  let isLeftOut = false;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
      yield [...parser.pieces(chunk as Buffer)].filter(({ start }) => {
        if (start !== undefined) isLeftOut = ['bracket', 'nothing'].includes(interpret(start.head).kind);
        return !isLeftOut;
      });
    }
  } catch (error) {
    if (error instanceof Failure && error.kind === 'garbled') throw damaged(file, 'it is damaged');
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : damaged(file, code ?? String(error));
  }
  if (!parser.isComplete) throw damaged(file, 'it is damaged');
}

/** The keys of the commands by database, and which of them is the newest. */
const contentOf = async (file: string, interpret: Interpreter): Promise<Pick<Replayable, 'keys' | 'newest'>> => {
  const keys = new Map<number, Map<string, Buffer>>();
  let newest: Replayable['newest'] = { name: 'SET', since: ALWAYS };
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
      const since = formAge(meaning.name, command);
      if (compareVersions(newest.since, since) < 0) newest = { name: meaning.name, since };
    }
  }
  return { keys: new Map([...keys].map(([of, known]) => [of, [...known.values()]])), newest };
};

export const examine = async (file: string, interpret: Interpreter): Promise<Replayable> => {
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
    ...(await contentOf(file, interpret)),
  };
};

export const markerOf = (replid8: string, fromOffset: number, toOffset: number): string =>
  `redisha:merged:${replid8}:${String(fromOffset)}-${String(toOffset)}`;
