/**
 * Reads past replies and keeps nothing but the first error in each, so that a reply of any size takes no memory: what commands
 * reply inside EXEC may be larger than the commands.
 */
import { garbled } from '../failure.ts';
import { assertEnd, DEPTH_MAX, END_BYTES, endOfText, Header, Incoming, LETTER } from './protocol.ts';

/** What a reply comes to. */
export interface Skimmed {
  /** The reply says that there is nothing, as EXEC does where a watched key has changed. */
  readonly isNothing: boolean;
  /** The error that the reply is, or the first among its items that is not allowed; those have a place in it. */
  readonly error: { readonly at: number | undefined; readonly message: string } | undefined;
}

/** A reply that is not kept takes no memory, but it takes time. */
export const SKIMMED_BYTES_MAX = 4 * 1024 * 1024 * 1024;

const NONE: ReadonlySet<number> = new Set();

const assertSize = (bytes: number): void => {
  if (bytes > SKIMMED_BYTES_MAX) throw garbled(`a reply is larger than ${String(SKIMMED_BYTES_MAX)} bytes`);
};

export class ReplySkimmer extends Incoming {
  readonly #mayFail: ReadonlySet<number>;
  readonly #header = new Header();
  /** For each array that is not complete, the outermost first: how many of its items are still to come. */
  readonly #left: number[] = [];
  /** Of the outermost array. */
  #length = 0;
  /** What is still to come of a string, with its line end. */
  #stringLeft: number | undefined;
  #skimmedBytes = 0;
  #isNothing = false;
  #error: Skimmed['error'];

  /** An error among the items of a reply is passed over at the places of `mayFail`. */
  constructor(mayFail: ReadonlySet<number> = NONE) {
    super();
    this.#mayFail = mayFail;
  }

  /** What the next reply comes to; `undefined` until all of it has come. Throws {@link Failure} when it is no reply. */
  next(): Skimmed | undefined {
    for (;;) {
      const from = this.at;
      const isComplete = this.#item();
      this.#skimmedBytes += this.at - from;
      assertSize(this.#skimmedBytes);
      if (isComplete === undefined) return undefined;
      if (isComplete && this.#completesReply()) return this.#ended();
    }
  }

  /** Whether an item is complete, or an array has begun; `undefined` where more has to come. */
  #item(): boolean | undefined {
    const { bytes, at } = this;
    if (this.#stringLeft !== undefined) return this.#string(this.#stringLeft);
    if (at >= bytes.length) return undefined;
    const header = this.#header;
    const first = header.letter === 0 ? bytes[at] : 0;
    if (first === LETTER.text || first === LETTER.error) return this.#text(first);
    const to = header.read(bytes, at);
    this.at = to < 0 ? bytes.length : to;
    if (to < 0) return undefined;
    const { letter, number } = header;
    header.letter = 0;
    if (letter === LETTER.string && number >= 0) {
      assertSize(this.#skimmedBytes + number);
      return this.#string(number + END_BYTES);
    }
    this.#isNothing ||= letter !== LETTER.integer && number < 0 && this.#left.length === 0;
    if (letter !== LETTER.array || number <= 0) return true;
    if (this.#left.length === DEPTH_MAX)
      throw garbled(`a reply has more than ${String(DEPTH_MAX)} arrays in each other`);
    if (this.#left.length === 0) this.#length = number;
    this.#left.push(number);
    return false;
  }

  #text(letter: number): true | undefined {
    const from = this.at + 1;
    const end = endOfText(this.bytes, from);
    if (end < 0) return undefined;
    if (letter === LETTER.error) this.#failed(from, end);
    this.at = end + END_BYTES;
    return true;
  }

  /** An error inside an item belongs to that item, as in the reply of EXEC to a script. */
  #failed(from: number, end: number): void {
    const [left] = this.#left;
    const at = left === undefined ? undefined : this.#length - left;
    if (this.#left.length > 1 || (at !== undefined && this.#mayFail.has(at))) return;
    this.#error ??= { at, message: this.bytes.toString('utf8', from, end) };
  }

  #string(left: number): true | undefined {
    const { bytes, at } = this;
    const to = Math.min(bytes.length, at + left);
    assertEnd(bytes, at + left - END_BYTES);
    this.at = to;
    this.#stringLeft = to - at < left ? left - (to - at) : undefined;
    return this.#stringLeft === undefined ? true : undefined;
  }

  /** Counts an item that is complete. Returns true when the reply is complete as well. */
  #completesReply(): boolean {
    for (let depth = this.#left.length - 1; depth >= 0; depth -= 1) {
      const left = (this.#left[depth] ?? 0) - 1;
      this.#left[depth] = left;
      if (left > 0) return false;
      this.#left.pop();
    }
    return true;
  }

  #ended(): Skimmed {
    const skimmed = { isNothing: this.#isNothing, error: this.#error };
    this.#isNothing = false;
    this.#error = undefined;
    this.#skimmedBytes = 0;
    return skimmed;
  }
}
