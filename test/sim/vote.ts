/**
 * The witness of the model: a server with one key that has an expiry, on a third host with a clock of its own, and the way to
 * it. What is sent to it may arrive when nobody waits for the answer any more.
 */
import type { Lease } from '../../src/app/ports/licence.ts';
import type { LeaseAnswer } from '../../src/core/licence/model.ts';
import type { Process } from './process.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';
import { hostMs, NAMES } from './words.ts';
import { WallClock } from './wall-clock.ts';

/** What redisha gives each of its questions. Follows src/world/licence.ts. */
const DEADLINE_MS = 1000;
const RESEND_MS = 200;
/** A connection that gets nothing through for so long sends it no more. */
const GIVE_UP_MS = 8000;

export class Vote {
  readonly base: Base;
  readonly clock: WallClock;
  up = true;
  #bornMs = 0;
  #run = 1;
  #key: { readonly holder: Index; readonly tenure: string; readonly untilMs: number } | undefined;
  #tenures = 0;
  /** Nothing goes from this host to the witness, or back. */
  readonly cut = { there: [false, false], back: [false, false] };
  slowMs = 0;

  constructor(base: Base) {
    this.base = base;
    this.clock = new WallClock(base.engine, base.config.witness?.rates[2]);
    // It has been running for long.
    this.#bornMs = this.clock.nowMs - 1e6;
  }

  #note(words: () => string): void {
    this.base.witness.note('witness', words);
  }

  stop(): void {
    this.up = false;
    this.#note(() => 'stops');
  }

  /** On a disk that has the lease, or without it. */
  start(keeps: boolean): void {
    if (this.up) return;
    this.up = true;
    this.#run++;
    this.#bornMs = this.clock.nowMs;
    if (!keeps) this.#key = undefined;
    this.#note(() => `starts${keeps ? '' : ' empty'}`);
  }

  get #holder(): Index | undefined {
    if (this.#key !== undefined && this.clock.nowMs >= this.#key.untilMs) this.#key = undefined;
    return this.#key?.holder;
  }

  /** Who has the lease. */
  get holder(): Index | undefined {
    return this.#holder;
  }

  #runs(): { readonly run: string; readonly uptimeSeconds: number } {
    return { run: String(this.#run), uptimeSeconds: Math.floor((this.clock.nowMs - this.#bornMs) / 1000) };
  }

  #said(by: Index, startedMs: number): LeaseAnswer {
    const holder = this.#holder;
    const run = { startedMs, ...this.#runs() };
    if (holder === undefined || holder === by) return { kind: 'free', ...run };
    return { kind: 'taken', by: NAMES[holder], leftMs: (this.#key?.untilMs ?? 0) - this.clock.nowMs, ...run };
  }

  #grant(by: Index, tenure: string, termMs: number, startedMs: number): LeaseAnswer {
    this.#key = { holder: by, tenure, untilMs: this.clock.nowMs + termMs };
    return { kind: 'held', tenure, startedMs, ...this.#runs() };
  }

  /** `tenure`: of the lease that who asks has, or had. */
  take(by: Index, tenure: string | undefined, termMs: number, startedMs: number): LeaseAnswer {
    const holder = this.#holder;
    const isOthers = holder !== undefined && holder !== by;
    if (isOthers && this.base.faults.renewsForAnybody !== true) return this.#said(by, startedMs);
    if (holder === undefined) this.#note(() => `gives the lease to ${NAMES[by]}`);
    const isSame = holder === by && this.#key?.tenure === tenure;
    const next = isSame && tenure !== undefined ? tenure : String(++this.#tenures);
    return this.#grant(by, next, termMs, startedMs);
  }

  renew(by: Index, tenure: string | undefined, termMs: number, startedMs: number): LeaseAnswer {
    const { renewsForAnybody, renewsWhatIsOver } = this.base.faults;
    const holder = this.#holder;
    const isOurs = holder === by && this.#key?.tenure === tenure;
    const isMistaken = holder === undefined ? renewsWhatIsOver === true : renewsForAnybody === true;
    if (tenure === undefined || (!isOurs && !isMistaken)) return this.#said(by, startedMs);
    return this.#grant(by, tenure, termMs, startedMs);
  }

  release(by: Index, startedMs: number): LeaseAnswer {
    if (this.#holder === by) {
      this.#key = undefined;
      this.#note(() => `has the lease back from ${NAMES[by]}`);
    }
    return this.#said(by, startedMs);
  }

  ask(by: Index, startedMs: number): LeaseAnswer {
    return this.#said(by, startedMs);
  }

  #tripMs(): number {
    const { engine, config } = this.base;
    return config.latencyMs + engine.between(0, config.latencyMs) + this.slowMs / 2;
  }

  /** Sends again until it gets through. */
  send(isCut: () => boolean, arrived: () => void, sinceMs = this.base.engine.nowMs): void {
    const { engine } = this.base;
    if (!isCut()) engine.after(this.#tripMs(), arrived);
    else if (engine.nowMs - sinceMs < GIVE_UP_MS)
      engine.after(RESEND_MS, () => {
        this.send(isCut, arrived, sinceMs);
      });
  }
}

/** The port by which one process asks; `first` is the tenure that the process before it has left behind. */
export const leaseOf = (process: Process, vote: Vote, first?: string): Lease => {
  let tenure = first;
  const { host } = process;
  const { index } = host;
  const { engine, network } = vote.base;
  const isGone = (way: 'there' | 'back') => (): boolean => vote.cut[way][index] === true || network.hostDown[index];
  const asking = (run: (startedMs: number) => LeaseAnswer): Promise<LeaseAnswer> => {
    const startedMs = hostMs(vote.base, index);
    if (!process.lives()) return new Promise<never>(() => undefined);
    return new Promise((resolve) => {
      let settled = false;
      const settle = (answer: LeaseAnswer): void => {
        if (settled) return;
        settled = true;
        if (answer.kind === 'held') ({ tenure } = answer);
        process.whenAwake(() => {
          engine.dirty = true;
          resolve(answer);
        });
      };
      vote.send(isGone('there'), () => {
        if (!vote.up) {
          if (!isGone('back')())
            engine.after(vote.base.config.latencyMs, () => settle({ kind: 'away', why: 'refused' }));
          return;
        }
        const answer = run(startedMs);
        vote.send(isGone('back'), () => settle(answer));
      });
      process.after(DEADLINE_MS, () => settle({ kind: 'away', why: 'no answer' }));
    });
  };
  return {
    ask: () => asking((startedMs) => vote.ask(index, startedMs)),
    take: (termMs) => asking((startedMs) => vote.take(index, tenure, termMs, startedMs)),
    renew: (termMs) => asking((startedMs) => vote.renew(index, tenure, termMs, startedMs)),
    release: () => asking((startedMs) => vote.release(index, startedMs)),
    close: () => undefined,
  };
};
