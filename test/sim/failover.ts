/** FAILOVER of one model server. Source: redis/src/replication.c failoverCommand, updateFailoverStatus, abortFailover. */
import { RedishaError } from '../../src/errors.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';

const refused = (why: string): RedishaError => new RedishaError('STEP_FAILED', `ERR ${why}`);

export class Failover {
  kind: 'none' | 'waiting-for-sync' | 'in-progress' = 'none';
  #target: Index = 0;
  #endMs = 0;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** FAILOVER TO … TIMEOUT. */
  start(target: Index, timeoutMs: number): void {
    const server = this.#server;
    if (this.kind !== 'none') throw refused('FAILOVER already in progress.');
    if (server.master !== undefined) throw refused('FAILOVER is not valid when server is a replica.');
    if (!server.replication.hasReplicas) throw refused('FAILOVER requires connected replicas.');
    if (!server.replication.isFed(target)) throw refused('FAILOVER target HOST and PORT is not a replica.');
    this.kind = 'waiting-for-sync';
    this.#target = target;
    this.#endMs = server.wallMs + timeoutMs;
    this.#wait(timeoutMs);
    this.acknowledged();
  }

  #wait(ms: number): void {
    this.#server.later(ms, () => this.look());
  }

  /** Is its time up? */
  look(): void {
    if (this.kind !== 'waiting-for-sync') return;
    const leftMs = this.#endMs - this.#server.wallMs;
    if (leftMs <= 0) this.end();
    else this.#wait(leftMs);
  }

  /** The replica has acknowledged something: is it everything? */
  acknowledged(): void {
    const server = this.#server;
    if (this.kind !== 'waiting-for-sync') return;
    if (server.replication.acknowledged(this.#target) !== server.offset) return;
    this.kind = 'in-progress';
    server.follow(this.#target, 'failover');
  }

  end(): void {
    this.kind = 'none';
    this.#server.pause.look();
  }

  /** FAILOVER ABORT. */
  abort(): void {
    if (this.kind === 'none') throw refused('No failover in progress.');
    if (this.kind === 'in-progress') this.#server.unsetMaster();
    this.end();
  }
}
