/**
 * A rescue whose values can be looked at, because a private server holds them: a dataset by loading its RDB, a suffix by
 * carrying out its commands on an empty server.
 *
 * What a suffix does to an empty server is what it does to a missing key. A key that began with SET or DEL is then whole;
 * one that was there before and was only changed (INCR, HSET) shows the change alone, and counts as `byEffect`.
 */
import { createReadStream } from 'node:fs';
import type { Doubts, KeyBatch, Likeness, OpenedRescue, Value } from '../app/ports/rescues.ts';
import { RedishaError } from '../errors.ts';
import { CommandParser, WHOLE as WHOLE_COMMANDS } from './command-parser.ts';
import type { Command, Interpreter, Meaning } from './commands.ts';
import { keyText, loadInterpreter } from './commands.ts';
import type { Argument } from './connection.ts';
import type { FailureKind } from './failure.ts';
import { Failure } from './failure.ts';
import { Keys } from './key-space.ts';
import { likeness } from './likeness.ts';
import { SCRATCH_DATABASE } from './private-server.ts';
import type { Wanted } from './rescue-reader.ts';
import { startReader } from './rescue-reader.ts';
import { programText } from './server-programs.ts';

const CHUNK_BYTES = 1024 * 1024;
/** These leave nothing of what the key was before. */
const WHOLE = new Set(['SET', 'SETEX', 'PSETEX', 'MSET', 'DEL', 'UNLINK', 'GETDEL']);
/** These name no keys or leave their database, and touch data only; every other such command stays undone. */
const HARMLESS_WIDE = new Set(['FLUSHALL', 'FLUSHDB', 'SWAPDB', 'COPY', 'MOVE']);
/** Has keys, but reaches out of the private server. It is never in a replication stream. */
const NEVER = new Set(['MIGRATE']);
const NAMES_MAX = 10;
/** The private server lives, and does not carry out this command. */
const REFUSALS: ReadonlySet<FailureKind> = new Set(['error', 'unknown-command']);

interface Touched {
  readonly database: number;
  readonly key: Buffer;
  /** The first command already said all that there is to know. */
  readonly whole: boolean;
}

/** What carrying out the commands of a suffix one after the other comes to. */
class Rehearsal {
  readonly #keys: Keys;
  readonly #interpret: Interpreter;
  readonly #skipped = new Set<string>();
  readonly #unknown = new Set<string>();
  readonly touched = new Map<string, Touched>();
  #skippedCount = 0;
  #everything: string | undefined;
  #database = 0;

  constructor(keys: Keys, interpret: Interpreter) {
    this.#keys = keys;
    this.#interpret = interpret;
  }

  get doubts(): Doubts {
    return {
      skipped: [...this.#skipped].slice(0, NAMES_MAX),
      skippedCount: this.#skippedCount,
      unknown: [...this.#unknown].slice(0, NAMES_MAX),
      everything: this.#everything,
      byEffect: [...this.touched.values()].filter(({ whole }) => !whole).length,
    };
  }

  /** True afterwards: those of the commands that a server without their past takes have been carried out. */
  async carryOut(commands: readonly Command[]): Promise<void> {
    let portion: (readonly [name: string, command: readonly Argument[]])[] = [];
    for (const command of commands) {
      const meaning = this.#interpret(command);
      if (meaning.kind === 'select' && meaning.database !== this.#database) {
        await this.#send(portion);
        portion = [];
        this.#database = meaning.database;
      }
      if (meaning.kind !== 'write' && meaning.kind !== 'wide') continue;
      this.#note(meaning, command);
      if (this.#mayRun(meaning)) portion.push([meaning.name, [meaning.name, ...command.slice(1)]]);
      else this.#skip(meaning.name);
    }
    await this.#send(portion);
  }

  #mayRun(meaning: Meaning & { kind: 'write' | 'wide' }): boolean {
    return meaning.kind === 'write' ? !NEVER.has(meaning.name) : HARMLESS_WIDE.has(meaning.name);
  }

  #skip(name: string): void {
    this.#skippedCount += 1;
    this.#skipped.add(name);
  }

  #note(meaning: Meaning, command: Command): void {
    if (meaning.kind === 'wide') this.#everything ??= meaning.name;
    if (meaning.kind !== 'write') return;
    // SET with KEEPTTL or XX leans on what was there.
    const leans = meaning.name === 'SET' && command.slice(3).some((word) => /^(KEEPTTL|XX)$/i.test(word.toString()));
    for (const key of meaning.keys) {
      const text = keyText(this.#database, key);
      if (this.touched.has(text)) continue;
      this.touched.set(text, { database: this.#database, key, whole: WHOLE.has(meaning.name) && !leans });
    }
  }

  async #send(portion: readonly (readonly [name: string, command: readonly Argument[]])[]): Promise<void> {
    const settled = await this.#keys.settle(
      this.#database,
      portion.map(([, command]) => command),
    );
    for (const [index, result] of settled.entries()) {
      const [name = ''] = portion[index] ?? [];
      if (result.status === 'rejected') {
        const reason: unknown = result.reason;
        if (!(reason instanceof Failure) || !REFUSALS.has(reason.kind)) throw this.#gone(reason);
        this.#skip(name);
        if (reason.kind === 'unknown-command') this.#unknown.add(name);
      } else if (name === 'SET' && result.value === null) this.#skip(name);
    }
  }

  #gone(reason: unknown): unknown {
    return reason instanceof Failure
      ? new RedishaError('RESCUE_FAILED', `the private server is gone: ${reason.message}`, { cause: reason })
      : reason;
  }
}

const rehearse = async (keys: Keys, file: string, interpret: Interpreter): Promise<Rehearsal> => {
  const rehearsal = new Rehearsal(keys, interpret);
  const parser = new CommandParser(WHOLE_COMMANDS);
  const unreadable = (why: string, cause?: unknown): RedishaError =>
    new RedishaError('RESCUE_FAILED', `${file} cannot be read: ${why}`, { cause });
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
      await rehearsal.carryOut(parser.feed(chunk as Buffer));
    }
  } catch (error) {
    if (error instanceof Failure) throw unreadable(error.message, error);
    const { code } = error as NodeJS.ErrnoException;
    throw error instanceof RedishaError || code === undefined ? error : unreadable(code, error);
  }
  if (!parser.isComplete) throw unreadable('it ends in the middle of a command');
  return rehearsal;
};

class Opened implements OpenedRescue {
  readonly #keys: Keys;
  readonly #rehearsal: Rehearsal | undefined;
  readonly #sizes: readonly (readonly [database: number, keys: number])[];
  readonly reader: string;
  readonly libraries: number;

  constructor(reader: string, keys: Keys, rehearsal: Rehearsal | undefined, sizes: Opened['sizes'], libraries: number) {
    this.reader = reader;
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

  compare(database: number, key: Buffer, payload: Buffer): Promise<Likeness> {
    return likeness(this.#keys, database, key, payload);
  }

  isByEffect(database: number, key: Buffer): boolean {
    return this.#rehearsal?.touched.get(keyText(database, key))?.whole === false;
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
  const { program, server } = await startReader(wanted, signal, onLoading);
  try {
    const keys = await Keys.open(server.options, signal);
    try {
      const rehearsal = isSuffix
        ? await rehearse(keys, wanted.file, await loadInterpreter(renamedCommands))
        : undefined;
      const libraries = isSuffix ? 0 : await librariesOf(keys);
      return await use(new Opened(programText(program), keys, rehearsal, await keys.sizes(), libraries));
    } finally {
      keys.close();
    }
  } catch (error) {
    throw signal.aborted ? new RedishaError('INTERRUPTED', 'interrupted by a signal', { cause: error }) : error;
  } finally {
    await server.close();
  }
};
