/**
 * The licence: a connection to the local server that counts there as a replica in step, for as long as this process holds
 * the lease. A server with `min-replicas-to-write 1` takes writes by it, and takes none when it ends.
 *
 * It cannot outlive its holder: when this process ends, so does the connection; when this process or its host is stopped,
 * no acknowledgement is sent. Whether the lease still holds is asked directly before each one, so that a holder that wakes
 * after its lease has ended says nothing more.
 *
 * It acknowledges offset 0 and nothing else. That keeps its lag fresh, and no WAIT and no FAILOVER takes it for a replica that
 * has any write. Source: redis/src/replication.c replconfCommand, which never lowers repl_ack_off; seen on Redis 6.0.16 to
 * 8.6.3 and Valkey 8.1.1 to 9.1.2. At port 0 redisha itself counts it as none (`info.ts`).
 */
import type { Socket } from 'node:net';
import type { Licence } from '../app/ports/licence.ts';
import { inTime } from '../host/deadline.ts';
import type { ConnectionOptions } from './connection.ts';
import { authCommand, Connection, encode, NO_PASSWORD_SET } from './connection.ts';
import { Failure, failureOfReply, failureOfSocket, garbled } from './failure.ts';
import { parseInfo } from './info.ts';
import { decisive } from './info-fields.ts';
import { openSocket } from './socket.ts';
import { END_BYTES, endOfText, LINE_FEED } from './wire/protocol.ts';

/** A lag is counted in whole seconds, and looked at once a second. */
const ACKNOWLEDGE_EVERY_MS = 500;

/** Where the local server is in its stream, as PSYNC asks to go on from there. */
const nextOf = async (options: ConnectionOptions): Promise<readonly [replid: string, offset: string]> => {
  const connection = await Connection.open(options);
  try {
    const info = parseInfo(String(await connection.call('INFO', 'replication')));
    if (decisive(info, 'role') !== 'master') throw new Failure('error', 'the local server is not a master');
    return [decisive(info, 'master_replid'), String(Number(decisive(info, 'master_repl_offset')) + 1)];
  } finally {
    connection.close();
  }
};

/** One connection, from PSYNC on. What the server sends is thrown away unread, but for its first lines. */
class Attachment {
  readonly #socket: Socket;
  readonly #answers: string[];
  readonly #acknowledgement: Buffer;
  readonly #answered = Promise.withResolvers<undefined>();
  #rest: Buffer | undefined = Buffer.alloc(0);
  #stopTimer: (() => void) | undefined;
  #onEnd: (why: string) => void = () => undefined;
  #isOver = false;

  static async open(options: ConnectionOptions, isValid: () => boolean): Promise<Attachment> {
    const next = await nextOf(options);
    const opened: { attachment?: Attachment } = {};
    const socket = await openSocket(options, (chunk) => opened.attachment?.read(chunk), 'reused');
    const attachment = new Attachment(options, socket);
    opened.attachment = attachment;
    try {
      await attachment.#begin(options, next, isValid);
      return attachment;
    } catch (error) {
      attachment.close();
      throw error;
    }
  }

  private constructor({ renamedCommands, ...options }: ConnectionOptions, socket: Socket) {
    this.#socket = socket;
    this.#answers = authCommand(options) === undefined ? ['PSYNC'] : ['AUTH', 'PSYNC'];
    this.#acknowledgement = encode([renamedCommands['REPLCONF'] ?? 'REPLCONF', 'ACK', '0']);
    this.#answered.promise.catch(() => undefined);
    socket.on('error', (error: Error) => {
      this.#end(failureOfSocket(error));
    });
    socket.on('close', () => {
      this.#end(new Failure('closed', 'the server closed the connection'));
    });
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  onEnd(listener: (why: string) => void): void {
    this.#onEnd = listener;
  }

  close(): void {
    this.#onEnd = () => undefined;
    this.#end(new Failure('closed', 'closed by us'));
  }

  async #begin(options: ConnectionOptions, next: readonly [string, string], isValid: () => boolean): Promise<void> {
    const { renamedCommands, commandTimeoutMs } = options;
    const auth = authCommand(options);
    const named = (name: string): string => renamedCommands[name] ?? name;
    const begin = Buffer.concat([
      ...(auth === undefined ? [] : [encode([named(auth[0]), ...auth.slice(1)])]),
      encode([named('PSYNC'), ...next]),
    ]);
    this.#say(begin, isValid);
    const late = (): Failure => new Failure('frozen', `no answer to PSYNC within ${String(commandTimeoutMs)} ms`);
    await inTime(commandTimeoutMs, this.#answered.promise, late);
    const timer = setInterval(() => {
      this.#say(this.#acknowledgement, isValid);
    }, ACKNOWLEDGE_EVERY_MS);
    this.#stopTimer = () => {
      clearInterval(timer);
    };
    if (this.#isOver) this.#stopTimer();
    this.#say(this.#acknowledgement, isValid);
  }

  /** What waits in this process would leave later, when nobody asks any more whether the lease holds. */
  #say(bytes: Buffer, isValid: () => boolean): void {
    if (this.#isOver) return;
    const isStuck = this.#socket.writableLength > 0;
    if (isStuck) this.#end(new Failure('frozen', 'the local server reads nothing'));
    else if (isValid()) this.#socket.write(bytes);
    else this.#end(new Failure('error', 'the lease has ended'));
  }

  read(chunk: Buffer): void {
    if (this.#rest === undefined) return;
    try {
      // The memory of the chunk is used again.
      this.#rest = Buffer.concat([this.#rest, chunk]);
      for (let line = this.#line(); line !== undefined; line = this.#line()) this.#hear(line);
    } catch (error) {
      this.#end(error instanceof Failure ? error : garbled(`a bug in redisha: ${String(error)}`));
    }
  }

  /** The next line of an answer. A server that prepares a copy sends line feeds as a sign of life. */
  #line(): string | undefined {
    if (this.#rest === undefined) return undefined;
    let from = 0;
    while (this.#rest[from] === LINE_FEED) from += 1;
    const end = endOfText(this.#rest, from);
    if (end < 0) return undefined;
    const line = this.#rest.toString('utf8', from, end);
    this.#rest = this.#rest.subarray(end + END_BYTES);
    return line;
  }

  #hear(line: string): void {
    const asked = this.#answers.shift();
    const isRefused = line.startsWith('-');
    if (isRefused && !(asked === 'AUTH' && NO_PASSWORD_SET.test(line))) throw failureOfReply(line.slice(1));
    if (asked !== 'PSYNC') return;
    // A server without a backlog sends its whole dataset first, which is thrown away too.
    if (!/^\+(CONTINUE|FULLRESYNC)/.test(line)) throw garbled('an answer to PSYNC that no server gives');
    this.#rest = undefined;
    this.#answered.resolve(undefined);
  }

  #end(failure: Failure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer?.();
    this.#socket.destroy();
    this.#answered.reject(failure);
    this.#onEnd(failure.message);
  }
}

class LicenceConnection implements Licence {
  readonly #options: ConnectionOptions;
  #attachment: Attachment | undefined;
  #onEnded: (why: string) => void = () => undefined;
  /** Another number after each `detach`: an attachment that was asked for before is of no use. */
  #asked = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  onEnded(listener: (why: string) => void): void {
    this.#onEnded = listener;
  }

  async attach(isValid: () => boolean): Promise<string | undefined> {
    this.detach();
    const asked = this.#asked;
    try {
      const attachment = await Attachment.open(this.#options, () => asked === this.#asked && isValid());
      if (asked !== this.#asked || !attachment.isOpen) {
        attachment.close();
        return 'it ended while it was begun';
      }
      this.#attachment = attachment;
      attachment.onEnd((why) => {
        this.#onEnded(why);
      });
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  }

  endLinks(): void {
    this.#endLinks().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
  }

  /** The end of what is said follows it, so that a server that reads it much later has no answer to wait for. */
  async #endLinks(): Promise<void> {
    const { renamedCommands } = this.#options;
    const auth = authCommand(this.#options);
    const socket = await openSocket(this.#options, () => undefined, 'reused');
    socket.on('error', () => undefined);
    const commands = [...(auth === undefined ? [] : [auth]), ['CLIENT', 'KILL', 'TYPE', 'slave']];
    socket.end(Buffer.concat(commands.map(([name = '', ...rest]) => encode([renamedCommands[name] ?? name, ...rest]))));
  }

  detach(): void {
    this.#asked += 1;
    this.#attachment?.close();
    this.#attachment = undefined;
  }
}

export const openLicence = (options: ConnectionOptions): Licence => new LicenceConnection(options);
