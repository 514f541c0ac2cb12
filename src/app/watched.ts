/**
 * One server as a held check sees it: asked for a sign of life now and then, looked at as a whole more seldom, and at once
 * when the sign of life is another one, a master says that it is none any more, or the connection ends.
 */
import type { NodeView } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { ProcessState, WatchPolicy, WatchState } from '../core/watch.ts';
import { reduceWatch, watchFrom } from '../core/watch.ts';
import type { Clock, WatchedNode } from './ports.ts';

export interface Watching {
  readonly clock: Clock;
  readonly policy: WatchPolicy;
  /** Told of every look. */
  readonly onLook: () => void;
  /** Told of an error that is no answer and no silence: whoever looked did not foresee it. */
  readonly onError: (error: unknown) => void;
}

/** How closely a server is watched that would tell of the worst by itself: what is not urgent is asked for. */
export interface Pace {
  /** A sign of life. */
  readonly pulseMs: number;
  /** What grows old by itself: offsets, lag, a copy's progress. */
  readonly lookMs: number;
}

export interface Tick {
  /** Now, and not when the pace says so. */
  readonly isTime: boolean;
  /** Its role is to stay: as long as the server cannot say by itself that it has lost it, it is asked at every tick. */
  readonly mustListen: boolean;
  readonly pace: Pace;
}

export class Watched {
  readonly #node: WatchedNode;
  readonly #watching: Watching;
  #state: WatchState;
  #pending = false;
  #askedMs = Number.NEGATIVE_INFINITY;
  /** When the last look was asked for; a look is due when this is long ago. */
  #lookedMs = Number.NEGATIVE_INFINITY;
  #lookMs = 0;
  #pulse: string | undefined;
  /** An ended connection has been followed by a question since the last tick: once is enough. */
  #hurried = false;
  #listens: 'no' | 'yes' | 'cannot' = 'no';
  #mustListen = false;
  /** Before that a tick has nothing to do here. */
  dueMs = Number.NEGATIVE_INFINITY;
  /** The last look. */
  view: NodeView | undefined;
  /** When {@link view} was asked for. */
  viewMs = Number.NEGATIVE_INFINITY;
  /** When {@link view} came. */
  seenMs = Number.NEGATIVE_INFINITY;
  /** When the server was last found to be another than before. */
  changedMs = Number.NEGATIVE_INFINITY;

  constructor(node: WatchedNode, watching: Watching) {
    this.#node = node;
    this.#watching = watching;
    this.#state = watchFrom(watching.clock.nowMs());
    node.onClosed(() => {
      this.#hasty();
    });
  }

  get isOwed(): boolean {
    return this.#pending;
  }

  /** It answered when it was looked at last, and was not given up since. */
  get isThere(): boolean {
    return this.view !== undefined && isAnswering(this.view) && this.verdict === 'alive';
  }

  /** What the last {@link isAlive} found. */
  get verdict(): WatchState['verdict'] {
    return this.#state.verdict;
  }

  /** Asks again where it is time, unless an answer is still owed. */
  tick(nowMs: number, { isTime, mustListen, pace }: Tick): void {
    this.#hurried = false;
    this.#lookMs = pace.lookMs;
    this.#mustListen = mustListen;
    this.#listenToMaster();
    const isDeaf = mustListen && this.#listens !== 'yes';
    if (isTime || isDeaf || nowMs - this.#askedMs >= pace.pulseMs) this.#ask(nowMs);
    this.dueMs = isDeaf ? nowMs : this.#askedMs + pace.pulseMs;
  }

  /** Looks as soon as no answer is owed. */
  hurry(): void {
    this.#lookedMs = Number.NEGATIVE_INFINITY;
    this.#ask(this.#watching.clock.nowMs());
  }

  /** True while the last question is not taken for unanswerable. */
  isAlive(nowMs: number, server: () => ProcessState): boolean {
    const event = this.#pending
      ? ({ kind: 'tick', atMs: nowMs, server: server() } as const)
      : ({ kind: 'answered', atMs: nowMs } as const);
    this.#state = reduceWatch(this.#state, event, this.#watching.policy);
    return this.#state.verdict === 'alive';
  }

  #hasty(): void {
    if (this.#hurried) return;
    this.#hurried = true;
    this.hurry();
  }

  #listenToMaster(): void {
    if (this.#mustListen && this.#listens === 'no' && this.view !== undefined && isMaster(this.view))
      this.#listen().catch(this.#watching.onError);
  }

  async #listen(): Promise<void> {
    this.#listens = 'yes';
    const isTold = await this.#node.untilDemoted();
    this.#listens = isTold ? 'no' : 'cannot';
    this.#hasty();
  }

  #ask(nowMs: number): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#askedMs = nowMs;
    this.#state = reduceWatch(this.#state, { kind: 'asked', atMs: nowMs }, this.#watching.policy);
    this.#answer(nowMs).catch(this.#watching.onError);
  }

  async #answer(askedMs: number): Promise<void> {
    const pulse = await this.#node.pulse();
    const changed = pulse !== this.#pulse;
    this.#pulse = pulse;
    if (changed) this.changedMs = askedMs;
    if (changed || pulse === undefined || askedMs - this.#lookedMs >= this.#lookMs) {
      this.#lookedMs = askedMs;
      this.view = await this.#node.look();
      this.viewMs = askedMs;
      this.seenMs = this.#watching.clock.nowMs();
      this.#pending = false;
      this.#listenToMaster();
      this.#watching.onLook();
    } else this.#pending = false;
  }
}
