/**
 * A bare connection that is read piece by piece: a replication stream is no series of replies, and may be larger than
 * memory. Nothing is read ahead of need, so a slow disk holds the server back and not our memory.
 *
 * Every wait has a deadline, and a server that trickles is hung up on: it may keep nobody for ever.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { inTime } from '../host/deadline.ts';
import type { Argument, ConnectionOptions } from './connection.ts';
import { authCommand, encode, NO_PASSWORD_SET } from './connection.ts';
import { Failure, failureOfReply, failureOfSocket, garbled } from './failure.ts';
import type { InfoFields } from './info.ts';
import { parseInfo } from './info.ts';
import { openSocket } from './socket.ts';
import { CARRIAGE_RETURN, END_BYTES, endOfText, LINE_FEED } from './wire/protocol.ts';
import type { Reply } from './wire/reply-reader.ts';
import { ErrorReply, REPLY_LIMITS, ReplyReader } from './wire/reply-reader.ts';
import type { Skimmed } from './wire/reply-skimmer.ts';
import { ReplySkimmer } from './wire/reply-skimmer.ts';

/** Longest silence in the middle of a stream. */
const IDLE_MS = 10_000;
/** Slowest payload that is put up with, once it has had `IDLE_MS` to get going. */
const BYTES_PER_SECOND_MIN = 64 * 1024;

/** How long a line may be waited for: between two bytes, and altogether. */
export interface Patience {
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Takes bytes as they come, and gives each reply, or what it comes to. */
interface Reader<T> {
  push(chunk: Buffer): void;
  next(): T | undefined;
  rest(): Buffer;
}

export class RawStream {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer, unknown>;
  readonly #replies = new ReplyReader({ limits: REPLY_LIMITS, asBytes: false });
  #rest: Buffer = Buffer.alloc(0);
  #payloadSinceMs: number | undefined;
  #payloadBytes = 0;

  /** An open, authenticated connection. Rejects with {@link Failure} within the two deadlines of `options`. */
  static async open(options: ConnectionOptions): Promise<RawStream> {
    const stream = new RawStream(options, await openSocket(options));
    const auth = authCommand(options);
    if (auth === undefined) return stream;
    try {
      stream.send(...auth);
      await stream.#acknowledged(NO_PASSWORD_SET);
      return stream;
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  private constructor(options: ConnectionOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    // Between two reads nobody else listens, and an unheard 'error' would end the process; the next read reports it.
    socket.on('error', () => undefined);
    this.#chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, unknown>;
  }

  /** One command leaves; its reply is read by one of the methods below. */
  send(name: string, ...args: readonly Argument[]): void {
    [this.#payloadSinceMs, this.#payloadBytes] = [undefined, 0];
    this.#socket.write(encode([this.#options.renamedCommands[name] ?? name, ...args]));
  }

  /** True afterwards: `bytes` have left, but for what the kernel holds. Rejects with {@link Failure}. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#socket.write(bytes)) return;
    try {
      await inTime(IDLE_MS, once(this.#socket, 'drain'), () => new Failure('frozen', 'it takes nothing'));
    } catch (error) {
      throw this.#broken(error);
    }
  }

  /** One command, and its reply. Rejects with {@link Failure} on an error reply. */
  call(name: string, ...args: readonly Argument[]): Promise<Reply> {
    this.send(name, ...args);
    return this.reply();
  }

  /** The next reply. Rejects with {@link Failure} on an error reply. */
  async reply(): Promise<Reply> {
    const reply = await this.#read(this.#replies);
    if (reply instanceof ErrorReply) throw failureOfReply(reply.message);
    return reply;
  }

  /** The reply to a command that answers with one string. Rejects with {@link Failure} on an error reply. */
  async bulk(): Promise<string> {
    const reply = await this.reply();
    if (typeof reply !== 'string') throw garbled('the reply is not a string');
    return reply;
  }

  /** Reads past the next reply, however large it is. The items at the places of `mayFail` may be errors. */
  skim(mayFail?: ReadonlySet<number>): Promise<Skimmed> {
    return this.#read(new ReplySkimmer(mayFail));
  }

  /** What a section of INFO says. Rejects with {@link Failure} on an error reply. */
  async info(section: string): Promise<InfoFields> {
    this.send('INFO', section);
    return parseInfo(await this.bulk());
  }

  /**
   * The next line that is not empty, without its end. A server that prepares a dataset sends empty lines as a sign of
   * life. Source: redis/src/replication.c replicationCron ("Send a single \n").
   */
  async line({ idleMs, totalMs }: Patience): Promise<string> {
    const endMs = performance.now() + totalMs;
    for (;;) {
      this.#skipLineEnds();
      const end = this.#orBroken(() => endOfText(this.#rest, 0));
      if (end >= 0) {
        const line = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + END_BYTES);
        return line;
      }
      await this.#moreUntil(endMs, { idleMs, totalMs });
    }
  }

  /** Between 1 and `bytesMax` bytes of payload, as they come. */
  async take(bytesMax: number): Promise<Buffer> {
    this.#payloadSinceMs ??= performance.now();
    if (this.#rest.length === 0) await this.#more(IDLE_MS);
    const taken = this.#rest.subarray(0, bytesMax);
    this.#rest = this.#rest.subarray(taken.length);
    this.#payloadBytes += taken.length;
    this.#assertPace(this.#payloadBytes, this.#payloadSinceMs);
    return taken;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #acknowledged(tolerated: RegExp): Promise<void> {
    try {
      await this.reply();
    } catch (error) {
      if (!(error instanceof Failure && tolerated.test(error.message))) throw error;
    }
  }

  /** Redis ends a line with CR LF; the CR of an empty line may come alone. */
  #skipLineEnds(): void {
    let start = 0;
    while (this.#rest[start] === LINE_FEED || this.#rest[start] === CARRIAGE_RETURN) start += 1;
    this.#rest = this.#rest.subarray(start);
  }

  /** A reply begins within a command's time, and then comes at the pace of a payload. Signs of life may come before it. */
  async #read<T>(reader: Reader<T>): Promise<T> {
    const { commandTimeoutMs: totalMs } = this.#options;
    const endMs = performance.now() + totalMs;
    for (this.#skipLineEnds(); this.#rest.length === 0; this.#skipLineEnds())
      await this.#moreUntil(endMs, { idleMs: totalMs, totalMs });
    const sinceMs = performance.now();
    for (let bytes = 0; ; ) {
      bytes += this.#rest.length;
      reader.push(this.#rest);
      const found = this.#orBroken(() => reader.next());
      this.#rest = found === undefined ? this.#rest.subarray(this.#rest.length) : reader.rest();
      if (found !== undefined) return found;
      this.#assertPace(bytes, sinceMs);
      await this.#more(IDLE_MS);
    }
  }

  #orBroken<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#broken(error);
    }
  }

  #assertPace(bytes: number, sinceMs: number): void {
    const dueBytes = ((performance.now() - sinceMs - IDLE_MS) / 1000) * BYTES_PER_SECOND_MIN;
    if (bytes < dueBytes) throw this.#broken(new Failure('frozen', 'it sends too slowly to ever end'));
  }

  async #moreUntil(endMs: number, { idleMs, totalMs }: Patience): Promise<void> {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) throw this.#broken(new Failure('frozen', `no answer within ${String(totalMs)} ms`));
    await this.#more(Math.min(idleMs, leftMs));
  }

  async #more(waitMs: number): Promise<void> {
    const late = (): Failure => new Failure('frozen', `not a byte within ${String(Math.round(waitMs))} ms`);
    try {
      const { value, done } = await inTime(waitMs, this.#chunks.next(), late);
      if (done === true) throw new Failure('closed', 'the server closed the connection');
      this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    } catch (error) {
      throw this.#broken(error);
    }
  }

  /** What was read is of no use any more, and what comes later would be taken for something else. */
  #broken(error: unknown): Failure {
    this.close();
    if (error instanceof Failure) return error;
    return failureOfSocket(error instanceof Error ? error : new Error(String(error)));
  }
}

/** What `use` comes to with a stream that is closed afterwards. */
export const withStream = async <T>(options: ConnectionOptions, use: (stream: RawStream) => Promise<T>): Promise<T> => {
  const stream = await RawStream.open(options);
  try {
    return await use(stream);
  } finally {
    stream.close();
  }
};
