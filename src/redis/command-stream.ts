/**
 * What the commands of a replication stream come to. Nothing here reads a socket or a file.
 *
 * Source: redis/src/replication.c replicationFeedSlaves: every command goes out as an array of bulk strings in one fixed
 * form, preceded by SELECT where the database is another than the last command's.
 */
import type { SuffixContent } from '../app/ports.ts';
import { CommandParser, WHOLE } from './command-parser.ts';
import type { Traits } from './command-table.ts';
import { traitsOf } from './command-table.ts';
import type { Command } from './command.ts';
import type { Interpreter, Meaning } from './commands.ts';
import { keyText } from './commands.ts';
import { Failure } from './failure.ts';

export const DATABASE_UNKNOWN = 'the database is not known';

const SELECT = Buffer.from('*2\r\n$6\r\nSELECT\r\n');
/** A value full of false SELECTs may cost time, but not without end. */
const ATTEMPTS_MAX = 100;

/** What the commands of a suffix, one after the other, come to. */
export class Tally {
  readonly #interpret: Interpreter;
  readonly #keys = new Set<string>();
  /** Keys that were written before any word on the database. */
  readonly #unplaced = new Map<string, Buffer>();
  /** Those of them that are there at the end, by what the commands say. */
  readonly #left = new Set<string>();
  /** Keys to which something else was done than to remove them, and such as were written before any word on the database. */
  readonly #changed = new Set<string>();
  readonly #unplacedChanged = new Set<string>();
  #database: number | undefined;
  #commands = 0;
  #everything: string | undefined;
  #databaseMissed = false;

  constructor(interpret: Interpreter, database: number | undefined) {
    this.#interpret = interpret;
    this.#database = database;
  }

  add(command: Command): Meaning {
    const meaning = this.#interpret(command);
    if (meaning.kind === 'select') this.#database = meaning.database;
    if (meaning.kind === 'write') this.#addKeys(meaning.keys, traitsOf(meaning.name));
    if (meaning.kind === 'wide') {
      this.#everything ??= meaning.name;
      this.#left.clear();
    }
    if (meaning.kind === 'wide' || meaning.kind === 'write') {
      this.#commands += 1;
      this.#databaseMissed ||= this.#database === undefined;
    }
    return meaning;
  }

  /** True when a write came before any word on its database. */
  get databaseMissed(): boolean {
    return this.#databaseMissed;
  }

  /** True when a key of the database in which the suffix begins is there at its end: that database holds keys then. */
  get leavesKeys(): boolean {
    return this.#left.size > 0;
  }

  /** `database` is the one in which the suffix begins, as far as it is known. */
  content(database: number | undefined): SuffixContent {
    const isPlaced = database !== undefined;
    const placed = isPlaced ? [...this.#unplaced].map(([name, key]) => [keyText(database, key), name] as const) : [];
    const changed = new Set(placed.flatMap(([text, name]) => (this.#unplacedChanged.has(name) ? text : [])));
    const keys = [...new Set([...this.#keys, ...placed.map(([text]) => text)])].toSorted();
    const isRemoved = (text: string): boolean => !this.#changed.has(text) && !changed.has(text);
    const isMissing = !isPlaced && this.#unplaced.size > 0;
    return {
      commands: this.#commands,
      keys,
      removed: keys.filter(isRemoved),
      everything: this.#everything ?? (isMissing ? DATABASE_UNKNOWN : undefined),
    };
  }

  #addKeys(keys: readonly Buffer[], { leavesKeys, removesKeys }: Traits): void {
    const database = this.#database;
    for (const key of keys) {
      const name = key.toString('latin1');
      const text = database === undefined ? undefined : keyText(database, key);
      if (text === undefined) this.#unplaced.set(name, key);
      else this.#keys.add(text);
      if (removesKeys !== true) (text === undefined ? this.#unplacedChanged : this.#changed).add(text ?? name);
      // A key of that name in another database counts as well: too few are left then, never too many.
      if (leavesKeys !== true) this.#left.delete(name);
      else if (database === undefined) this.#left.add(name);
    }
  }
}

/** The commands that `bytes` are made of to the last byte; `undefined` where they are not. */
export const parseCommands = (bytes: Buffer): readonly Command[] | undefined => {
  const parser = new CommandParser(WHOLE);
  try {
    const commands = parser.feed(bytes);
    return parser.isComplete ? commands : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
};

/**
 * The database after the last SELECT in a piece of stream that begins anywhere. What looks like a SELECT inside a value
 * is not taken for one: from a real one on, the bytes are whole commands up to the very end.
 */
export const lastDatabase = (bytes: Buffer): number | undefined => {
  let at = bytes.length;
  for (let attempt = 0; attempt < ATTEMPTS_MAX && at > 0; attempt += 1) {
    at = bytes.lastIndexOf(SELECT, at - 1);
    if (at < 0) return undefined;
    const [select] = parseCommands(bytes.subarray(at)) ?? [];
    if (select?.[1] !== undefined) return Number(select[1]);
  }
  return undefined;
};
