/**
 * The pieces of a suffix as a client may send them, later than they were written. What a replica would do with them as they
 * are, a master does not do for a client:
 *
 * - A replica lets nothing end by itself. To a master a key is gone once its moment has passed, also in the middle of
 *   a transaction: what renewed it (`SET k v PXAT …`, then `PEXPIREAT k …`) would find nothing. So a moment that has passed is
 *   put off until after the transaction. Source: redis/src/db.c expireIfNeeded, redis/src/expire.c checkAlreadyExpired.
 * - A replica may be given the id of a message and its producer in one command. See {@link withoutProducer}.
 */
import type { Piece } from './command-parser.ts';
import { bytesOf } from './command-parser.ts';
import { notBefore } from './command-forms.ts';
import { traitsOf } from './command-table.ts';
import type { Command } from './command.ts';
import type { Interpreter } from './commands.ts';
import { TOO_LONG } from './command.ts';
import { encode } from './connection.ts';

export interface SentCommand {
  readonly name: Buffer;
  /** It only adds to what the server counts by: whether it succeeds makes no difference to the data. */
  readonly isExtra: boolean;
}

export interface Sent {
  readonly bytes: readonly Buffer[];
  /** The commands that end with these bytes, in their order. */
  readonly commands: readonly SentCommand[];
}

export class Translator {
  readonly #interpret: Interpreter;
  readonly #rename: (name: Buffer) => Buffer;
  readonly #earliestMs: number;

  /** `rename` gives the name of a command on the server that it is sent to. No moment is earlier than `earliestMs`. */
  constructor(interpret: Interpreter, rename: (name: Buffer) => Buffer, earliestMs: number) {
    this.#interpret = interpret;
    this.#rename = rename;
    this.#earliestMs = earliestMs;
  }

  send(piece: Piece): Sent {
    const { start, command } = piece;
    const isWhole = start !== undefined && command?.length === start.words && !command.includes(TOO_LONG);
    if (isWhole) return this.#whole(piece, command);
    const { bytes, extra } = this.#tail(this.#head(piece));
    return {
      bytes: [...bytes, ...extra.map((words) => this.#encoded(words))],
      commands: command === undefined ? [] : namesOf(command, extra),
    };
  }

  #whole(piece: Piece, command: Command): Sent {
    const [first = command, ...extra] = this.#translated(command);
    const isAsItWas = first === command && extra.length === 0;
    const bytes = isAsItWas ? bytesOf(piece, this.#rename) : [first, ...extra].map((words) => this.#encoded(words));
    return { bytes, commands: namesOf(command, extra) };
  }

  /** The same piece with what is sent for the words before the first value that is too long to be kept. */
  #head(piece: Piece): Piece {
    const { start, bytes } = piece;
    if (start === undefined) return piece;
    const { head } = start;
    const [first = head] = this.#translated(head);
    if (first === head) return piece;
    const rest = bytes.subarray(encodedWords(head.slice(1)).length);
    return {
      ...piece,
      start: { head: first, words: start.words + first.length - head.length },
      bytes: Buffer.concat([encodedWords(first.slice(1)), rest]),
    };
  }

  /** What is sent for the piece, with other words after the last such value where they are others, and what comes after. */
  #tail(piece: Piece): { readonly bytes: readonly Buffer[]; readonly extra: readonly Command[] } {
    const { command } = piece;
    if (command === undefined) return { bytes: bytesOf(piece, this.#rename), extra: [] };
    const from = command.lastIndexOf(TOO_LONG) + 1;
    const [first = command, ...extra] = this.#translated(command);
    const isOther = first.length === command.length && command.some((word, at) => at >= from && word !== first[at]);
    if (!isOther) return { bytes: bytesOf(piece, this.#rename), extra };
    const cut = piece.bytes.length - encodedWords(command.slice(from)).length;
    const bytes = Buffer.concat([piece.bytes.subarray(0, cut), encodedWords(first.slice(from))]);
    return { bytes: bytesOf({ ...piece, bytes }, this.#rename), extra };
  }

  #translated(words: Command): readonly Command[] {
    const meaning = this.#interpret(words);
    if (meaning.kind !== 'write' && meaning.kind !== 'wide') return [words];
    const { momentAt, momentMs = 1, asClient } = traitsOf(meaning.name);
    const later = notBefore(words, momentAt?.(words), momentMs, this.#earliestMs);
    return asClient?.(later) ?? [later];
  }

  #encoded([name = TOO_LONG, ...rest]: Command): Buffer {
    return encode([this.#rename(name), ...rest]);
  }
}

const namesOf = ([name = TOO_LONG]: Command, extra: readonly Command[] = []): readonly SentCommand[] => [
  { name, isExtra: false },
  ...extra.map(([other = TOO_LONG]) => ({ name: other, isExtra: true })),
];

/** The words alone, without the header that counts them. */
const encodedWords = (words: Command): Buffer => {
  const bytes = encode(words);
  return bytes.subarray(bytes.indexOf('\n') + 1);
};
