/**
 * Virtual time for the simulator: events in the order of their time, and between two of them every promise that can go on
 * goes on.
 *
 * The code under test is asynchronous, so after an event that settled one of its promises the microtasks have to run to
 * their end. A tick that is asked for from a microtask comes when the queue of microtasks is empty, and never visits the
 * event loop of the host: a million of them take a second. Source: lib/internal/process/task_queues.js of Node.
 */

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

/** As many events as wait at the same time at most, and twice as many whenever that was too few. */
const ROOM = 128;
const NOTHING = (): void => undefined;

export class Engine {
  nowMs = 0;
  /** Set by whoever lets code under test go on: its microtasks run before the next event. */
  dirty = false;
  readonly random: () => number;
  /** A heap in three columns, by time, then by the order in which they were asked for. */
  #times = new Float64Array(ROOM);
  #orders = new Uint32Array(ROOM);
  readonly #runs: (() => void)[] = [];
  #count = 0;
  #order = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.random() * (to - from);
  }

  after(delayMs: number, run: () => void): void {
    if (this.#count === this.#times.length) this.#grow();
    const [times, orders, runs] = [this.#times, this.#orders, this.#runs];
    const atMs = this.nowMs + delayMs;
    let at = this.#count++;
    // What was asked for later comes later where the times are the same.
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((times[above] as number) <= atMs) break;
      times[at] = times[above] as number;
      orders[at] = orders[above] as number;
      runs[at] = runs[above] as () => void;
      at = above;
    }
    times[at] = atMs;
    orders[at] = this.#order++;
    runs[at] = run;
  }

  /** Runs what is due until `endMs`. */
  run(endMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const pump = (): void => {
        try {
          this.dirty = false;
          while (!this.dirty) {
            const nextMs = this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
            if (nextMs > endMs) {
              this.nowMs = Math.max(this.nowMs, Math.min(endMs, nextMs));
              resolve();
              return;
            }
            this.nowMs = nextMs;
            this.#take()();
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        queueMicrotask(requeue);
      };
      const requeue = (): void => process.nextTick(pump);
      pump();
    });
  }

  #take(): () => void {
    const [times, orders, runs] = [this.#times, this.#orders, this.#runs];
    const first = runs[0] as () => void;
    const count = --this.#count;
    const [time, order, run] = [times[count] as number, orders[count] as number, runs[count] as () => void];
    let at = 0;
    for (let below = 1; below < count; below = 2 * at + 1) {
      if (below + 1 < count && this.#isBefore(below + 1, times[below] as number, orders[below] as number)) below++;
      if (!this.#isBefore(below, time, order)) break;
      times[at] = times[below] as number;
      orders[at] = orders[below] as number;
      runs[at] = runs[below] as () => void;
      at = below;
    }
    times[at] = time;
    orders[at] = order;
    runs[at] = run;
    runs[count] = NOTHING;
    return first;
  }

  #isBefore(at: number, time: number, order: number): boolean {
    const atTime = this.#times[at] as number;
    return atTime < time || (atTime === time && (this.#orders[at] as number) < order);
  }

  #grow(): void {
    const [times, orders] = [this.#times, this.#orders];
    this.#times = new Float64Array(2 * times.length);
    this.#times.set(times);
    this.#orders = new Uint32Array(2 * orders.length);
    this.#orders.set(orders);
  }
}
