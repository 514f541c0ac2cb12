/**
 * Which clients a server has at certain of its addresses, by CLIENT LIST. The reply may be megabytes long: it is read line by
 * line, and only who is asked for is kept, so that no more memory is taken than for those.
 *
 * Source: redis/src/networking.c catClientInfoString (a client a line, `addr` and since Redis 6.2 `laddr`), getAllClientsInfoString
 * (in the order in which they came); clientListCommand (ID since 6.2; numbers that nobody has are passed over).
 */
import { familyOf } from '../address.ts';
import { formatEndpoint } from '../core/model.ts';
import { startClock } from '../host/deadline.ts';
import type { ConnectionOptions } from './connection.ts';
import { authCommand, encode, NO_PASSWORD_SET } from './connection.ts';
import { Failure, failureOfReply, failureOfSocket, garbled } from './failure.ts';
import { openSocket } from './socket.ts';

export interface ClientList {
  /** Where each client is, and at which of the server's addresses, both with the port; the oldest first. */
  readonly clients: ReadonlyMap<string, string>;
  /** The highest number of a client, this connection included. */
  readonly last: number;
  /** How many connections the server has taken until then, this one included; `undefined` where it does not say. */
  readonly connections: number | undefined;
  /** Of all that the server has sent. */
  readonly bytes: number;
}

export interface Wanted {
  /** The server's addresses that are asked for, each in the one way that it is written. */
  readonly addresses: readonly string[];
  /** No client that is older than as many others. */
  readonly clientsMax: number;
  /** Only clients with these numbers. */
  readonly numbers: { readonly from: number; readonly to: number } | undefined;
}

/** Longer than any line of a client: the name of one is the only part that a user chooses. */
const LINE_MAX = 64 * 1024;

/** The replies of a server, each given away line by line as it comes. */
export class ReplyLines {
  readonly #onLine: (line: string) => void;
  readonly #onReply: (error: string | undefined) => void;
  #line = '';
  /** What is to come of a string, its line end included; 0 between two replies. */
  #left = 0;
  /** What has come so far. */
  bytes = 0;

  constructor(onLine: (line: string) => void, onReply: (error: string | undefined) => void) {
    this.#onLine = onLine;
    this.#onReply = onReply;
  }

  /** Throws {@link Failure} when it is no reply to any of our commands. */
  push(chunk: Buffer): void {
    const text = chunk.toString('latin1');
    this.bytes += text.length;
    for (let at = 0; at < text.length; ) at = this.#left > 0 ? this.#string(text, at) : this.#header(text, at);
  }

  #header(text: string, at: number): number {
    const end = text.indexOf('\n', at);
    this.#add(text.slice(at, end < 0 ? text.length : end));
    if (end < 0) return text.length;
    const header = this.#line.trimEnd();
    this.#line = '';
    const length = /^\$(\d{1,15})$/.exec(header)?.[1];
    if (length !== undefined) this.#left = Number(length) + 2;
    else if (header.startsWith('-')) this.#onReply(header.slice(1));
    else if (header.startsWith('+')) this.#onReply(undefined);
    else throw garbled('what a Redis does not send in reply to CLIENT LIST');
    return end + 1;
  }

  #string(text: string, from: number): number {
    const to = Math.min(text.length, from + this.#left);
    let at = from;
    for (let end = text.indexOf('\n', at); end >= 0 && end < to; end = text.indexOf('\n', at)) {
      this.#add(text.slice(at, end));
      this.#onLine(this.#line);
      this.#line = '';
      at = end + 1;
    }
    this.#add(text.slice(at, to));
    this.#left -= to - from;
    if (this.#left === 0) {
      this.#line = '';
      this.#onReply(undefined);
    }
    return to;
  }

  #add(part: string): void {
    this.#line += part;
    if (this.#line.length > LINE_MAX) throw garbled(`a line is longer than ${String(LINE_MAX)} bytes`);
  }
}

const fieldOf = (line: string, name: string): string | undefined => {
  const at = line.indexOf(` ${name}=`);
  if (at < 0) return undefined;
  const from = at + name.length + 2;
  const to = line.indexOf(' ', from);
  return to < 0 ? line.slice(from) : line.slice(from, to);
};

/** `10.0.0.1:6379` and `[fd00::1]:6379`. Source: redis/src/anet.c anetFormatAddr. */
export const addressOf = (end: string): string => end.slice(0, end.lastIndexOf(':')).replace(/^\[|\]$/g, '');
export const portOf = (end: string): number => Number(end.slice(end.lastIndexOf(':') + 1));

/** Takes note of what the lines say. */
export class FoundClients {
  readonly clients = new Map<string, string>();
  last = 0;
  connections: number | undefined;
  readonly #wanted: Wanted;
  readonly #port: number;

  constructor(wanted: Wanted, port: number) {
    this.#wanted = wanted;
    this.#port = port;
  }

  readonly line = (line: string): void => {
    if (!line.startsWith('id=')) {
      const count = /^total_connections_received:(\d+)/.exec(line)?.[1];
      if (count !== undefined) this.connections = Number(count);
      return;
    }
    this.last = Math.max(this.last, Number(line.slice(3, line.indexOf(' '))));
    const client = fieldOf(line, 'addr');
    const at = client === undefined ? undefined : this.#at(client, fieldOf(line, 'laddr'));
    if (client === undefined || at === undefined) return;
    this.clients.set(client, at);
    const [oldest] = this.clients.keys();
    if (this.clients.size > this.#wanted.clientsMax && oldest !== undefined) this.clients.delete(oldest);
  };

  /** A server before 6.2 does not say where a client came in: who came in elsewhere is taken for one that came in here. */
  #at(client: string, own: string | undefined): string | undefined {
    const { addresses } = this.#wanted;
    if (own !== undefined) return addresses.includes(addressOf(own)) ? own : undefined;
    const family = familyOf(addressOf(client));
    const address = addresses.find((one) => familyOf(one) === family);
    return address === undefined ? undefined : formatEndpoint({ host: address, port: this.#port });
  }
}

const commandsOf = (options: ConnectionOptions, numbers: Wanted['numbers']): readonly (readonly string[])[] => {
  const { renamedCommands } = options;
  const auth = authCommand(options);
  const named = ([name = '', ...rest]: readonly string[]) => [renamedCommands[name] ?? name, ...rest];
  const ids =
    numbers === undefined
      ? []
      : Array.from({ length: numbers.to - numbers.from + 1 }, (_, at) => String(numbers.from + at));
  return [
    ...(auth === undefined ? [] : [auth]),
    ['INFO', 'stats'],
    ['CLIENT', 'LIST', ...(numbers === undefined ? [] : ['ID', ...ids])],
  ].map(named);
};

/**
 * On a connection of its own, which ends with it: its number is the highest that the server has given out. Rejects with {@link Failure}.
 */
export const listClients = async (options: ConnectionOptions, wanted: Wanted): Promise<ClientList> => {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  // A refusal may come before anybody waits for the list.
  promise.catch(() => undefined);
  const found = new FoundClients(wanted, options.endpoint.port);
  const commands = commandsOf(options, wanted.numbers);
  let replies = 0;
  const lines = new ReplyLines(found.line, (error) => {
    replies += 1;
    if (error !== undefined && !NO_PASSWORD_SET.test(error)) reject(failureOfReply(error));
    if (replies === commands.length) resolve(undefined);
  });
  const socket = await openSocket(options, (chunk) => {
    try {
      lines.push(chunk);
    } catch (error) {
      reject(error instanceof Failure ? error : garbled(`a bug in redisha: ${String(error)}`));
    }
  });
  const { commandTimeoutMs } = options;
  const stopClock = startClock(commandTimeoutMs, () => {
    reject(new Failure('frozen', `no list of clients within ${String(commandTimeoutMs)} ms`));
  });
  socket.on('error', (error: Error) => {
    reject(failureOfSocket(error));
  });
  socket.on('close', () => {
    reject(new Failure('closed', 'the server closed the connection'));
  });
  try {
    socket.write(Buffer.concat(commands.map(encode)));
    await promise;
    return { clients: found.clients, last: found.last, connections: found.connections, bytes: lines.bytes };
  } finally {
    stopClock();
    socket.destroy();
  }
};
