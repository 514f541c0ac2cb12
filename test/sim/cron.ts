/** What a model server does once a second by its clock. Source: redis/src/replication.c replicationCron. */
import type { Server } from './server.ts';
import { PING } from './stream.ts';

const PING_EVERY_MS = 10_000;

export class Cron {
  readonly #server: Server;
  readonly #secondMs: number;
  #seconds = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#secondMs = 1000 / (1 + (server.base.config.witness?.rates[server.index] ?? 0));
  }

  /** For as long as the server lives. Where it matters, two servers that start at once do not count at once. */
  start(): void {
    const { engine } = this.#server.base;
    this.#next(this.#server.counting.isOn ? engine.between(0, this.#secondMs) : this.#secondMs);
  }

  #next(delayMs: number): void {
    const server = this.#server;
    const { life } = server;
    const run = (): void => {
      if (server.life !== life) return;
      if (server.frozen && server.counting.isOn) this.#afterThaw(run);
      else
        server.awake(() => {
          this.#second();
          this.#next(this.#secondMs);
        });
    };
    server.base.engine.after(delayMs, run);
  }

  /** What has come in is read before any timer is looked at, and only each tenth of them is this one. Source: server.c serverCron. */
  #afterThaw(run: () => void): void {
    const { engine } = this.#server.base;
    this.#server.awake(() => engine.after(engine.between(0, this.#secondMs), run));
  }

  #second(): void {
    const server = this.#server;
    this.#seconds++;
    const quiet = server.failover.kind !== 'none';
    const { pingEveryMs = PING_EVERY_MS } = server.base.config;
    const isDue = (this.#seconds * 1000) % pingEveryMs === 0;
    if (server.master === undefined && isDue && server.replication.hasReplicas && !quiet) server.feed(PING);
    server.replication.everySecond();
    server.counting.isWaking = false;
    server.counting.count();
  }
}
