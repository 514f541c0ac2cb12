/** The Redis protocol (RESP2), as little of it as a test needs. Written apart from the product on purpose. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** An error reply; `kind` is its first word (`READONLY`, `LOADING`, `ERR`). */
export class ReplyError extends Error {
  readonly kind: string;

  constructor(message: string) {
    super(message);
    this.kind = message.split(' ', 1)[0] ?? '';
  }
}

export type Reply = string | number | null | ReplyError | readonly Reply[];

export function encode(args: readonly (string | number)[]): string {
  const parts = args.map((arg) => `$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`);
  return `*${args.length}\r\n${parts.join('')}`;
}

/** Takes the bytes as they come, gives the replies that are complete. */
export class ReplyParser {
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;

  push(data: Buffer | string): readonly Reply[] {
    const chunk = Buffer.from(data);
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const replies: Reply[] = [];
    for (;;) {
      this.#at = 0;
      const reply = this.#reply();
      if (reply === undefined) return replies;
      this.#rest = this.#rest.subarray(this.#at);
      replies.push(reply);
    }
  }

  #reply(): Reply | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const text = line.slice(1);
    switch (line[0]) {
      case '+':
        return text;
      case '-':
        return new ReplyError(text);
      case ':':
        return Number(text);
      case '$':
        return this.#bulk(Number(text));
      case '*':
        return this.#array(Number(text));
      default:
        throw new Error(`not a reply: ${line.slice(0, 60)}`);
    }
  }

  #line(): string | undefined {
    const end = this.#rest.indexOf('\r\n', this.#at);
    if (end < 0) return undefined;
    const line = this.#rest.toString('utf8', this.#at, end);
    this.#at = end + 2;
    return line;
  }

  #bulk(length: number): string | null | undefined {
    if (length < 0) return null;
    if (this.#rest.length < this.#at + length + 2) return undefined;
    const text = this.#rest.toString('utf8', this.#at, this.#at + length);
    this.#at += length + 2;
    return text;
  }

  #array(length: number): readonly Reply[] | null | undefined {
    if (length < 0) return null;
    const items: Reply[] = [];
    while (items.length < length) {
      const item = this.#reply();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
}

/** A connection for tests: commands in order, each under the deadline of the whole exchange. */
export class Connection {
  readonly #socket: Socket;
  readonly #parser = new ReplyParser();
  readonly #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];

  constructor(where: NetConnectOpts, deadlineMs: number) {
    this.#socket = connect(where);
    this.#socket.setTimeout(deadlineMs, () => this.#socket.destroy(new Error(`no answer within ${deadlineMs} ms`)));
    this.#socket.on('data', (chunk) => {
      for (const reply of this.#parser.push(chunk)) this.#waiting.shift()?.resolve(reply);
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('connection closed')));
  }

  send(...args: readonly (string | number)[]): Promise<Reply> {
    if (this.#socket.destroyed) return Promise.reject(new Error('connection closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(encode(args));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    for (const one of this.#waiting.splice(0)) one.reject(error);
  }
}

/** `INFO`'s answer as a map. */
export function infoMap(text: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) map.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return map;
}
