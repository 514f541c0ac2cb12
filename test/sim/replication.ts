/**
 * How one model Redis replicates another: connect, PSYNC, full synchronization, the stream, acknowledgements, timeouts.
 * Source: redis/src/replication.c of 7.0; each function here names the one that it follows.
 */
import { synchronize } from './full-sync.ts';
import type { Index } from './story.ts';
import type { Entry } from './stream.ts';
import type { Server } from './server.ts';
import { reaches } from './words.ts';

export interface Link {
  readonly master: Server;
  readonly replica: Server;
  phase: 'waiting' | 'transfer' | 'online';
  /** The master has let go of it; what it had sent still arrives. */
  closing: boolean;
  readonly queue: { readonly atMs: number; readonly entry: Entry }[];
  flushing: boolean;
  ackOffset: number;
  ackMs: number;
}

type Upstream = 'none' | 'connecting' | 'waiting' | 'transfer' | 'loading' | 'up';

const RETRY_MS = 1000;
const POLL_MS = 200;
const ROUND_TRIPS = 3;

export class Replication {
  readonly server: Server;
  upstream: Upstream = 'none';
  /** Source: repl_down_since: unknown until a link was lost, and again once it is up or the server a master. */
  downSinceMs: number | undefined;
  link: Link | undefined;
  #heardMs = 0;
  #attempt = 0;
  readonly replicas = new Set<Link>();

  constructor(server: Server) {
    this.server = server;
  }

  get hasReplicas(): boolean {
    return this.replicas.size > 0;
  }

  get lines(): readonly {
    readonly index: Index;
    readonly online: boolean;
    readonly offset: number;
    readonly ackMs: number;
  }[] {
    return [...this.replicas].map(({ replica, phase, ackOffset, ackMs }) => ({
      index: replica.index,
      online: phase === 'online',
      offset: ackOffset,
      ackMs,
    }));
  }

  get nowMs(): number {
    return this.server.base.engine.nowMs;
  }

  isFed(target: Index): boolean {
    return this.lines.some(({ index, online }) => index === target && online);
  }

  acknowledged(target: Index): number | undefined {
    return this.lines.find(({ index, online }) => index === target && online)?.offset;
  }

  /** Begins to look for the master. Source: connectWithMaster; replicationCron tries again every second. */
  begin(delayMs: number): void {
    if (this.server.master === undefined) return;
    this.upstream = 'connecting';
    const attempt = ++this.#attempt;
    const { latencyMs } = this.server.base.config;
    this.server.later(delayMs + ROUND_TRIPS * 2 * latencyMs, () => {
      if (attempt === this.#attempt) this.#connect();
    });
  }

  #connect(): void {
    const { server } = this;
    const { network } = server.base;
    const master = server.peer;
    // A server that is to follow itself, so that it starts read-only, never gets through.
    if (server.master === undefined || server.master.index === server.index || server.loading) return;
    const through = reaches(network, server.index, master.index) && reaches(network, master.index, server.index);
    const answers = through && master.up && !master.frozen && !master.loading;
    if (!answers || !master.replication.accept(this)) this.begin(RETRY_MS);
  }

  /** This server is a replica no longer, or another's. */
  leave(): void {
    this.#attempt++;
    const link = this.link;
    this.link = undefined;
    if (this.upstream === 'up') this.downSinceMs = this.nowMs;
    if (this.server.master === undefined) this.downSinceMs = undefined;
    this.upstream = 'none';
    if (link !== undefined) link.master.replication.replicas.delete(link);
  }

  /** The server died: nobody hears of it where the network is cut. */
  drop(): void {
    this.leave();
    this.downSinceMs = undefined;
    this.disconnectReplicas();
  }

  disconnectReplicas(): void {
    for (const link of this.replicas) this.#letGo(link);
  }

  #letGo(link: Link): void {
    this.replicas.delete(link);
    link.closing = true;
    this.schedule(link);
  }

  /** Source: syncCommand. False where the replica is to try again. */
  accept(replica: Replication): boolean {
    const { server } = this;
    const asking = replica.server;
    if (asking.failover.kind === 'in-progress') {
      if (server.replid !== asking.replid) {
        asking.failover.end();
        asking.unsetMaster();
        return true;
      }
      if (server.master !== undefined) server.unsetMaster();
      asking.failover.end();
    }
    if (server.master !== undefined && this.upstream !== 'up') return false;
    const link: Link = {
      master: server,
      replica: asking,
      phase: 'online',
      closing: false,
      queue: [],
      flushing: false,
      ackOffset: asking.offset,
      ackMs: this.nowMs,
    };
    for (const old of this.replicas) if (old.replica === asking) this.replicas.delete(old);
    replica.link = link;
    replica.#heardMs = this.nowMs;
    if (this.#continues(asking)) this.#resume(link);
    else synchronize(link);
    return true;
  }

  /** Source: masterTryPartialResynchronization. */
  #continues({ replid, offset }: Server): boolean {
    const { server } = this;
    const wanted = offset + 1;
    const known = replid === server.replid || (replid === server.replid2 && wanted <= server.secondOffset);
    return known && server.backlog?.covers(wanted) === true;
  }

  /** +CONTINUE. Source: replicaProcessPsyncReply, replicationResurrectCachedMaster. */
  #resume(link: Link): void {
    const { replica, master } = link;
    const missing = master.backlog?.stretch(replica.offset, master.offset) ?? [];
    if (replica.replid !== master.replid) {
      replica.replid2 = replica.replid;
      replica.secondOffset = replica.offset + 1;
      replica.replid = master.replid;
      replica.replication.disconnectReplicas();
    }
    replica.createBacklog();
    replica.replication.upstream = 'up';
    replica.replication.downSinceMs = undefined;
    this.replicas.add(link);
    replica.note(() => `link up, goes on at offset ${String(replica.offset)} (${String(missing.length)} to come)`);
    for (const entry of missing) this.#push(link, entry);
  }

  /** Source: syncCommand: the first synchronization of a server without replicas and backlog begins a new history. */
  beginHistory(): void {
    const { server } = this;
    if (server.backlog !== undefined || this.hasReplicas) return;
    server.replid = server.newId();
    server.replid2 = undefined;
    server.createBacklog();
  }

  feed(entry: Entry): void {
    for (const link of this.replicas) if (link.phase !== 'waiting') this.#push(link, entry);
  }

  #push(link: Link, entry: Entry): void {
    link.queue.push({ atMs: this.nowMs + this.server.base.config.latencyMs, entry });
    this.schedule(link);
  }

  schedule(link: Link, delayMs = this.server.base.config.latencyMs): void {
    if (link.flushing || link.phase === 'transfer') return;
    link.flushing = true;
    this.server.base.engine.after(delayMs, () => {
      link.replica.awake(() => {
        link.flushing = false;
        this.#flush(link);
      });
    });
  }

  /** What has arrived by now is taken; it arrives although its sender may be dead. */
  #flush(link: Link): void {
    const { replica, master } = link;
    if (replica.replication.link !== link || replica.replication.upstream === 'loading') return;
    const { network, engine } = replica.base;
    if (!reaches(network, master.index, replica.index)) {
      this.schedule(link, POLL_MS);
      return;
    }
    for (let next = link.queue[0]; next !== undefined && next.atMs <= engine.nowMs; next = link.queue[0]) {
      link.queue.shift();
      replica.takeFromMaster(next.entry);
    }
    if (link.queue.length > 0) this.schedule(link);
    else if (link.closing) replica.replication.lost(link);
  }

  lost(link: Link): void {
    if (this.link !== link) return;
    link.master.replication.replicas.delete(link);
    this.link = undefined;
    this.downSinceMs = this.nowMs;
    this.server.note(() => 'link lost');
    if (this.server.master === undefined) return;
    this.upstream = 'none';
    this.begin(1);
  }

  /** Acknowledge, and give up whom nothing was heard of for too long. Source: replicationCron. */
  everySecond(): void {
    this.#acknowledge();
    const { replTimeoutMs } = this.server.base.config;
    for (const link of this.replicas)
      if (link.phase === 'online' && this.nowMs - link.ackMs > replTimeoutMs) this.#letGo(link);
  }

  #acknowledge(): void {
    const { server } = this;
    const link = this.link;
    if (link === undefined || this.upstream === 'loading') return;
    const { base, offset } = server;
    const { master } = link;
    const heard = reaches(base.network, master.index, server.index) && master.up && !master.frozen;
    if (heard) this.#heardMs = this.nowMs;
    else if (this.nowMs - this.#heardMs > base.config.replTimeoutMs) {
      this.lost(link);
      return;
    }
    if (this.upstream !== 'up' || !reaches(base.network, server.index, master.index)) return;
    base.engine.after(base.config.latencyMs, () => {
      if (link.closing) return;
      master.awake(() => {
        link.ackOffset = offset;
        link.ackMs = base.engine.nowMs;
        master.failover.acknowledged();
      });
    });
  }
}
