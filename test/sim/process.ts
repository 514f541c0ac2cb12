/**
 * One redisha process of the model: what the use cases ask of the world, over virtual time. Every call of a port is a
 * place where the process may be killed, and whatever it had sent by then still happens.
 */
import { RedishaError } from '../../src/errors.ts';
import type { Answering, NodeView, SilenceKind } from '../../src/core/model.ts';
import type { Clock, Journal, JournalEntry, Log, RedisNode } from '../../src/app/ports.ts';
import type { Eyes } from '../../src/app/observe.ts';
import type { Host } from './host.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';
import { viewOf } from './view.ts';
import { HOSTS, indexOf, NAMES, other, PORT, reaches } from './words.ts';

export interface Deadlines {
  readonly connectMs: number;
  readonly commandMs: number;
}

const LOCAL_MS = 0.1;
const RESEND_MS = 200;
const NEVER = new Promise<never>(() => undefined);

/** The server was not heard. */
class Lost extends Error {
  readonly kind: SilenceKind;
  constructor(kind: SilenceKind) {
    super(kind);
    this.kind = kind;
  }
}

const operational = (error: unknown): unknown => {
  if (!(error instanceof Lost)) return error;
  return new RedishaError(error.kind === 'frozen' ? 'REDIS_TIMEOUT' : 'REDIS_UNREACHABLE', error.kind);
};

export class Process {
  readonly host: Host;
  readonly name: string;
  /** keepalived forks in the order of its events, whatever comes of the processes later. */
  readonly order: number;
  readonly deadlines: Deadlines;
  readonly controller = new AbortController();
  alive = true;
  /** It has said what it was told; before that, a kill is as if keepalived had never started it. */
  begun = false;
  /** The rule that it follows at the moment. */
  rule = 0;
  #callsLeft: number | undefined;
  readonly #connected: [boolean, boolean] = [false, false];
  readonly #asleep = new Set<() => void>();

  constructor(host: Host, name: string, order: number, deadlines: Deadlines, callsLeft: number | undefined) {
    this.host = host;
    this.name = name;
    this.order = order;
    this.deadlines = deadlines;
    this.#callsLeft = callsLeft;
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
    for (const wake of this.#asleep) wake();
  }

  /** SIGKILL. */
  kill(): void {
    if (!this.alive) return;
    this.note(() => 'is killed');
    this.end();
  }

  end(): void {
    this.alive = false;
    this.host.gone(this);
  }

  /** False when the process dies instead of doing what it was about to do. */
  #lives(): boolean {
    if (this.#callsLeft !== undefined && --this.#callsLeft < 0) this.kill();
    return this.alive;
  }

  /** A port that settles at once. */
  now<T>(act: () => T): Promise<T> {
    return this.#lives() ? Promise.resolve(act()) : NEVER;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#lives()) return NEVER;
    if (signal?.aborted === true) return Promise.resolve();
    const { engine } = this.host.base;
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#asleep.delete(wake);
        if (!this.alive) return;
        engine.dirty = true;
        resolve();
      };
      if (signal !== undefined) this.#asleep.add(wake);
      engine.after(ms, wake);
    });
  }

  /** One exchange with a server. What arrives at a frozen one is done when it thaws, whoever waits for it then. */
  request<T>(to: Index, run: (server: Server) => T): Promise<T> {
    if (!this.#lives()) return NEVER;
    return new Promise((resolve, reject) => {
      const { engine, config } = this.host.base;
      let settled = false;
      const settle = (act: () => void): void => {
        if (settled || !this.alive) return;
        settled = true;
        engine.dirty = true;
        act();
      };
      const lose = (kind: SilenceKind, ms: number): void => {
        this.#connected[to] = false;
        engine.after(ms, () => settle(() => reject(new Lost(kind))));
      };
      const local = to === this.host.index;
      const latencyMs = local ? LOCAL_MS : config.latencyMs;
      if (!this.#connected[to] && !this.#reaches(to)) {
        lose('unreachable', this.deadlines.connectMs);
        return;
      }
      const deadlineMs = engine.nowMs + this.deadlines.commandMs;
      this.#passes(
        () => this.#reaches(to),
        deadlineMs,
        () => lose('frozen', 0),
        () => {
          const server = this.host.servers[to];
          if (!server.up) {
            lose('refused', latencyMs);
            return;
          }
          this.#connected[to] = true;
          if (server.frozen) lose('frozen', this.deadlines.commandMs);
          server.awake(() => {
            const reply = attempt(() => run(server), resolve, reject);
            this.#passes(
              () => this.#hears(to),
              deadlineMs,
              () => lose('frozen', 0),
              () => settle(reply),
              latencyMs,
            );
          });
        },
        latencyMs,
      );
    });
  }

  /** An open connection sends again until it gets through. What is late is done nevertheless. */
  #passes(open: () => boolean, deadlineMs: number, late: () => void, through: () => void, latencyMs: number): void {
    const { engine } = this.host.base;
    if (open()) {
      engine.after(latencyMs, through);
      return;
    }
    if (engine.nowMs < deadlineMs)
      engine.after(RESEND_MS, () => this.#passes(open, deadlineMs, late, through, latencyMs));
    else late();
  }

  #reaches(to: Index): boolean {
    return to === this.host.index || reaches(this.host.base.network, this.host.index, to);
  }

  #hears(from: Index): boolean {
    return from === this.host.index || reaches(this.host.base.network, from, this.host.index);
  }
}

const attempt = <T>(run: () => T, resolve: (value: T) => void, reject: (why: unknown) => void): (() => void) => {
  try {
    const value = run();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
};

export const clockOf = (process: Process): Clock => {
  const { engine } = process.host.base;
  return {
    nowMs: () => engine.nowMs,
    wallIso: () => '2026-01-01T00:00:00.000Z',
    delay: (ms, signal) => process.sleep(ms, signal),
    random: engine.random,
  };
};

const say = (process: Process, event: string, fields: Record<string, unknown> | undefined): void => {
  if (event === 'plan') process.rule = Number(fields?.['rule']);
  process.note(() =>
    event === 'plan'
      ? `rule ${String(fields?.['rule'])}: ${String(fields?.['why'])}`
      : `${event} ${JSON.stringify(fields ?? {})}`,
  );
};

export const logOf = (process: Process): Log => {
  const line = (event: string, fields?: Record<string, unknown>): void => say(process, event, fields);
  return { debug: () => undefined, info: line, warn: line, error: line };
};

/** A rescue counts from the moment that the journal names it. */
export const journalOf = (process: Process): Journal => ({
  append: (entry: JournalEntry) =>
    process.now(() => {
      const { file } = entry;
      if (typeof file === 'string') process.host.rescues.name(file);
    }),
});

export class ModelNode implements RedisNode {
  readonly endpoint;
  readonly #process: Process;
  readonly #to: Index;

  constructor(process: Process, to: Index) {
    this.#process = process;
    this.#to = to;
    this.endpoint = { host: HOSTS[to], port: PORT };
  }

  async look(): Promise<NodeView> {
    try {
      return await this.#process.request(this.#to, viewOf);
    } catch (error) {
      if (error instanceof Lost) return { kind: error.kind, why: error.kind } as NodeView;
      throw error;
    }
  }

  async #do<T>(run: (server: Server) => T): Promise<T> {
    try {
      return await this.#process.request(this.#to, run);
    } catch (error) {
      throw operational(error);
    }
  }

  sourceAddress(): string {
    return HOSTS[this.#process.host.index];
  }

  promote(): Promise<void> {
    const { host, name, rule } = this.#process;
    return this.#do((server) => {
      if (server.master !== undefined) host.base.witness.promoted(server.index, host.index, rule, name);
      server.becomeMaster();
    });
  }

  follow(master: { readonly host: string }): Promise<void> {
    const index = indexOf(master.host);
    if (index === undefined) throw new Error(`no such host: ${master.host}`);
    return this.#do((server) => server.follow(index, 'redisha'));
  }

  startFailover(target: { readonly host: string }, timeoutMs: number): Promise<void> {
    return this.#do((server) => {
      if (!server.base.config.allowFailover) throw new RedishaError('COMMAND_UNAVAILABLE', 'unknown command FAILOVER');
      server.startFailover(indexOf(target.host) ?? other(server.index), timeoutMs);
    });
  }

  abortFailover(): Promise<void> {
    return this.#do((server) => server.abortFailover());
  }

  pauseWrites(pauseMs: number): Promise<Answering> {
    return this.#do((server) => {
      if (!server.base.config.allowPause) throw new RedishaError('PERMISSION_MISSING', 'NOPERM client|pause');
      if (server.base.faults.pausesNothing !== true) server.pause(pauseMs);
      return viewOf(server);
    });
  }

  resumeWrites(): Promise<void> {
    return this.#do((server) => server.unpause());
  }

  raiseFence(): Promise<Answering> {
    return this.#do((server) => {
      server.fenced = true;
      return viewOf(server);
    });
  }

  lowerFence(): Promise<void> {
    return this.#do((server) => {
      server.fenced = false;
    });
  }

  configGet(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    // A connection of the model needs no end.
  }
}

export const eyesOf = (process: Process): Eyes => ({
  local: new ModelNode(process, process.host.index),
  peer: new ModelNode(process, other(process.host.index)),
  interfaces: { addresses: () => [HOSTS[process.host.index]] },
  resolver: { resolve: (host) => Promise.resolve([host]) },
  open: ({ host }) => new ModelNode(process, indexOf(host) ?? process.host.index),
});
