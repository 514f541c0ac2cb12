/**
 * How many replicas a model server counts, and whether it takes writes by that: `min-replicas-to-write 1` and
 * `min-replicas-max-lag 2`, where the story has a witness. What it counted stands until it counts again: once a second, and
 * whenever a replica comes or goes.
 * Source: redis/src/replication.c refreshGoodSlavesCount, replicationCron, checkGoodReplicasStatus; networking.c freeClient.
 */
import type { Server } from './server.ts';

export const MAX_LAG_SECONDS = 2;

/** A licence as its server has it. */
export interface Attached {
  online: boolean;
  ackMs: number;
  /** Hears that the server has ended it. */
  readonly onEnd: () => void;
}

export class Counting {
  readonly #server: Server;
  readonly isOn: boolean;
  good = 0;
  licence: Attached | undefined;
  /** It was stopped, and has not counted since. */
  isWaking = false;

  constructor(server: Server) {
    this.#server = server;
    this.isOn = server.base.config.witness !== undefined;
  }

  /** In whole seconds by the wall clock of its host. */
  lagOf(ackMs: number): number {
    return Math.floor(this.#server.wallMs / 1000) - Math.floor(ackMs / 1000);
  }

  #isGood({ online, ackMs }: { readonly online: boolean; readonly ackMs: number }): boolean {
    return online && this.lagOf(ackMs) <= MAX_LAG_SECONDS;
  }

  get isEnough(): boolean {
    return !this.isOn || this.good > 0;
  }

  count(): void {
    if (!this.isOn) return;
    const { licence } = this;
    const replicas = this.#server.replication.lines.filter((line) => this.#isGood(line)).length;
    const before = this.good;
    this.good = replicas + (licence !== undefined && this.#isGood(licence) ? 1 : 0);
    if (before > 0 !== this.good > 0 && this.#server.master === undefined)
      this.#server.note(() => (this.good > 0 ? 'takes writes' : 'takes no writes any more: no replica acknowledges'));
  }

  attach(licence: Attached): void {
    this.licence = licence;
    this.count();
  }

  /** Its connection has ended, by whomever. */
  drop(licence: Attached | undefined = this.licence): void {
    if (licence === undefined || licence !== this.licence) return;
    this.licence = undefined;
    this.count();
    licence.onEnd();
  }

  /** Whether it would say OK to a write at this moment. */
  get takesWrites(): boolean {
    const { up, frozen, loading, master, paused, fenced } = this.#server;
    return up && !frozen && !loading && master === undefined && !paused && !fenced && this.isEnough;
  }
}
