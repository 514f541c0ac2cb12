/**
 * A story is a pair that lives through acts: each act has a writer of its own, something happens, the pair gets the time
 * to deal with it, and the account is taken: how long no write was acknowledged, what became of every write acknowledged
 * since the story began, and what is out of order at the end. An act never fails by itself: tests, benchmark and
 * demonstration judge the same account, each in its own way.
 */
import type { Host } from './host.ts';
import { hotTotal, missingHot } from './hot-keys.ts';
import type { Pair } from './pair.ts';
import type { RedisServer } from './redis.ts';
import { notRescued } from './rescue.ts';
import { messageOf, nowMs } from './wait.ts';
import { missingFrom, type Writer, type Written } from './writer.ts';
import type { Errors, WriterOptions } from './writer-protocol.ts';

export interface Member {
  readonly host: Host;
  readonly redis: RedisServer;
}

/** What a story can be told of: two nodes, whoever decides which of them leads. */
export interface Cast {
  readonly a: Member;
  readonly b: Member;
  start(): Promise<void>;
  /** A client that finds the master as the clients of this pair do. */
  writer(options: Partial<WriterOptions>): Promise<Writer>;
  /** `master` is the only master, and the other follows it. */
  settled(master: Member, deadlineMs: number, holdMs?: number): Promise<void>;
}

export interface Act<C extends Cast = Pair> {
  readonly name: string;
  /** What happens. Returns the node that has to be the only master at the end (see `whole`). */
  readonly play: (stage: Stage<C>) => Promise<C['a']>;
  /** Both Redises answer at the end, so that the pair must be in order, not only alive. */
  readonly whole: boolean;
  /** How long the pair may take to be in order again after `play`. */
  readonly settleMs: number;
}

/** What an act works with. */
export interface Stage<C extends Cast = Pair> {
  readonly pair: C;
  readonly writer: Writer;
  /** The measured time starts now (again), and not with the act. */
  mark(): void;
}

export interface Account {
  readonly act: string;
  /** The longest stretch without an acknowledged write. */
  readonly gapMs: number;
  readonly acked: number;
  /** Acknowledged writes of the whole story that the master does not have. */
  readonly missing: number;
  /** Writes of the whole story to the keys of everybody that the master does not have: they were put aside. */
  readonly hotMissing: number;
  /** Those of the missing that no rescue file has either. */
  readonly vanished: number;
  /** What is out of order at the end; empty when all is well. */
  readonly disorder: readonly string[];
  readonly errors: Errors;
}

const WARM_UP = 500;
const SETTLE_WRITES = 300;

export interface StoryOptions {
  /** How often each writer writes to the keys of everybody, besides its own. */
  readonly hotPerS?: number;
}

export class Story<C extends Cast = Pair> {
  readonly pair: C;
  readonly #options: StoryOptions;
  readonly #written: Written[] = [];
  readonly #parameters = new Map<string, string>();

  constructor(pair: C, options: StoryOptions = {}) {
    this.pair = pair;
    this.#options = options;
  }

  /** The pair runs and is in order. */
  async begin(start: (pair: C) => Promise<void> = (pair) => pair.start()): Promise<void> {
    await start(this.pair);
    for (const node of [this.pair.a, this.pair.b]) this.#parameters.set(node.host.name, await parameters(node));
  }

  async act(act: Act<C>, tell: (text: string) => void = () => undefined): Promise<Account> {
    const { pair } = this;
    const writer = await pair.writer({ ...this.#options, keyPrefix: `w${this.#written.length}:` });
    await writer.ackedMore(WARM_UP, 15_000);
    let fromMs = nowMs();
    const mark = () => {
      fromMs = nowMs();
    };
    const disorder: string[] = [];
    const master = await act.play({ pair, writer, mark });
    tell(`${act.name}: played`);
    if (act.whole) await noted(disorder, () => pair.settled(master, act.settleMs));
    await noted(disorder, () => writer.ackedMore(SETTLE_WRITES, 60_000));
    const gapMs = writer.longestGapMs(fromMs);
    this.#written.push(await writer.end());
    if (act.whole) disorder.push(...(await this.#outOfOrder(master)));
    const audit = await this.#audit(master);
    return { act: act.name, gapMs, acked: writer.acked, ...audit, disorder, errors: writer.errors };
  }

  /** What must not be left behind when the network is whole and no command is running. */
  async #outOfOrder(master: Member): Promise<readonly string[]> {
    const found: string[] = [];
    await noted(found, () => this.pair.settled(master, 5_000, 0));
    for (const node of [this.pair.a, this.pair.b]) {
      const { name } = node.host;
      if (await node.redis.writesPaused()) found.push(`${name}: writes are paused`);
      const now = await parameters(node).catch(String);
      if (now !== this.#parameters.get(name)) found.push(`${name}: ${now}, was ${this.#parameters.get(name)}`);
    }
    return found;
  }

  async #audit(master: Member): Promise<Pick<Account, 'missing' | 'hotMissing' | 'vanished'>> {
    let missing = 0;
    let vanished = 0;
    for (const written of this.#written) {
      const absent = await missingFrom(master.redis, written);
      missing += absent.length;
      vanished += (await notRescued([this.pair.a, this.pair.b], written, absent)).length;
    }
    const hot = await missingHot(
      master.redis,
      this.#written.map((written) => written.hot),
    );
    return { missing, hotMissing: hotTotal(hot), vanished };
  }
}

/** The parameters that a hand-over may borrow and must give back. */
async function parameters(node: Member): Promise<string> {
  const config = await node.redis.config('min-replicas-*');
  return [...config]
    .map(([name, value]) => `${name} ${value}`)
    .toSorted()
    .join(', ');
}

async function noted(list: string[], step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    list.push(messageOf(error));
  }
}
