/**
 * One server as a held check sees it: asked for a sign of life at every tick, looked at as a whole now and then, and at
 * once when the sign of life is another one or the connection ends.
 */
import type { NodeView } from '../core/model.ts';
import type { ProcessState, WatchPolicy, WatchState } from '../core/watch.ts';
import { reduceWatch, watchFrom } from '../core/watch.ts';
import type { Clock, WatchedNode } from './ports.ts';

export interface Watching {
  readonly clock: Clock;
  readonly policy: WatchPolicy;
  /** Told of every look. */
  readonly onLook: () => void;
}

/** What grows old by itself (offsets, lag, a copy's progress) is read this often. */
export const LOOK_EVERY_MS = 1000;

export class Watched {
  readonly #node: WatchedNode;
  readonly #watching: Watching;
  #state: WatchState;
  #pending = false;
  /** When the last look was asked for; a look is due when this is long ago. */
  #lookedMs = Number.NEGATIVE_INFINITY;
  #pulse: string | undefined;
  /** An ended connection has been followed by a question since the last tick: once is enough. */
  #hurried = false;
  /** The last look. */
  view: NodeView | undefined;
  /** When {@link view} was asked for. */
  viewMs = Number.NEGATIVE_INFINITY;
  /** When the server was last found to be another than before. */
  changedMs = Number.NEGATIVE_INFINITY;

  constructor(node: WatchedNode, watching: Watching) {
    this.#node = node;
    this.#watching = watching;
    this.#state = watchFrom(watching.clock.nowMs());
    node.onClosed(() => {
      if (this.#hurried) return;
      this.#hurried = true;
      this.hurry();
    });
  }

  get isOwed(): boolean {
    return this.#pending;
  }

  /** Asks again, unless an answer is still owed; a sign of life where it is too early for a look. */
  tick(nowMs: number, withPulse: boolean): void {
    this.#hurried = false;
    if (withPulse || nowMs - this.#lookedMs >= LOOK_EVERY_MS) this.#ask(nowMs);
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

  #ask(nowMs: number): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#state = reduceWatch(this.#state, { kind: 'asked', atMs: nowMs }, this.#watching.policy);
    void this.#answer(nowMs);
  }

  async #answer(askedMs: number): Promise<void> {
    const pulse = await this.#node.pulse();
    const changed = pulse !== this.#pulse;
    this.#pulse = pulse;
    if (changed) this.changedMs = askedMs;
    if (changed || pulse === undefined || askedMs - this.#lookedMs >= LOOK_EVERY_MS) {
      this.#lookedMs = askedMs;
      this.view = await this.#node.look();
      this.viewMs = askedMs;
      this.#pending = false;
      this.#watching.onLook();
    } else this.#pending = false;
  }
}
