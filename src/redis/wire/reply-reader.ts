/**
 * Reads replies from bytes, in whatever pieces these come. Every length is compared with a limit before memory is taken for
 * it, and what is taken is never more than a few times what has come.
 */
import { garbled } from '../failure.ts';
import { assertEnd, DEPTH_MAX, END_BYTES, endOfText, Header, Incoming, LETTER, LINE_BYTES_MAX } from './protocol.ts';

/** An error that a server replied with. It is a value, because inside EXEC it is one reply among others. */
export class ErrorReply {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }

  toString(): string {
    return this.message;
  }
}

export type Reply = string | number | null | Buffer | ErrorReply | readonly Reply[];

/** Of one reply, all of its items together, including those of inner arrays. */
export interface ReplyLimits {
  readonly bytesMax: number;
  readonly itemsMax: number;
}

/** INFO is below 100 kB. A reply of this size takes a few times as much memory until it is refused, and there are two servers. */
export const REPLY_LIMITS: ReplyLimits = { bytesMax: 4 * 1024 * 1024, itemsMax: 65_536 };

export interface ReplyOptions {
  readonly limits: ReplyLimits;
  /** Strings come as bytes. */
  readonly asBytes: boolean;
}

/** An array that is not complete. */
interface Frame {
  readonly items: Reply[];
  left: number;
  readonly depth: number;
  readonly outer: Frame | undefined;
}

const ROOM_MIN_BYTES = LINE_BYTES_MAX;
const BEGUN = Symbol('an array has begun');

/** The most common reply. Making a new string of it would take longer than reading it. */
const isOk = (bytes: Buffer, from: number, end: number): boolean =>
  end - from === 2 && bytes[from] === 79 && bytes[from + 1] === 75;

export class ReplyReader extends Incoming {
  readonly #options: ReplyOptions;
  readonly #header = new Header();
  #frame: Frame | undefined;
  /** The string that has come in part, and how many of its bytes are there. The room grows with them. */
  #room: Buffer | undefined;
  #filled = 0;
  /** Of the reply that has come in part. */
  #items = 0;
  #replyBytes = 0;

  constructor(options: ReplyOptions) {
    super();
    this.#options = options;
  }

  /** The next reply; `undefined` until all of it has come. Throws {@link Failure} when it is no reply or breaks a limit. */
  next(): Reply | undefined {
    for (;;) {
      const item = this.#item();
      if (item === undefined) return undefined;
      if (item === BEGUN) continue;
      const frame = this.#frame;
      if (frame === undefined) return this.#ended(item);
      frame.items.push(item);
      frame.left -= 1;
      const reply = frame.left > 0 ? undefined : this.#completed(frame);
      if (reply !== undefined) return this.#ended(reply);
    }
  }

  #ended(reply: Reply): Reply {
    this.#items = this.#replyBytes = 0;
    return reply;
  }

  /** The reply that a complete array is; `undefined` where it belongs to an array that is not complete. */
  #completed(innermost: Frame): Reply | undefined {
    let { items, outer } = innermost;
    for (; outer !== undefined; { items, outer } = outer) {
      outer.items.push(items);
      outer.left -= 1;
      if (outer.left > 0) break;
    }
    this.#frame = outer;
    return outer === undefined ? items : undefined;
  }

  /** One item that is complete, or the beginning of an array. */
  #item(): Reply | typeof BEGUN | undefined {
    const { bytes, at } = this;
    const header = this.#header;
    if (this.#room !== undefined) {
      assertEnd(bytes, at + header.number - this.#filled);
      return this.#moreOfString(header.number);
    }
    if (at >= bytes.length) return undefined;
    const first = header.letter === 0 ? bytes[at] : 0;
    if (first === LETTER.text || first === LETTER.error) return this.#text(first);
    const to = header.read(bytes, at);
    if (to < 0) {
      this.at = bytes.length;
      return undefined;
    }
    this.at = to;
    const { letter, number } = header;
    if (letter === LETTER.string && number >= 0) return this.#string(number);
    header.letter = 0;
    if (letter === LETTER.integer) return number;
    return number < 0 ? null : this.#array(number);
  }

  #text(letter: number): Reply | undefined {
    const from = this.at + 1;
    const end = endOfText(this.bytes, from);
    if (end < 0) return undefined;
    this.#count(end - from);
    this.at = end + END_BYTES;
    if (letter === LETTER.error) return new ErrorReply(this.bytes.toString('utf8', from, end));
    return isOk(this.bytes, from, end) ? 'OK' : this.bytes.toString('utf8', from, end);
  }

  #array(length: number): Reply | typeof BEGUN {
    const { itemsMax } = this.#options.limits;
    this.#items += length;
    if (this.#items > itemsMax) throw garbled(`a reply has more than ${String(itemsMax)} items`);
    if (length === 0) return [];
    const depth = (this.#frame?.depth ?? 0) + 1;
    if (depth > DEPTH_MAX) throw garbled(`a reply has more than ${String(DEPTH_MAX)} arrays in each other`);
    this.#frame = { items: [], left: length, depth, outer: this.#frame };
    return BEGUN;
  }

  #string(length: number): Reply | undefined {
    this.#count(length);
    const { bytes, at } = this;
    const end = at + length;
    assertEnd(bytes, end);
    if (end + END_BYTES > bytes.length) return this.#moreOfString(length);
    this.at = end + END_BYTES;
    return this.#value(bytes, at, end);
  }

  /** The room doubles when it is full. So a length is believed only as far as bytes have come. */
  #moreOfString(length: number): Reply | undefined {
    const size = length + END_BYTES;
    const { bytes, at } = this;
    const to = Math.min(bytes.length, at + size - this.#filled);
    const needed = this.#filled + to - at;
    let room = this.#room;
    if (room === undefined || room.length < needed) {
      const larger = Buffer.allocUnsafeSlow(Math.min(size, Math.max(ROOM_MIN_BYTES, 2 * needed)));
      room?.copy(larger, 0, 0, this.#filled);
      this.#room = room = larger;
    }
    bytes.copy(room, this.#filled, at, to);
    this.#filled = needed;
    this.at = to;
    if (needed < size) return undefined;
    this.#room = undefined;
    this.#filled = 0;
    return this.#value(room, 0, length);
  }

  #value(bytes: Buffer, from: number, to: number): Reply {
    this.#header.letter = 0;
    return this.#options.asBytes ? bytes.subarray(from, to) : bytes.toString('utf8', from, to);
  }

  #count(bytes: number): void {
    this.#replyBytes += bytes;
    const { bytesMax } = this.#options.limits;
    if (this.#replyBytes > bytesMax) throw garbled(`a reply is larger than ${String(bytesMax)} bytes`);
  }
}
