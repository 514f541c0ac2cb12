/**
 * A client that writes in many ways, at a steady rate, and the account of what was acknowledged to it. Some kinds of command
 * are known to newer servers only: an older one answers with an error, and that is no write.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, type Reply, ReplyError } from '../../lib/resp.ts';
import { waitFor } from '../../lib/wait.ts';
import type { TestNode } from './node.ts';

type Command = readonly [string, ...(string | number)[]];

interface Kind {
  readonly name: string;
  /** The write, whose last answer acknowledges it. */
  readonly write: (key: string, number: number) => readonly Command[];
  readonly isAcknowledged?: (reply: Reply) => boolean;
  /** What shows that it is there. */
  readonly read: (key: string, number: number) => Command;
  readonly isThere: (reply: Reply, number: number) => boolean;
}

/** A value of many members, which is not to grow without end. */
const bucket = (key: string, number: number): string =>
  `${key.slice(0, key.lastIndexOf(':'))}:${Math.floor(number / 100)}`;
const get = (key: string): Command => ['GET', key];
const isValue = (reply: Reply, number: number): boolean => reply === String(number);
const plain = (name: string, write: Kind['write']): Kind => ({ name, write, read: get, isThere: isValue });
const LONG_S = 100_000;

/** Ten that every server knows, though not every one in the words in which a newer master hands them on, and five more. */
export const KINDS: readonly Kind[] = [
  plain('set', (key, number) => [['SET', key, number]]),
  plain('expiring', (key, number) => [['SET', key, number, 'EX', LONG_S]]),
  plain('counter', (key, number) => [['INCRBY', key, number]]),
  plain('script', (key, number) => [['EVAL', "return redis.call('SET', KEYS[1], ARGV[1])", 1, key, number]]),
  plain('transaction', (key, number) => [['MULTI'], ['SET', key, number], ['SET', `${key}:too`, number], ['EXEC']]),
  {
    name: 'deleted',
    write: (key, number) => [
      ['SET', key, number],
      ['DEL', key],
    ],
    isAcknowledged: (reply) => reply === 1,
    read: (key) => ['EXISTS', key],
    isThere: (reply) => reply === 0,
  },
  {
    name: 'hash',
    write: (key, number) => [['HSET', bucket(key, number), `f${number}`, number]],
    read: (key, number) => ['HGET', bucket(key, number), `f${number}`],
    isThere: isValue,
  },
  {
    name: 'list',
    write: (key, number) => [['RPUSH', bucket(key, number), number]],
    read: (key, number) => ['LPOS', bucket(key, number), number],
    isThere: (reply) => reply !== null,
  },
  {
    name: 'sorted',
    write: (key, number) => [['ZADD', bucket(key, number), number, `m${number}`]],
    read: (key, number) => ['ZSCORE', bucket(key, number), `m${number}`],
    isThere: isValue,
  },
  {
    name: 'stream',
    write: (key, number) => [['XADD', bucket(key, number), `${number + 1}-1`, 'n', number]],
    read: (key, number) => ['XRANGE', bucket(key, number), `${number + 1}-1`, `${number + 1}-1`],
    isThere: (reply) => Array.isArray(reply) && reply.length === 1,
  },
  // Redis 6.2.
  plain('copied', (key, number) => [
    ['SET', `${key}:from`, number],
    ['COPY', `${key}:from`, key],
  ]),
  // Redis 7.0.
  {
    name: 'expiry with a condition',
    write: (key, number) => [
      ['SET', key, number],
      ['EXPIRE', key, LONG_S, 'NX'],
    ],
    isAcknowledged: (reply) => reply === 1,
    read: (key) => ['TTL', key],
    isThere: (reply) => Number(reply) > 0,
  },
  // Redis 8.0, Valkey 9.0.
  {
    name: 'expiring field',
    write: (key, number) => [['HSETEX', key, 'EX', LONG_S, 'FIELDS', 1, 'f', number]],
    read: (key) => ['HGET', key, 'f'],
    isThere: isValue,
  },
  // Valkey 8.1, Redis 8.4.
  plain('conditional', (key, number) => [
    ['SET', key, 'before'],
    ['SET', key, number, 'IFEQ', 'before'],
  ]),
  // Redis 8.4, Valkey 9.1.
  plain('several, expiring', (key, number) => [['MSETEX', 1, key, number, 'EX', LONG_S]]),
];

const isError = (reply: Reply | undefined): boolean =>
  reply === undefined ||
  reply === null ||
  reply instanceof ReplyError ||
  (Array.isArray(reply) && reply.some((inner) => isError(inner as Reply)));

interface Acknowledged {
  readonly kind: Kind;
  readonly key: string;
  readonly number: number;
}

const EVERY_MS = 10;
const IN_FLIGHT_MAX = 200;
const ANSWER_MS = 20_000;

/** Writes to a node whatever its role is, and counts what was taken. */
export class KindsWriter {
  readonly #node: TestNode;
  readonly #perTick: number;
  readonly acknowledged: Acknowledged[] = [];
  readonly #loop: Promise<void>;
  #connection: Connection;
  #isOver = false;
  #inFlight = 0;

  constructor(node: TestNode, writesPerS: number) {
    this.#node = node;
    this.#perTick = (writesPerS * EVERY_MS) / 1000;
    this.#connection = node.connect(ANSWER_MS);
    this.#loop = this.#run();
  }

  /** How many writes of each kind were acknowledged. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.acknowledged) counts[kind.name] = (counts[kind.name] ?? 0) + 1;
    return counts;
  }

  /** So many more writes have been acknowledged than now. */
  async more(count: number, deadlineMs = 60_000): Promise<void> {
    const goal = this.acknowledged.length + count;
    await waitFor(
      `${count} more acknowledged writes on ${this.#node.name}`,
      { deadlineMs },
      () => this.acknowledged.length,
      (seen) => seen >= goal,
    );
  }

  /** True afterwards: it writes no more, and every answer is here or will never come. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#loop;
    await waitFor(
      'the last answers',
      { deadlineMs: 20_000 },
      () => this.#inFlight,
      (left) => left === 0,
    ).finally(() => this.#connection.close());
  }

  async #run(): Promise<void> {
    let [number, due] = [0, 0];
    while (!this.#isOver) {
      for (due += this.#perTick; due >= 1 && this.#inFlight < IN_FLIGHT_MAX; due -= 1) this.#write(number++);
      due = Math.min(due, this.#perTick);
      await pause(EVERY_MS);
    }
  }

  #write(number: number): void {
    const kind = KINDS[number % KINDS.length] as Kind;
    const key = `${this.#node.name}:${kind.name}:${number}`;
    const connection = this.#connection;
    this.#inFlight += 1;
    void this.#send(connection, kind, { kind, key, number }).finally(() => {
      this.#inFlight -= 1;
    });
  }

  async #send(connection: Connection, { write, isAcknowledged = () => true }: Kind, one: Acknowledged): Promise<void> {
    try {
      const commands = write(one.key, one.number);
      const replies = await Promise.all(commands.map((command) => connection.send(...command)));
      if (!replies.some(isError) && isAcknowledged(replies.at(-1) ?? null)) this.acknowledged.push(one);
    } catch {
      // The server is gone, and may come back; what was not answered is not counted.
      if (connection === this.#connection) this.#connection = this.#node.connect(ANSWER_MS);
    }
  }
}

const CHUNK = 1_000;

/** The acknowledged writes that the node does not have. */
export async function missingKinds(node: TestNode, writers: readonly KindsWriter[]): Promise<readonly string[]> {
  const all = writers.flatMap(({ acknowledged }) => acknowledged);
  const missing: string[] = [];
  for (let at = 0; at < all.length; at += CHUNK) {
    const chunk = all.slice(at, at + CHUNK);
    const replies = await node.redis.askAll(
      chunk.map(({ kind, key, number }) => kind.read(key, number)),
      20_000,
    );
    for (const [index, { kind, key, number }] of chunk.entries()) {
      const reply = replies[index] ?? null;
      if (reply instanceof ReplyError || !kind.isThere(reply, number)) missing.push(`${key} ${String(reply)}`);
    }
  }
  return missing;
}
