/** The test's side of a writer: what it has seen so far, and the audit of what became of its acknowledged writes. */
import { fileURLToPath } from 'node:url';
import type { Operation } from './history.ts';
import type { Host } from './host.ts';
import { Running } from './process.ts';
import type { Reply } from './resp.ts';
import { nowMs, waitFor } from './wait.ts';
import { type Errors, fromRanges, type Gap, type WriterMessage, type WriterOptions } from './writer-protocol.ts';

const DEFAULTS = {
  port: 6379,
  keyPrefix: 'w:',
  writesPerS: 1_000,
  hotPerS: 0,
  connectTimeoutMs: Number(process.env['REDISHA_TEST_CLIENT_MS'] ?? 100),
  requestTimeoutMs: 2 * Number(process.env['REDISHA_TEST_CLIENT_MS'] ?? 100),
  retryMs: 10,
  inFlightMax: 50,
  gapMinMs: 20,
};

const PROGRAMS = {
  none: new URL('writer-process.ts', import.meta.url),
  ioredis: new URL('ioredis-writer-process.ts', import.meta.url),
} as const;

export interface Written {
  /** The numbers of the acknowledged keys. */
  readonly acked: readonly number[];
  readonly sent: number;
  readonly errors: Errors;
  readonly keyPrefix: string;
  /** What it was told of the keys of everybody. */
  readonly history: readonly Operation[];
}

/** Something that can be asked for the values of keys. */
interface Store {
  askAll(commands: readonly (readonly (string | number)[])[], deadlineMs?: number): Promise<readonly Reply[]>;
}

export class Writer {
  readonly #process: Running;
  readonly #options: WriterOptions;
  readonly #gaps: Gap[] = [];
  #acked = 0;
  #lastAckMs = nowMs();
  #errors: Errors = {};
  #written: Written | undefined;

  private constructor(process: Running, options: WriterOptions) {
    this.#process = process;
    this.#options = options;
    process.onLine((line) => {
      if (line.text.startsWith('{')) this.#hear(JSON.parse(line.text) as WriterMessage);
    });
  }

  /** A writer through `address`; on the host `where`, or on this machine when there is none. */
  static async start(where: Host | undefined, address: string, options: Partial<WriterOptions> = {}): Promise<Writer> {
    const all = { ...DEFAULTS, ...options, host: address };
    const program = fileURLToPath(PROGRAMS[all.library ?? 'none']);
    const argv = [process.execPath, program, JSON.stringify(all)];
    const child: Running = where === undefined ? new Running(argv) : await where.spawn(argv);
    return new Writer(child, all);
  }

  get acked(): number {
    return this.#acked;
  }

  get errors(): Errors {
    return this.#errors;
  }

  /** The gaps that touch the time since `sinceMs`, the one that may be open now included. */
  gaps(sinceMs: number): readonly Gap[] {
    const open = { fromMs: this.#lastAckMs, toMs: nowMs() };
    const all = open.toMs - open.fromMs < 200 ? this.#gaps : [...this.#gaps, open];
    return all.filter((gap) => gap.toMs >= sinceMs);
  }

  /** The longest stretch without an acknowledged write since `sinceMs`, in ms. */
  longestGapMs(sinceMs: number): number {
    return Math.max(0, ...this.gaps(sinceMs).map((gap) => gap.toMs - gap.fromMs));
  }

  /** `count` more writes have been acknowledged than now. */
  async ackedMore(count: number, deadlineMs: number): Promise<void> {
    const goal = this.#acked + count;
    await waitFor(
      `${count} more acknowledged writes`,
      { deadlineMs },
      () => ({ acked: this.#acked, goal, errors: this.#errors, ended: this.#process.over }),
      (seen) => seen.acked >= goal,
    );
  }

  /** The writer has stopped and given its account. */
  async end(): Promise<Written> {
    this.#process.write('end\n');
    await waitFor(
      'the account of the writer',
      { deadlineMs: 20_000 },
      () => (this.#written === undefined && this.#process.over ? `it ended: ${this.#words}` : this.#written),
      (written) => written !== undefined && typeof written !== 'string',
    );
    this.#process.closeInput();
    await this.#process.ended;
    if (this.#written === undefined) throw new Error('unreachable');
    return this.#written;
  }

  /** What it printed besides messages. */
  get #words(): string {
    const lines = this.#process.lines.filter(({ text }) => !text.startsWith('{'));
    return lines.map(({ text }) => text).join('\n');
  }

  #hear(message: WriterMessage): void {
    if (message.kind === 'gap') {
      this.#gaps.push(message.gap);
      this.#lastAckMs = Math.max(this.#lastAckMs, message.gap.toMs);
      return;
    }
    this.#acked = message.acked;
    this.#errors = message.errors;
    if (message.kind === 'beat') this.#lastAckMs = message.lastAckMs;
    else {
      const { keyPrefix } = this.#options;
      const { sent, errors, history } = message;
      this.#written = { acked: fromRanges(message.ranges), sent, errors, keyPrefix, history };
    }
  }
}

const CHUNK = 1_000;

/** The acknowledged keys that the store does not have (or has with another value). */
export async function missingFrom(store: Store, written: Written): Promise<readonly number[]> {
  const chunks: number[][] = [];
  for (let at = 0; at < written.acked.length; at += CHUNK) chunks.push(written.acked.slice(at, at + CHUNK));
  if (chunks.length === 0) return [];
  const commands = chunks.map((chunk) => ['MGET', ...chunk.map((key) => `${written.keyPrefix}${key}`)]);
  const replies = await store.askAll(commands, 10_000);
  return chunks.flatMap((chunk, at) => {
    const values = replies[at];
    if (!Array.isArray(values)) throw new Error(`MGET: ${String(values)}`);
    return chunk.filter((key, place) => values[place] !== String(key));
  });
}
