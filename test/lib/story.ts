/**
 * A story is a pair that lives through acts: each act has a writer of its own, something happens, the pair gets the time
 * to deal with it, and the account is taken: how long no write was acknowledged, what became of every write acknowledged
 * since the story began, and what is out of order at the end. An act never fails by itself: tests, benchmark and
 * demonstration judge the same account, each in its own way.
 */
import type { Host } from './host.ts';
import { type Ends, judge, totalOf, type Verdict } from './history.ts';
import { hotValues } from './hot-keys.ts';
import type { Pair } from './pair.ts';
import type { RedisServer } from './redis.ts';
import { keptHot, notRescued } from './rescue.ts';
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
  /** How often the writers of this act write to the keys of everybody, where that is not as in the rest of the story. */
  readonly hotPerS?: number;
}

/** What an act works with. */
export interface Stage<C extends Cast = Pair> {
  readonly pair: C;
  readonly writer: Writer;
  /** The measured time starts now (again), and not with the act. */
  readonly mark: () => void;
  /** What another client has written at this node. */
  readonly wrote: (node: C['a'], written: Written) => void;
}

/** The longest stretch without an acknowledged write of the library's client; `isOpen`: it had not ended when the act did. */
export interface LibraryGap {
  readonly gapMs: number;
  readonly isOpen: boolean;
}

export interface Account {
  readonly act: string;
  /** The longest stretch without an acknowledged write. */
  readonly gapMs: number;
  readonly acked: number;
  /** Acknowledged writes of the whole story that the master does not have. */
  readonly missing: number;
  /** Writes of the whole story to the keys of everybody that the master does not have, or has undone. */
  readonly hotMissing: number;
  /** What became of them, key by key. */
  readonly hot: readonly Verdict[];
  /** Of the other clients of this act: numbered keys that were acknowledged at the node that does not lead now, and that the leader has. */
  readonly merged: number;
  readonly library?: LibraryGap;
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
  /** Beside each writer, a client of the library with the options that it has when nobody sets any. */
  readonly library?: 'ioredis';
  /** After so long the writers give up an attempt to connect, and after twice as long a request. */
  readonly clientMs?: number;
}

/** So much of the library's client is enough to see its gaps. */
const LIBRARY_PER_S = 100;
const LIBRARY_WRITES = 20;
/** How long it is waited for, when everybody else works again. */
const LIBRARY_MS = 10_000;

interface Beside<C extends Cast> {
  readonly node: C['a'];
  readonly written: Written;
}

export class Story<C extends Cast = Pair> {
  readonly pair: C;
  readonly #options: StoryOptions;
  readonly #written: Written[] = [];
  readonly #parameters = new Map<string, string>();
  #prefixes = 0;

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
    const writer = await pair.writer({ ...this.#writerOptions(act), keyPrefix: this.#nextPrefix() });
    const library = await this.#library();
    await writer.ackedMore(WARM_UP, 15_000);
    await library?.ackedMore(LIBRARY_WRITES, 15_000);
    let fromMs = nowMs();
    const mark = () => {
      fromMs = nowMs();
    };
    const beside: Beside<C>[] = [];
    const wrote = (node: C['a'], written: Written) => void beside.push({ node, written });
    const disorder: string[] = [];
    const master = await act.play({ pair, writer, mark, wrote });
    tell(`${act.name}: played`);
    if (act.whole) await noted(disorder, () => pair.settled(master, act.settleMs));
    await noted(disorder, () => writer.ackedMore(SETTLE_WRITES, 60_000));
    const gapMs = writer.longestGapMs(fromMs);
    const libraryGap = library === undefined ? {} : { library: await this.#libraryGap(library, fromMs) };
    this.#written.push(await writer.end(), ...beside.map(({ written }) => written));
    if (act.whole) disorder.push(...(await this.#outOfOrder(master)));
    const audit = { ...(await this.#audit(master)), ...(await this.#besides(master, beside)) };
    return { act: act.name, gapMs, acked: writer.acked, ...audit, ...libraryGap, disorder, errors: writer.errors };
  }

  #writerOptions(act: Act<C>): Partial<WriterOptions> {
    const { hotPerS, clientMs } = { ...this.#options, hotPerS: act.hotPerS ?? this.#options.hotPerS };
    return {
      ...(hotPerS === undefined ? {} : { hotPerS }),
      ...(clientMs === undefined ? {} : { connectTimeoutMs: clientMs, requestTimeoutMs: 2 * clientMs }),
    };
  }

  #nextPrefix(): string {
    return `w${this.#prefixes++}:`;
  }

  async #library(): Promise<Writer | undefined> {
    const { library } = this.#options;
    if (library === undefined) return undefined;
    return await this.pair.writer({ library, writesPerS: LIBRARY_PER_S, keyPrefix: this.#nextPrefix() });
  }

  async #libraryGap(library: Writer, fromMs: number): Promise<LibraryGap> {
    const isOpen = await library.ackedMore(LIBRARY_WRITES, LIBRARY_MS).then(
      () => false,
      () => true,
    );
    const gapMs = library.longestGapMs(fromMs);
    this.#written.push(await library.end());
    return { gapMs, isOpen };
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

  async #audit(master: Member): Promise<Pick<Account, 'missing' | 'vanished'>> {
    let missing = 0;
    let vanished = 0;
    for (const written of this.#written) {
      const absent = await missingFrom(master.redis, written);
      missing += absent.length;
      vanished += (await notRescued([this.pair.a, this.pair.b], written, absent)).length;
    }
    return { missing, vanished };
  }

  /** The keys of everybody, and what the act's other clients have written. */
  async #besides(
    master: Member,
    beside: readonly Beside<C>[],
  ): Promise<Pick<Account, 'hot' | 'hotMissing' | 'merged'>> {
    const others = beside.filter(({ node }) => node !== master).map(({ written }) => written);
    let merged = 0;
    for (const written of others) merged += written.acked.length - (await missingFrom(master.redis, written)).length;
    const history = this.#written.flatMap((written) => written.history);
    if (history.length === 0) return { hot: [], hotMissing: 0, merged };
    const ends: Ends = {
      final: await hotValues(master.redis),
      kept: new Map(),
      otherSide: new Set(others.map(({ keyPrefix }) => keyPrefix)),
    };
    const there = judge(history, ends);
    const isWhole = totalOf(there).vanished === 0;
    const hot = isWhole ? there : judge(history, { ...ends, kept: await keptHot([this.pair.a, this.pair.b]) });
    const { vanished, aside, again } = totalOf(hot);
    return { hot, hotMissing: vanished + aside + again, merged };
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
