/** The clock of a host, which somebody may set. Redis goes by it for ages, timeouts and pauses. */
import type { Engine } from './engine.ts';

export class WallClock {
  readonly #engine: Engine;
  /** How far it is from the time of the simulator. */
  #aheadMs = 0;
  /** When it was set last, in that time. */
  setMs = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get nowMs(): number {
    return this.#engine.nowMs + this.#aheadMs;
  }

  set(byMs: number): void {
    this.#aheadMs += byMs;
    this.setMs = this.#engine.nowMs;
  }
}
