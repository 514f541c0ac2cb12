/**
 * Clients of one library, in a process of their own: the writers send increments at a steady rate, whether or not the last one is
 * answered; the subscribers listen; the poppers block; the batches send a transaction or a pipeline, one after the other.
 *
 * argv: the file of the library, the options as JSON. stdout: messages (protocol.ts). stdin: `end` asks for the accounts, its
 * end is the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { nowMs } from '../wait.ts';
import { toRanges } from '../writer-protocol.ts';
import type { Library, LibraryClient, Place } from './library.ts';
import {
  channelOf,
  type ClientEvent,
  type ClientMessage,
  type ClientsOptions,
  hashOf,
  type Job,
  listOf,
  QUIET_MS,
  BEAT_MS,
} from './protocol.ts';

const TICK_MS = 5;
const BATCH_EVERY_MS = 50;
/** What an application that goes on after an error waits, so that it does not spin. */
const AFTER_ERROR_MS = 20;
/** How long what was sent last may take to be answered. */
const LAST_ANSWERS_MS = 2_000;

const say = (message: ClientMessage): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

/** Every error that an application would get: of a transaction also those of its commands. */
const textsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const inner = [error, ...((error as { previousErrors?: readonly unknown[] }).previousErrors ?? [])];
  return inner.map((one) => (one instanceof Error ? one.message || one.name : String(one))).join('; ');
};

/** One connection and what is known of it. */
class Worker {
  readonly #client: number;
  readonly #job: Job;
  #answeredMs = nowMs();
  #toldMs = 0;

  constructor(client: number, job: Job) {
    this.#client = client;
    this.#job = job;
  }

  tell(event: Omit<ClientEvent, 'atMs' | 'client' | 'job'> & Record<string, unknown>): void {
    say({ ...event, atMs: nowMs(), client: this.#client, job: this.#job } as ClientEvent);
  }

  answered(): void {
    const atMs = nowMs();
    if (atMs - this.#answeredMs >= QUIET_MS || atMs - this.#toldMs >= BEAT_MS) {
      this.tell({ kind: 'answered', fromMs: this.#answeredMs });
      this.#toldMs = atMs;
    }
    this.#answeredMs = atMs;
  }

  ended(): void {
    this.tell({ kind: 'unanswered', fromMs: this.#answeredMs });
  }

  failed(error: unknown): void {
    this.tell({ kind: 'error', text: textsOf(error) });
  }

  heard(text: string): void {
    this.tell({ kind: 'heard', text });
  }

  connect(library: Library, place: Place): Promise<LibraryClient> {
    return library.connect(place, () => this.tell({ kind: 'closed' }));
  }
}

const isOver = { now: false };

class Writer {
  readonly #worker: Worker;
  readonly #number: number;
  readonly #acked: number[] = [];
  #sent = 0;
  #settled = 0;

  constructor(client: number) {
    this.#worker = new Worker(client, 'writer');
    this.#number = client;
  }

  async start(library: Library, options: ClientsOptions): Promise<void> {
    const { prefix, writesPerS } = options;
    const client = await this.#worker.connect(library, options);
    const hash = hashOf(prefix, this.#number);
    await client.increment(hash, 'first');
    let lastMs = nowMs();
    let due = 0;
    setInterval(() => {
      const atMs = nowMs();
      due += ((atMs - lastMs) * writesPerS) / 1000;
      lastMs = atMs;
      for (; due >= 1 && !isOver.now; due -= 1) void this.#send(client, hash);
    }, TICK_MS);
  }

  async #send(client: LibraryClient, hash: string): Promise<void> {
    const nth = this.#sent++;
    try {
      await client.increment(hash, String(nth));
      this.#acked.push(nth);
      this.#worker.answered();
    } catch (error) {
      this.#worker.failed(error);
    } finally {
      this.#settled += 1;
    }
  }

  get isSettled(): boolean {
    return this.#settled === this.#sent;
  }

  account(): void {
    this.#worker.ended();
    const acked = toRanges(this.#acked.toSorted((one, other) => one - other));
    say({ kind: 'account', client: this.#number, sent: this.#sent, acked });
  }
}

async function subscribe(library: Library, options: ClientsOptions, number: number): Promise<void> {
  const worker = new Worker(number, 'subscriber');
  const client = await worker.connect(library, options);
  await client.subscribe(channelOf(options.prefix), (text) => worker.heard(text));
}

async function pop(library: Library, options: ClientsOptions, number: number): Promise<void> {
  const worker = new Worker(number, 'popper');
  const client = await worker.connect(library, options);
  void (async () => {
    for (;;) {
      try {
        worker.heard((await client.pop(listOf(options.prefix, number))) ?? '');
      } catch (error) {
        worker.failed(error);
        await pause(AFTER_ERROR_MS);
      }
    }
  })();
}

async function batch(library: Library, options: ClientsOptions, number: number): Promise<void> {
  const worker = new Worker(number, 'batch');
  const client = await worker.connect(library, options);
  const key = `${options.prefix}:${number}:batch`;
  await client.transaction(key);
  void (async () => {
    for (let turn = 0; !isOver.now; turn += 1) {
      try {
        await (turn % 2 === 0 ? client.transaction(key) : client.pipeline(key));
        worker.answered();
      } catch (error) {
        worker.failed(error);
      }
      await pause(BATCH_EVERY_MS);
    }
  })();
}

const [file = '', text = '{}'] = process.argv.slice(2);
const { library } = (await import(file)) as { library: Library };
const options = JSON.parse(text) as ClientsOptions;
const numbers = Array.from({ length: options.clients }, (_, number) => number);
const writers = numbers.map((number) => new Writer(number));

process.stdin.on('data', (chunk) => {
  if (!chunk.toString().includes('end')) return;
  isOver.now = true;
  const untilMs = nowMs() + LAST_ANSWERS_MS;
  setInterval(() => {
    if (nowMs() < untilMs && !writers.every(({ isSettled }) => isSettled)) return;
    for (const writer of writers) writer.account();
    process.stdout.write('', () => process.exit(0));
  }, TICK_MS);
});
process.stdin.on('end', () => process.exit(1));

await Promise.all([
  ...writers.map((writer) => writer.start(library, options)),
  ...[subscribe, pop, batch].flatMap((job) => numbers.map((number) => job(library, options, number))),
]);
say({ kind: 'ready', library: library.title });
