/**
 * Virtual time for the simulator: events in the order of their time, and between two of them every promise that can go on
 * goes on.
 *
 * The code under test is asynchronous, so after an event that settled one of its promises the microtasks have to run to
 * their end. A tick that is asked for from a microtask comes when the queue of microtasks is empty, and never visits the
 * event loop of the host: a million of them take a second. Source: lib/internal/process/task_queues.js of Node.
 */

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

const before = (one: Event, other: Event): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

/** A number in [0, 1) for each call, the same series for the same seed (mulberry32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export class Engine {
  nowMs = 0;
  /** Set by whoever lets code under test go on: its microtasks run before the next event. */
  dirty = false;
  readonly random: () => number;
  readonly #heap: Event[] = [];
  #order = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.random() * (to - from);
  }

  after(delayMs: number, run: () => void): void {
    const heap = this.#heap;
    const added = { atMs: this.nowMs + delayMs, order: this.#order++, run };
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Event;
      if (before(parent, added)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = added;
  }

  /** Runs what is due until `endMs`, or until `over` says so; it is asked whenever the clock moves on. */
  run(endMs: number, over: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      const pump = (): void => {
        try {
          this.dirty = false;
          while (!this.dirty) {
            const next = this.#heap[0];
            if (next === undefined || next.atMs > endMs || over()) {
              this.nowMs = Math.max(this.nowMs, Math.min(endMs, next?.atMs ?? endMs));
              resolve();
              return;
            }
            this.#take();
            this.nowMs = next.atMs;
            next.run();
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        queueMicrotask(() => process.nextTick(pump));
      };
      pump();
    });
  }

  #take(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1] as Event, heap[below] as Event)) below++;
      const child = heap[below] as Event;
      if (before(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}
