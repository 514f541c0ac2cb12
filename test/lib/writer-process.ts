/**
 * A client that writes numbered keys at a steady rate and remembers which of them were acknowledged. It behaves as a
 * careful client does: every request has a deadline, a dead connection is replaced at once, an error is counted and the
 * next key tried. A key is sent once. Runs as a process of its own, inside the client's network.
 *
 * argv: the options as JSON. stdout: messages (writer-protocol.ts). stdin: `end` asks for the audit, its end is the end.
 */
import { connect, type Socket } from 'node:net';
import { HotHistory, type HotRequest, hotRequest } from './hot-keys.ts';
import { encode, type Reply, ReplyError, ReplyParser } from './resp.ts';
import { type Place, SentinelClient } from './sentinel-client.ts';
import { toRanges, type WriterMessage, type WriterOptions } from './writer-protocol.ts';

const TICK_MS = 2;
const BEAT_MS = 50;

interface Request {
  /** The number of its key, or what it asks of the keys of everybody. */
  readonly key: number | HotRequest;
  readonly sentMs: number;
}

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

class Writer {
  readonly #options: WriterOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #acked: number[] = [];
  readonly #errors: Record<string, number> = {};
  readonly #sentinels: SentinelClient | undefined;
  #socket: Socket | undefined;
  #ready = false;
  #inFlight: Request[] = [];
  readonly #hot: HotHistory;
  #next = 0;
  #due = 0;
  #nextHot = 0;
  #dueHot = 0;
  #lastTickMs = nowMs();
  #lastAckMs = nowMs();
  #ending = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#hot = new HotHistory(options.keyPrefix);
    const { sentinels, requestTimeoutMs } = options;
    if (sentinels !== undefined) {
      this.#sentinels = new SentinelClient(sentinels, requestTimeoutMs, () => this.#socket?.resetAndDestroy());
    }
    void this.#connect();
    this.#timers = [setInterval(() => this.#tick(), TICK_MS), setInterval(() => this.#beat(), BEAT_MS)];
  }

  /** No more writes; the audit is printed when the last answer is here or overdue. */
  end(): void {
    this.#ending = true;
  }

  #say(message: WriterMessage, then?: () => void): void {
    process.stdout.write(`${JSON.stringify(message)}\n`, then);
  }

  #count(kind: string, times = 1): void {
    this.#errors[kind] = (this.#errors[kind] ?? 0) + times;
  }

  async #connect(): Promise<void> {
    const place = this.#sentinels === undefined ? this.#options : await this.#sentinels.master();
    if (place !== undefined) {
      this.#connectTo(place);
      return;
    }
    this.#count('no-master-known');
    setTimeout(() => void this.#connect(), this.#options.retryMs);
  }

  #connectTo({ host, port }: Place): void {
    const { connectTimeoutMs, retryMs, password } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    const parser = new ReplyParser();
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error(), { code: 'connect-timeout' })),
      connectTimeoutMs,
    );
    this.#socket = socket;
    socket.on('connect', () => {
      clearTimeout(timer);
      if (password === undefined) this.#ready = true;
      else socket.write(encode(['AUTH', password]));
    });
    socket.on('data', (chunk) => {
      for (const reply of parser.push(chunk)) {
        if (this.#ready) this.#answer(reply);
        else this.#admitted(reply);
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.#count(error.code ?? error.message));
    socket.on('close', () => {
      clearTimeout(timer);
      const wasReady = this.#ready;
      this.#ready = false;
      if (this.#inFlight.length > 0) this.#count('unanswered', this.#inFlight.length);
      for (const { key, sentMs } of this.#inFlight) if (typeof key !== 'number') this.#hot.unanswered(key, sentMs);
      this.#inFlight = [];
      setTimeout(() => void this.#connect(), wasReady ? 0 : retryMs);
    });
  }

  /** What the server says to the password. */
  #admitted(reply: Reply): void {
    if (reply instanceof ReplyError) {
      this.#count(reply.kind);
      this.#socket?.resetAndDestroy();
    } else this.#ready = true;
  }

  #answer(reply: Reply): void {
    const request = this.#inFlight.shift();
    if (request === undefined) return;
    if (reply instanceof ReplyError) {
      this.#count(reply.kind);
      // A client that finds its master by Sentinel asks anew where it is; one with an address has nobody to ask.
      if (reply.kind === 'READONLY' && this.#sentinels !== undefined) this.#socket?.resetAndDestroy();
      return;
    }
    const atMs = nowMs();
    if (typeof request.key !== 'number') {
      this.#hot.acknowledged(request.key, request.sentMs, atMs, reply);
      return;
    }
    if (atMs - this.#lastAckMs >= this.#options.gapMinMs) {
      this.#say({ kind: 'gap', gap: { fromMs: this.#lastAckMs, toMs: atMs } });
    }
    this.#lastAckMs = atMs;
    this.#acked.push(request.key);
  }

  #tick(): void {
    const atMs = nowMs();
    // Writes that could not be sent are not made up for: a client has no use for its past.
    const { writesPerS, hotPerS, inFlightMax } = this.#options;
    const dueAfter = (due: number, perS: number): number =>
      Math.min(due + ((atMs - this.#lastTickMs) * perS) / 1000, inFlightMax);
    this.#due = dueAfter(this.#due, writesPerS);
    this.#dueHot = dueAfter(this.#dueHot, hotPerS);
    this.#lastTickMs = atMs;
    const [oldest] = this.#inFlight;
    if (oldest !== undefined && atMs - oldest.sentMs > this.#options.requestTimeoutMs) {
      this.#count('timeout');
      this.#ready = false;
      this.#socket?.resetAndDestroy();
      return;
    }
    if (this.#ending) {
      if (this.#inFlight.length === 0) this.#finish();
      return;
    }
    if (this.#ready) this.#send(atMs);
  }

  #send(atMs: number): void {
    const { keyPrefix, byScript = false, inFlightMax } = this.#options;
    const script = byScript ? ['EVAL', "return redis.call('SET', KEYS[1], ARGV[1])", 1] : ['SET'];
    let batch = '';
    while (this.#due >= 1 && this.#inFlight.length < inFlightMax) {
      this.#due -= 1;
      batch += encode([...script, `${keyPrefix}${this.#next}`, this.#next]);
      this.#inFlight.push({ key: this.#next, sentMs: atMs });
      this.#next += 1;
    }
    while (this.#dueHot >= 1 && this.#inFlight.length < inFlightMax) {
      this.#dueHot -= 1;
      const key = hotRequest(this.#nextHot++, keyPrefix);
      batch += encode(key.command);
      this.#inFlight.push({ key, sentMs: atMs });
    }
    if (batch !== '') this.#socket?.write(batch);
  }

  #beat(): void {
    this.#say({ kind: 'beat', acked: this.#acked.length, lastAckMs: this.#lastAckMs, errors: this.#errors });
  }

  /** An account may be longer than the pipe takes at once: the process ends when it is out. */
  #finish(): void {
    for (const timer of this.#timers) clearInterval(timer);
    const acked = this.#acked.length;
    const { operations: history } = this.#hot;
    const account = { acked, ranges: toRanges(this.#acked), sent: this.#next, errors: this.#errors, history };
    this.#say({ kind: 'end', ...account }, () => process.exit(0));
  }
}

const writer = new Writer(JSON.parse(process.argv[2] ?? '{}') as WriterOptions);
process.stdin.on('data', (chunk) => {
  if (chunk.toString().includes('end')) writer.end();
});
process.stdin.on('end', () => process.exit(1));
