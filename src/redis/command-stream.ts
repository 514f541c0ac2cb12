/**
 * What the commands of a replication stream come to. Nothing here reads a socket or a file.
 *
 * Source: redis/src/replication.c replicationFeedSlaves: every command goes out as an array of bulk strings in one fixed
 * form, preceded by SELECT where the database is another than the last command's.
 */
import type { StretchContent } from '../app/ports.ts';
import { CommandParser, WHOLE } from './command-parser.ts';
import type { Command, Interpreter, Meaning } from './commands.ts';
import { keyText } from './commands.ts';
import { Failure } from './failure.ts';

export const DATABASE_UNKNOWN = 'the database is not known';

const SELECT = Buffer.from('*2\r\n$6\r\nSELECT\r\n');
/** A value full of false SELECTs may cost time, but not without end. */
const ATTEMPTS_MAX = 100;

/** What the commands of a stretch, one after the other, come to. */
export class Tally {
  readonly #interpret: Interpreter;
  readonly #keys = new Set<string>();
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
    if (meaning.kind === 'wide') this.#everything ??= meaning.name;
    if (meaning.kind === 'write') this.#addKeys(meaning.keys);
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

  get content(): StretchContent {
    return { commands: this.#commands, keys: [...this.#keys].toSorted(), everything: this.#everything };
  }

  #addKeys(keys: readonly Buffer[]): void {
    if (this.#database === undefined) this.#everything ??= DATABASE_UNKNOWN;
    else for (const key of keys) this.#keys.add(keyText(this.#database, key));
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
