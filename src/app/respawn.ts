/**
 * A check that stays, and is started again whenever it ends: within a moment of somebody's kill, and anew every other
 * minute, for what is written in files may have changed.
 *
 * keepalived could start it again as well, but only at its next interval, and by a fork of the very process that sends the
 * adverts: on a busy host that fork takes parts of a second, and the other node takes the address meanwhile. So keepalived
 * starts this once an hour, and this starts the checks.
 */
import type { Clock } from './ports.ts';

/** `verdict`: as a check ends. `killed`: by somebody. `failed`: it could not look, and the next one may not either. */
export interface CheckEnd {
  readonly kind: 'verdict' | 'killed' | 'failed';
  readonly why: string;
}

/** A check that was started. */
export interface StartedCheck {
  /** Resolves when it has looked for the first time, if it ever does. */
  readonly looked: Promise<void>;
  /** Resolves when it is over. Never rejects. */
  readonly ended: Promise<CheckEnd>;
  /** It is over in a moment, whatever it does: a check has nothing to release. */
  readonly end: () => void;
}

export interface Loss extends CheckEnd {
  /** When the next one is started. */
  readonly againInMs: number;
  /** For how long no check of these has looked. */
  readonly blindMs: number;
}

export interface RespawnWorld {
  readonly clock: Pick<Clock, 'nowMs' | 'delay'>;
  readonly start: () => StartedCheck;
  /** Aborted when whoever started this wants it to end. */
  readonly signal: AbortSignal;
  /** Told of every check that came to no verdict. */
  readonly onLost: (loss: Loss) => void;
}

/** What is written in files is read when a check begins. One that has not even looked by then never will. */
export const RENEW_MS = 2 * 60_000;
/** A check that did not even live so long is not started again at once. */
export const LIFE_MIN_MS = 10_000;
const PAUSE_MIN_MS = 1000;
const PAUSE_MAX_MS = 30_000;

/** So near to the end no check is started any more: the next one of these is about to. */
const LAST_MS = 1000;
/** For a check to be gone that was ended. */
const GONE_MS = 1000;

const HANGS: CheckEnd = { kind: 'failed', why: 'it did not look at all' };

class Respawn {
  readonly #world: RespawnWorld;
  readonly #untilMs: number;
  /** All that may still run. */
  readonly #running = new Set<StartedCheck>();
  /** Those of them that have looked. */
  readonly #looking = new Set<StartedCheck>();
  #blindSinceMs: number;
  #pauseMs = 0;

  constructor(world: RespawnWorld, untilMs: number) {
    this.#world = world;
    this.#untilMs = untilMs;
    this.#blindSinceMs = world.clock.nowMs();
  }

  async run(): Promise<void> {
    const { clock } = this.#world;
    while (!this.#isOver) {
      const startMs = clock.nowMs();
      const check = this.#start();
      await this.#wait(RENEW_MS, check.ended);
      if (this.#running.has(check)) {
        if (this.#looking.has(check) || this.#isOver) continue;
        check.end();
        await this.#wait(GONE_MS, check.ended);
        this.#mourn(HANGS, 0);
      } else this.#mourn(await check.ended, clock.nowMs() - startMs);
      if (this.#pauseMs > 0) await this.#wait(this.#pauseMs);
    }
    if (this.#world.signal.aborted) for (const check of this.#running) check.end();
  }

  get #isOver(): boolean {
    return this.#world.signal.aborted || this.#world.clock.nowMs() > this.#untilMs - LAST_MS;
  }

  /** The checks before this one go on until it has looked. */
  #start(): StartedCheck {
    const check = this.#world.start();
    const before = [...this.#running];
    const onLooked = (): void => {
      if (!this.#running.has(check)) return;
      this.#looking.add(check);
      this.#pauseMs = 0;
      for (const one of before) one.end();
    };
    const onEnded = (): void => {
      this.#running.delete(check);
      if (this.#looking.delete(check) && this.#looking.size === 0) this.#blindSinceMs = this.#world.clock.nowMs();
    };
    this.#running.add(check);
    void check.ended.then(onEnded);
    void check.looked.then(onLooked);
    return check;
  }

  /** For so long, but not beyond the end of it all, `ended` where it is given, or the signal. */
  async #wait(ms: number, ended?: Promise<unknown>): Promise<void> {
    const { clock, signal } = this.#world;
    const over = new AbortController();
    const time = clock.delay(Math.min(ms, this.#untilMs - clock.nowMs()), AbortSignal.any([signal, over.signal]));
    await (ended === undefined ? time : Promise.race([ended, time]));
    over.abort();
  }

  /** Settles how long to wait for the next one. One that lived is followed at once, one that cannot live ever later. */
  #mourn(end: CheckEnd, livedMs: number): void {
    const longer = Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, 2 * this.#pauseMs));
    this.#pauseMs = end.kind !== 'failed' && livedMs >= LIFE_MIN_MS ? 0 : longer;
    if (end.kind === 'verdict') return;
    const blindMs = this.#looking.size > 0 ? 0 : this.#world.clock.nowMs() - this.#blindSinceMs;
    this.#world.onLost({ ...end, againInMs: this.#pauseMs, blindMs });
  }
}

/**
 * Resolves at `untilMs`, on the clock of the world, and leaves the last check running, which stays until the next one has
 * looked; or with the signal, and then none is left.
 */
export const respawn = (world: RespawnWorld, untilMs: number): Promise<void> => new Respawn(world, untilMs).run();
