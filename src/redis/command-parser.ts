/**
 * Bytes of a replication stream as commands, in whatever pieces they come. The reader of replies gives a value when all of it
 * is there; this one passes it on in pieces, so that a value of gigabytes never has to fit into memory. Only inside such a
 * value is a command cut: all words before the first one, and all after the last, are in one piece.
 *
 * Source: redis/src/replication.c replicationFeedSlaves: a command is an array of bulk strings, in one fixed form.
 */
import { type Command, TOO_LONG } from './command.ts';
import { garbled } from './failure.ts';
import { assertEnd, END_BYTES, Header, LETTER } from './wire/protocol.ts';

/** Some or all of the bytes of one command. */
export interface Piece {
  /** On its first piece: of how many words the command is, and those before the first that is not kept. */
  readonly start: { readonly head: Command; readonly words: number } | undefined;
  /** As they came, after the name. */
  readonly bytes: Buffer;
  /** The whole command on its last piece; words that are not kept stand as `TOO_LONG`. */
  readonly command: Command | undefined;
}

/** The same bytes again, under another name where `rename` gives one. */
export const bytesOf = (
  { start, bytes }: Piece,
  rename: (name: Buffer) => Buffer = (name) => name,
): readonly Buffer[] => {
  const [named] = start?.head ?? [];
  if (start === undefined || named === undefined) return [bytes];
  const name = rename(named);
  return [Buffer.from(`*${String(start.words)}\r\n$${String(name.length)}\r\n`), name, LINE_END, bytes];
};

export interface Limits {
  /** A longer word is not kept. */
  readonly wordBytesMax: number;
  /** Of a command that is longer in all that would be kept, only the name is. */
  readonly commandBytesMax: number;
}

/** Longer than any key that people choose, and than a chunk of the stream. */
export const WITHOUT_VALUES: Limits = { wordBytesMax: 64 * 1024, commandBytesMax: 64 * 1024 * 1024 };
export const WHOLE: Limits = { wordBytesMax: Number.POSITIVE_INFINITY, commandBytesMax: Number.POSITIVE_INFINITY };

const NAME_BYTES_MAX = 1024;
/** What a word costs beside its bytes. */
const WORD_COST_BYTES = 100;
const LINE_END = Buffer.from('\r\n');
const NOTHING: Buffer = Buffer.alloc(0);

export class CommandParser {
  readonly #limits: Limits;
  readonly #header = new Header();
  #wordsLeft = 0;
  /** Bytes of the present word that are still to come, with its line end; `undefined` where its header is. */
  #bytesLeft: number | undefined;
  #word: Buffer[] | undefined;
  #command: Buffer[] = [];
  #words = 0;
  #keptBytes = 0;
  #isStarted = false;
  /** Bytes of the present command that are not yet passed on. */
  #kept: Buffer[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** True when what was fed ends with the end of a command. */
  get isComplete(): boolean {
    return this.#wordsLeft === 0 && this.#header.letter === 0;
  }

  /** The commands that `chunk` completes. Throws {@link Failure} when these are no commands. */
  feed(chunk: Buffer): readonly Command[] {
    return [...this.#parse(chunk, false)].flatMap(({ command }) => (command === undefined ? [] : [command]));
  }

  /** What `chunk` holds of each command. Throws {@link Failure} when these are no commands. */
  pieces(chunk: Buffer): Generator<Piece> {
    return this.#parse(chunk, true);
  }

  *#parse(chunk: Buffer, isKeeping: boolean): Generator<Piece> {
    let begin = 0;
    for (let at = 0; at < chunk.length; ) {
      const words = this.#command.length;
      at = this.#bytesLeft === undefined ? this.#readHeader(chunk, at) : this.#readWord(chunk, at, this.#bytesLeft);
      if (words === 0 && this.#command.length === 1) begin = at;
      if (this.#wordsLeft > 0 || this.#command.length === 0) continue;
      yield this.#piece(chunk.subarray(begin, at), true);
      begin = at;
    }
    if (this.#command.length === 0) return;
    const rest = chunk.subarray(begin);
    const isLong = this.#bytesLeft !== undefined && this.#word === undefined;
    if (isLong) yield this.#piece(rest, false);
    else if (isKeeping) this.#kept.push(rest);
  }

  #piece(rest: Buffer, isEnd: boolean): Piece {
    const words = this.#command;
    const bytes = this.#kept.length === 0 ? rest : Buffer.concat([...this.#kept, rest]);
    this.#kept = [];
    const headTo = this.#isStarted ? 0 : words.indexOf(TOO_LONG);
    const head = words.slice(0, headTo < 0 ? words.length : headTo);
    const start = this.#isStarted ? undefined : { head, words: this.#words };
    const isKept = this.#keptBytes <= this.#limits.commandBytesMax;
    const command = isEnd ? (isKept ? words : words.slice(0, 1)) : undefined;
    this.#isStarted = !isEnd;
    if (isEnd) [this.#command, this.#keptBytes] = [[], 0];
    return { start, bytes, command };
  }

  #readHeader(chunk: Buffer, from: number): number {
    const header = this.#header;
    const to = header.read(chunk, from);
    if (to < 0) return chunk.length;
    const { letter, number } = header;
    header.letter = 0;
    const isArray = this.#wordsLeft === 0;
    if (letter !== (isArray ? LETTER.array : LETTER.string) || number < 0 || (isArray && number === 0))
      throw garbled('it holds something else than commands');
    if (isArray) this.#wordsLeft = this.#words = number;
    else this.#beginWord(number);
    return to;
  }

  #beginWord(number: number): void {
    if (this.#command.length === 0 && number > NAME_BYTES_MAX) throw garbled('it holds a name without end');
    this.#bytesLeft = number + END_BYTES;
    const isKept =
      this.#command.length === 0 ||
      (number <= this.#limits.wordBytesMax && this.#keptBytes <= this.#limits.commandBytesMax);
    this.#word = isKept ? [] : undefined;
    this.#keptBytes += isKept ? number + WORD_COST_BYTES : 0;
  }

  #readWord(chunk: Buffer, from: number, left: number): number {
    const to = Math.min(from + left, chunk.length);
    // A copy: a word that is kept must not keep its chunk.
    const payloadTo = Math.min(to, from + left - END_BYTES);
    if (payloadTo > from) this.#word?.push(Buffer.from(chunk.subarray(from, payloadTo)));
    assertEnd(chunk, from + left - END_BYTES);
    this.#bytesLeft = left - (to - from);
    if (this.#bytesLeft > 0) return to;
    this.#bytesLeft = undefined;
    this.#wordsLeft--;
    this.#keep();
    return to;
  }

  #keep(): void {
    const word =
      this.#word === undefined ? TOO_LONG : this.#word.length === 1 ? this.#word[0] : Buffer.concat(this.#word);
    const isRoom = this.#keptBytes <= this.#limits.commandBytesMax;
    if (isRoom || this.#command.length === 0) this.#command.push(word ?? NOTHING);
    this.#word = undefined;
  }
}
