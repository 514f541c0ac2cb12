/**
 * The numbered keys of writer-process.ts, written as an application does it: by ioredis, with the options that it has when nobody
 * sets any. It finds the master at an address, or by Sentinel. The library decides when it connects again, what it keeps until
 * then, and what it sends twice.
 *
 * argv, stdout and stdin are those of writer-process.ts.
 */
import { Redis } from 'ioredis';
import { MASTER_NAME, SENTINEL_PORT } from './sentinel-client.ts';
import { nowMs } from './wait.ts';
import { toRanges, type WriterMessage, type WriterOptions } from './writer-protocol.ts';

const TICK_MS = 5;
const BEAT_MS = 50;
/** How long what was sent last may take to be answered. */
const LAST_ANSWERS_MS = 1_000;

const clientOf = ({ host, port, sentinels }: WriterOptions): Redis =>
  sentinels === undefined
    ? new Redis(port, host)
    : new Redis({ sentinels: sentinels.map((one) => ({ host: one, port: SENTINEL_PORT })), name: MASTER_NAME });

class Writer {
  readonly #options: WriterOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #redis: Redis;
  readonly #acked: number[] = [];
  readonly #errors: Record<string, number> = {};
  #sent = 0;
  #settled = 0;
  #due = 0;
  #lastTickMs = nowMs();
  #lastAckMs = nowMs();
  #endsMs: number | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#redis = clientOf(options);
    this.#redis.on('error', () => undefined);
    this.#timers = [setInterval(() => this.#tick(), TICK_MS), setInterval(() => this.#beat(), BEAT_MS)];
  }

  end(): void {
    this.#endsMs = nowMs() + LAST_ANSWERS_MS;
  }

  #say(message: WriterMessage, then?: () => void): void {
    process.stdout.write(`${JSON.stringify(message)}\n`, then);
  }

  #tick(): void {
    const atMs = nowMs();
    if (this.#endsMs !== undefined) {
      if (this.#settled === this.#sent || atMs > this.#endsMs) this.#finish();
      return;
    }
    this.#due += ((atMs - this.#lastTickMs) * this.#options.writesPerS) / 1000;
    this.#lastTickMs = atMs;
    for (; this.#due >= 1; this.#due -= 1) void this.#write(this.#sent++);
  }

  async #write(nth: number): Promise<void> {
    try {
      await this.#redis.set(`${this.#options.keyPrefix}${nth}`, nth);
      this.#acknowledged(nth);
    } catch (error) {
      const kind = (error as Error).message.split(' ')[0] ?? 'error';
      this.#errors[kind] = (this.#errors[kind] ?? 0) + 1;
    } finally {
      this.#settled += 1;
    }
  }

  #acknowledged(nth: number): void {
    const atMs = nowMs();
    if (atMs - this.#lastAckMs >= this.#options.gapMinMs) {
      this.#say({ kind: 'gap', gap: { fromMs: this.#lastAckMs, toMs: atMs } });
    }
    this.#lastAckMs = atMs;
    this.#acked.push(nth);
  }

  #beat(): void {
    this.#say({ kind: 'beat', acked: this.#acked.length, lastAckMs: this.#lastAckMs, errors: this.#errors });
  }

  /** An account may be longer than the pipe takes at once: the process ends when it is out. */
  #finish(): void {
    for (const timer of this.#timers) clearInterval(timer);
    const ranges = toRanges(this.#acked.toSorted((one, other) => one - other));
    const { length: acked } = this.#acked;
    const account = { acked, ranges, sent: this.#sent, errors: this.#errors, history: [] };
    this.#say({ kind: 'end', ...account }, () => process.exit(0));
  }
}

const writer = new Writer(JSON.parse(process.argv[2] ?? '{}') as WriterOptions);
process.stdin.on('data', (chunk) => {
  if (chunk.toString().includes('end')) writer.end();
});
process.stdin.on('end', () => process.exit(1));
