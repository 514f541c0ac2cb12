/** The clock of a host, which runs at its own rate and which somebody may set. Redis goes by it for ages, timeouts and pauses. */
import type { Engine } from './engine.ts';

export class WallClock {
  readonly #engine: Engine;
  readonly #rate: number;
  /** How far it is from the time of the simulator. */
  #aheadMs: number;
  /** When it was set last, in that time. */
  setMs = 0;

  /** `rate`: by what part of it a second is too short. */
  constructor(engine: Engine, rate = 0, aheadMs = 0) {
    this.#engine = engine;
    this.#rate = rate;
    this.#aheadMs = aheadMs;
  }

  get nowMs(): number {
    return this.#engine.nowMs * (1 + this.#rate) + this.#aheadMs;
  }

  set(byMs: number): void {
    this.#aheadMs += byMs;
    this.setMs = this.#engine.nowMs;
  }
}
