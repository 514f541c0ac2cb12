/**
 * One RESP2 connection with a deadline and a limit on everything. It loads nothing but the reader, since a check opens one on
 * every run; the long-lived commands use the same.
 *
 * A command that misses its deadline ends the connection: a late reply would be taken for the next command's. A malformed or
 * too large reply ends it as well: nobody knows then where the next reply begins.
 */
import type { Socket } from 'node:net';
import { startClock } from '../host/deadline.ts';
import { Failure, failureOfReply, failureOfSocket, garbled } from './failure.ts';
import type { SocketOptions } from './socket.ts';
import { openSocket } from './socket.ts';
import type { Reply, ReplyLimits } from './wire/reply-reader.ts';
import { ErrorReply, REPLY_LIMITS, ReplyReader } from './wire/reply-reader.ts';

export type { Reply } from './wire/reply-reader.ts';

export interface ConnectionOptions extends SocketOptions {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Names that this server knows commands by, where they differ: upper-case name to the server's. */
  readonly renamedCommands: Readonly<Record<string, string>>;
  /** Strings come as bytes: a value is no text. */
  readonly asBytes?: boolean;
  /** Others than the usual ones, where a reply may be a value of a user. */
  readonly limits?: ReplyLimits;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (failure: Failure) => void;
  readonly stopClock: () => void;
}

/** By which a connection begins; `undefined` where there is no password. */
export const authCommand = ({
  username,
  password,
}: Pick<ConnectionOptions, 'username' | 'password'>): readonly [string, ...string[]] | undefined =>
  password === undefined ? undefined : ['AUTH', ...(username === undefined ? [] : [username]), password];

/** A server without a password answers AUTH with one of these; the connection is usable. */
export const NO_PASSWORD_SET = /AUTH <password> called without any password|no password is set/i;

/** No Buffer: that would keep the pool which it is cut from, 64 KiB, in the snapshot of the executable. */
const CRLF = new Uint8Array([13, 10]);

/** One argument of a command; a key or value that is no UTF-8 needs the bytes. */
export type Argument = string | Buffer;

const bytesOf = (arg: Argument): Buffer => (typeof arg === 'string' ? Buffer.from(arg) : arg);

/** The same as one string where there are no bytes in it: what the resident sends all the time takes no buffer. */
const encodeText = (args: readonly string[]): string =>
  args.reduce((text, arg) => `${text}$${String(Buffer.byteLength(arg))}\r\n${arg}\r\n`, `*${String(args.length)}\r\n`);

const isText = (args: readonly Argument[]): args is readonly string[] => args.every((arg) => typeof arg === 'string');

/** A command as RESP, the same bytes that Redis itself puts into its replication stream. */
export const encode = (args: readonly Argument[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${String(args.length)}\r\n`),
    ...args.flatMap((arg) => [Buffer.from(`$${String(Buffer.byteLength(arg))}\r\n`), bytesOf(arg), CRLF]),
  ]);

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #reader: ReplyReader;
  readonly #waiting: Waiting[] = [];
  #ended: Failure | undefined;
  #onEnd: () => void = () => undefined;

  /** An open, authenticated connection. Rejects with {@link Failure} within the two deadlines. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    // A server says nothing before it is asked, but for a refusal, which comes after the connection is there.
    const opened: { connection?: Connection } = {};
    const socket = await openSocket(options, (chunk) => {
      if (opened.connection !== undefined) opened.connection.#read(chunk);
    });
    const connection = new Connection(options, socket);
    opened.connection = connection;
    const auth = authCommand(options);
    if (auth === undefined) return connection;
    try {
      await connection.call(...auth);
    } catch (error) {
      if (!(error instanceof Failure && NO_PASSWORD_SET.test(error.message))) {
        connection.close();
        throw error;
      }
    }
    return connection;
  }

  private constructor(options: ConnectionOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    const { limits = REPLY_LIMITS, asBytes = false } = options;
    this.#reader = new ReplyReader({ limits, asBytes });
    socket.on('error', (error: Error) => {
      this.#end(failureOfSocket(error));
    });
    socket.on('close', () => {
      this.#end(new Failure('closed', 'the server closed the connection'));
    });
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** `listener` is called when the connection has ended, whoever ended it. */
  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Resolves with the reply, rejects with {@link Failure} on an error reply, at the deadline, or when the server goes. */
  call(...args: readonly Argument[]): Promise<Reply> {
    const [reply] = this.#send([args]);
    return reply ?? Promise.reject(new Failure('error', 'nothing was sent'));
  }

  /** What `use` sends leaves in one packet. */
  together<T>(use: () => T): T {
    this.#socket.cork();
    try {
      return use();
    } finally {
      this.#socket.uncork();
    }
  }

  /** How each command went, in order; all of them leave in one packet. */
  pipeline(commands: readonly (readonly Argument[])[]): Promise<PromiseSettledResult<Reply>[]> {
    return Promise.allSettled(this.#send(commands));
  }

  /** The replies, where every command went well; all of them leave in one packet. Rejects with the first {@link Failure}. */
  async all(commands: readonly (readonly Argument[])[]): Promise<readonly Reply[]> {
    const settled = await this.pipeline(commands);
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason as Failure;
      return result.value;
    });
  }

  close(): void {
    this.#end(new Failure('closed', 'closed by us'));
  }

  #send(commands: readonly (readonly Argument[])[]): Promise<Reply>[] {
    if (this.#ended !== undefined) return commands.map(() => Promise.reject(this.#ended as Failure));
    const { commandTimeoutMs, renamedCommands } = this.#options;
    const replies = commands.map(
      () =>
        new Promise<Reply>((resolve, reject) => {
          const stopClock = startClock(commandTimeoutMs, () => {
            this.#end(new Failure('frozen', `no reply within ${String(commandTimeoutMs)} ms`));
          });
          this.#waiting.push({ resolve, reject, stopClock });
        }),
    );
    const named = commands.map(([name = '', ...rest]): readonly Argument[] => [
      renamedCommands[name.toString().toUpperCase()] ?? name,
      ...rest,
    ]);
    this.#socket.write(named.every(isText) ? named.map(encodeText).join('') : Buffer.concat(named.map(encode)));
    return replies;
  }

  /** Nobody catches what a listener of a socket throws, so that it would end the process. Here it ends this connection only. */
  #read(chunk: Buffer): void {
    const reader = this.#reader;
    try {
      reader.push(chunk);
      for (let reply = reader.next(); reply !== undefined && this.isOpen; reply = reader.next()) this.#settle(reply);
    } catch (error) {
      this.#end(error instanceof Failure ? error : garbled(`a bug in redisha: ${String(error)}`));
    }
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#end(garbled('a reply to nothing'));
      return;
    }
    waiting.stopClock();
    if (reply instanceof ErrorReply) waiting.reject(failureOfReply(reply.message));
    else waiting.resolve(reply);
  }

  #end(failure: Failure): void {
    if (this.#ended !== undefined) return;
    this.#ended = failure;
    this.#socket.destroy();
    for (const waiting of this.#waiting.splice(0)) {
      waiting.stopClock();
      waiting.reject(failure);
    }
    this.#onEnd();
  }
}
