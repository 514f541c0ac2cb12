/**
 * What all readers of the Redis protocol (RESP2) share: its letters, its limits, and how a header is read.
 *
 * Source: redis/src/networking.c addReplyProto and its callers; redis.io/topics/protocol. RESP3 has more letters. A server
 * uses them only after HELLO, which redisha never sends.
 */
import { garbled } from '../failure.ts';

export const LETTER = { text: 43, error: 45, integer: 58, string: 36, array: 42 } as const;

/** Longer than any line that a server sends. */
export const LINE_BYTES_MAX = 64 * 1024;
/** Arrays in arrays. The deepest reply that redisha asks for is FUNCTION LIST, with five. */
export const DEPTH_MAX = 16;

/** Source: redis/src/util.c ll2string: as many as a number of 64 bits has. */
const DIGITS_MAX = 19;
/** A letter, a sign, the digits and the line end. */
const HEADER_BYTES_MAX = 2 + DIGITS_MAX + 2;
export const CARRIAGE_RETURN = 13;
export const LINE_FEED = 10;
/** Of a line end. */
export const END_BYTES = 2;
const MINUS = 45;
const ZERO = 48;

/** The letter as a person can read it. */
const shown = (byte: number): string =>
  byte > 32 && byte < 127 ? `"${String.fromCharCode(byte)}"` : `byte ${String(byte)}`;

const assertLetter = (letter: number): number => {
  if (letter === LETTER.string || letter === LETTER.array || letter === LETTER.integer) return letter;
  throw garbled(`what begins with ${shown(letter)} is nothing that a Redis sends`);
};

/** Not a digit where it is below 0 or above 9. */
const digitAt = (bytes: Buffer, at: number): number => (bytes[at] ?? 0) - ZERO;

/** A header that says a number: of an integer, a string or an array. It may come in any pieces. */
export class Header {
  /** What it begins with; 0 where nothing of it has come. */
  letter = 0;
  /** Its number, once it is whole. A string or an array of -1 is none at all. */
  number = 0;
  /** What has come of a header, when it comes in pieces. */
  #part = '';

  /**
   * Reads on from `from`. Returns the place behind the header, and -1 where `bytes` end before it does.
   * Throws {@link Failure} when it is no header.
   */
  read(bytes: Buffer, from: number): number {
    if (this.#part !== '') return this.#readOn(bytes, from);
    const to = this.#whole(bytes, from);
    if (to < 0) this.#part = bytes.toString('latin1', from);
    return to;
  }

  #readOn(bytes: Buffer, from: number): number {
    const part = this.#part;
    const more = bytes.toString('latin1', from, from + HEADER_BYTES_MAX - part.length);
    const to = this.#whole(Buffer.from(part + more, 'latin1'), 0);
    this.#part = to < 0 ? part + more : '';
    return to < 0 ? -1 : from + to - part.length;
  }

  /** Most headers come whole, so this has to be quick. */
  #whole(bytes: Buffer, from: number): number {
    const letter = bytes[from] ?? 0;
    this.letter = assertLetter(letter);
    const isNegative = bytes[from + 1] === MINUS;
    const first = isNegative ? from + 2 : from + 1;
    let at = first;
    let number = 0;
    for (let digit = digitAt(bytes, at); digit >= 0 && digit <= 9; digit = digitAt(bytes, ++at))
      number = number * 10 + digit;
    const isNumber =
      at > first && at - first <= DIGITS_MAX && (!isNegative || number <= 1 || letter === LETTER.integer);
    if (isNumber && bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED) {
      this.number = isNegative ? -number : number;
      return at + END_BYTES;
    }
    const isCutOff = at === bytes.length || (at + 1 === bytes.length && isNumber && bytes[at] === CARRIAGE_RETURN);
    if (isCutOff && at - first <= DIGITS_MAX) return -1;
    throw garbled(`there is no number behind ${shown(letter)}`);
  }
}

/**
 * Where the text that begins at `from` ends, before its line end; -1 where `bytes` end before it does.
 * Throws {@link Failure} when it is too long.
 */
export const endOfText = (bytes: Uint8Array, from: number): number => {
  const last = Math.min(bytes.length, from + LINE_BYTES_MAX);
  for (let at = from; at < last; at++) {
    const byte = bytes[at];
    if (byte === CARRIAGE_RETURN) {
      if (at + 1 === bytes.length) return -1;
      if (bytes[at + 1] === LINE_FEED) return at;
    }
    if (byte === CARRIAGE_RETURN || byte === LINE_FEED) throw garbled('a line has its end in the middle');
  }
  if (bytes.length - from >= LINE_BYTES_MAX) throw garbled(`a line is longer than ${String(LINE_BYTES_MAX)} bytes`);
  return -1;
};

/**
 * Throws {@link Failure} where something else than the line end of a string is at `at`, as far as it has come. At -1 only the
 * second half of it is still to come.
 */
export const assertEnd = (bytes: Uint8Array, at: number): void => {
  const [first = CARRIAGE_RETURN, second = LINE_FEED] = [bytes[at], bytes[at + 1]];
  if (first !== CARRIAGE_RETURN || second !== LINE_FEED) throw garbled('a string is not as long as it says');
};

/** The bytes that have come and are not read yet. */
export abstract class Incoming {
  protected bytes: Buffer;
  protected at = 0;

  constructor() {
    this.bytes = Buffer.alloc(0);
  }

  push(chunk: Buffer): void {
    this.bytes = this.at === this.bytes.length ? chunk : Buffer.concat([this.bytes.subarray(this.at), chunk]);
    this.at = 0;
  }

  /** Takes out the bytes that belong to no reply that was read. */
  rest(): Buffer {
    const rest = this.bytes.subarray(this.at);
    this.at = this.bytes.length;
    return rest;
  }
}
