/**
 * One redisha process of the model: what the use cases ask of the world, over virtual time. Every call of a port is a
 * place where the process may be killed, and whatever it had sent by then still happens.
 */
import type { Deadlines } from '../../src/config/deadlines.ts';
import { RedishaError } from '../../src/errors.ts';
import type { SilenceKind } from '../../src/core/model.ts';
import { Doze } from './doze.ts';
import { attempt } from './attempt.ts';
import type { Host } from './host.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';
import { isLost, NAMES, reaches, tripMs } from './words.ts';

/** How long a process waits for each of the two servers. */
export interface Patience {
  readonly local: Deadlines;
  readonly peer: Deadlines;
}

export const LOCAL_MS = 0.1;
const RESEND_MS = 200;
const never = (): Promise<never> => new Promise<never>(() => undefined);

/** The server was not heard. */
export class Lost extends Error {
  readonly kind: SilenceKind;
  constructor(kind: SilenceKind) {
    super(kind);
    this.kind = kind;
  }
}

export const operational = (error: unknown): unknown => {
  if (!(error instanceof Lost)) return error;
  return new RedishaError(error.kind === 'frozen' ? 'REDIS_TIMEOUT' : 'REDIS_UNREACHABLE', error.kind);
};

/** The order of processes by the tick in which they were forked. Follows src/host/identity.ts. */
const TICK_MS = 10;
export const ticksAt = (nowMs: number): number => Math.trunc(nowMs / TICK_MS);
export const orderOf = (ticks: number, nth: number): number => ticks * 1e6 + nth;

export interface Forked {
  readonly name: string;
  readonly order: number;
  readonly nth: number;
  readonly patience: Patience;
  readonly within?: Process | undefined;
}

/** These only look. */
const LOOKERS: readonly string[] = ['check', 'watch'];
export const onlyLooks = ({ name }: Process): boolean => LOOKERS.includes(name);

export class Process {
  readonly host: Host;
  readonly name: string;
  /** keepalived forks in the order of its events, whatever comes of the processes later. */
  readonly order: number;
  /** Its number on the host, its pid. */
  readonly nth: number;
  readonly patience: Patience;
  /** The process that this one is a command of: they live and die together. */
  readonly within: Process | undefined;
  readonly controller = new AbortController();
  alive = true;
  /** It has said what it was told; before that, a kill is as if keepalived had never started it. */
  begun = false;
  /** Its turn is over: a kill leaves nothing undone. */
  released = false;
  /** The rule that it follows at the moment. */
  rule = 0;
  /** How often it may call a port before it is struck. */
  callsLeft: number | undefined;
  strike = (): void => this.kill();
  readonly #commands = new Set<Process>();
  /** To which life of each server. */
  readonly #connected: [number | undefined, number | undefined] = [undefined, undefined];
  readonly #asleep = new Set<() => void>();
  /** Called when it has ended, however it did: the kernel closes what it had open. */
  readonly closes: (() => void)[] = [];
  readonly doze: Doze;

  constructor(host: Host, { name, order, nth, patience, within }: Forked) {
    this.host = host;
    this.name = name;
    this.order = order;
    this.patience = patience;
    this.nth = nth;
    this.within = within;
    this.doze = within?.doze ?? new Doze();
    if (within !== undefined) within.#commands.add(this);
  }

  note(words: () => string): void {
    this.host.base.witness.note(`${this.name} on ${NAMES[this.host.index]}`, words);
  }

  /** SIGTERM. */
  terminate(): void {
    if (!this.alive || this.controller.signal.aborted) return;
    this.note(() => 'is told to end');
    this.controller.abort();
    this.host.base.engine.dirty = true;
    for (const process of [this, ...this.#commands]) for (const wake of process.#asleep) wake();
  }

  /** SIGKILL. */
  kill(): void {
    if (this.within !== undefined) {
      this.within.kill();
      return;
    }
    if (!this.host.processes.has(this)) return;
    this.note(() => 'is killed');
    const isMidway = [this, ...this.#commands].some((each) => each.begun && !each.released && !onlyLooks(each));
    if (isMidway) this.host.killedMs = this.host.base.engine.nowMs;
    this.end();
  }

  /** SIGSTOP: it does nothing any more, and keeps what it has until it is killed. */
  stop(): void {
    if (!this.alive) return;
    this.note(() => 'is stopped');
    for (const process of [this, ...this.#commands]) process.alive = false;
  }

  /** Now, or when it goes on; never where it has ended. */
  whenAwake(run: () => void): void {
    this.doze.whenAwake(() => {
      if (this.alive) run();
    });
  }

  end(): void {
    for (const command of this.#commands) command.end();
    this.alive = false;
    for (const run of this.closes.splice(0)) run();
    if (this.within !== undefined) this.within.#commands.delete(this);
    this.host.gone(this);
  }

  /** False when the process dies instead of doing what it was about to do. */
  lives(): boolean {
    if (this.alive && this.callsLeft !== undefined && --this.callsLeft < 0) this.strike();
    return this.alive;
  }

  /** A port that settles at once. */
  now<T>(act: () => T): Promise<T> {
    return this.lives() ? Promise.resolve(act()) : never();
  }

  /** Calls `listener` once, after `ms`, unless what it returns is called before. */
  after(ms: number, listener: () => void): () => void {
    const { engine } = this.host.base;
    let isCancelled = false;
    engine.after(ms, () => {
      this.whenAwake(() => {
        if (isCancelled) return;
        engine.dirty = true;
        listener();
      });
    });
    return () => {
      isCancelled = true;
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.lives()) return never();
    if (signal?.aborted === true) return Promise.resolve();
    const { engine } = this.host.base;
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#asleep.delete(wake);
        this.whenAwake(() => {
          engine.dirty = true;
          resolve();
        });
      };
      if (signal !== undefined) this.#asleep.add(wake);
      engine.after(ms, wake);
    });
  }

  /** One exchange with a server. What arrives at a frozen one is done when it thaws, whoever waits for it then. */
  request<T>(to: Index, run: (server: Server) => T, deadlines: Deadlines = this.#deadlinesOf(to)): Promise<T> {
    if (!this.lives()) return never();
    return new Promise((resolve, reject) => {
      const { engine } = this.host.base;
      let settled = false;
      const settle = (act: () => void): void => {
        if (settled || !this.alive) return;
        settled = true;
        this.whenAwake(() => {
          engine.dirty = true;
          act();
        });
      };
      const lose = (kind: SilenceKind, ms: number): void => {
        this.#connected[to] = undefined;
        engine.after(ms, () => settle(() => reject(new Lost(kind))));
      };
      const life = this.#connected[to];
      if (life === undefined && !this.#reaches(to)) {
        lose('unreachable', deadlines.connectTimeoutMs);
        return;
      }
      const deadlineMs = engine.nowMs + deadlines.commandTimeoutMs;
      this.#passes(
        to,
        () => this.#reaches(to),
        deadlineMs,
        () => lose('frozen', 0),
        () => {
          const server = this.host.servers[to];
          if (!server.up) {
            lose('refused', this.#tripMs(to));
            return;
          }
          // It answers that it knows of no such connection, and another one is opened.
          if (life !== undefined && life !== server.life && !settled) {
            this.#connected[to] = undefined;
            settle(() => resolve(this.request(to, run, deadlines)));
            return;
          }
          this.#connected[to] = server.life;
          if (server.frozen) {
            lose('frozen', deadlines.commandTimeoutMs);
            this.#onStop(to, () => () => settle(() => reject(new Lost('refused'))));
          }
          server.awake(() => {
            const reply = attempt(() => run(server), resolve, reject);
            this.#passes(
              to,
              () => this.#hears(to),
              deadlineMs,
              () => lose('frozen', 0),
              () => settle(reply),
            );
          });
        },
      );
    });
  }

  /** The end of each open connection is heard of, unless the network or the host is gone as well. */
  onClosed(to: Index, listener: () => void): void {
    this.#onStop(to, () => {
      if (this.alive) this.onClosed(to, listener);
      return this.#connected[to] === undefined ? undefined : listener;
    });
  }

  /** When the server ends, what `ended` returns is called as soon as that is heard of. */
  #onStop(to: Index, ended: () => (() => void) | undefined): void {
    const { engine } = this.host.base;
    this.host.servers[to].onStop(() => {
      const listener = ended();
      if (listener === undefined) return;
      engine.after(this.#tripMs(to), () => {
        if (!this.#hears(to)) return;
        this.whenAwake(() => {
          engine.dirty = true;
          listener();
        });
      });
    });
  }

  /** An open connection sends again until it gets through. What is late is done nevertheless. */
  #passes(to: Index, open: () => boolean, deadlineMs: number, late: () => void, through: () => void): void {
    const { base } = this.host;
    const { engine } = base;
    if (open() && (to === this.host.index || !isLost(base))) engine.after(this.#tripMs(to), through);
    else if (engine.nowMs >= deadlineMs) late();
    else engine.after(RESEND_MS, () => this.#passes(to, open, deadlineMs, late, through));
  }

  #deadlinesOf(to: Index): Deadlines {
    return to === this.host.index ? this.patience.local : this.patience.peer;
  }

  #tripMs(to: Index): number {
    return to === this.host.index ? LOCAL_MS : tripMs(this.host.base);
  }

  #reaches(to: Index): boolean {
    return to === this.host.index || reaches(this.host.base.network, this.host.index, to);
  }

  #hears(from: Index): boolean {
    return from === this.host.index || reaches(this.host.base.network, from, this.host.index);
  }
}
