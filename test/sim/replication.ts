/**
 * How one model Redis replicates another: connect, PSYNC, full synchronization, the stream, acknowledgements, timeouts.
 * Source: redis/src/replication.c of 7.0; each function here names the one that it follows.
 */
import { synchronize } from './full-sync.ts';
import { Link } from './link.ts';
import type { Index } from './story.ts';
import type { Entry } from './stream.ts';
import type { Server } from './server.ts';
import { reaches } from './words.ts';

type Upstream = 'none' | 'connecting' | 'waiting' | 'transfer' | 'loading' | 'up';

const RETRY_MS = 1000;
const ROUND_TRIPS = 3;

export class Replication {
  readonly server: Server;
  upstream: Upstream = 'none';
  /** Source: repl_down_since: unknown until a link was lost, and again once it is up or the server a master. */
  downSinceMs: number | undefined;
  link: Link | undefined;
  /** It was told whom to follow in this life. Source: INFO commandstats, cmdstat_replicaof. */
  isTold = false;
  /** Its master does not let it in. */
  isShutOut = false;
  /** Synchronizations of replicas that it began in this life. Source: INFO stats, sync_full and sync_partial_ok. */
  fullSyncs = 0;
  partialSyncs = 0;
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

  get #wallMs(): number {
    return this.server.wallMs;
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
    const answers = through && master.up && !master.frozen && !master.loading && !this.isShutOut;
    if (!answers || !master.replication.accept(this)) this.begin(RETRY_MS);
  }

  /** This server is a replica no longer, or another's. */
  leave(): void {
    this.#attempt++;
    const link = this.link;
    this.link = undefined;
    if (this.upstream === 'up') this.downSinceMs = this.#wallMs;
    if (this.server.master === undefined) this.downSinceMs = undefined;
    this.upstream = 'none';
    this.#part(link);
  }

  /** A link that ends while it is blocked leaves no place behind. Source: freeClient caches no such master. */
  #part(link: Link | undefined): void {
    if (link?.isBlocked === true) this.server.hasPlace = false;
    link?.sayGoodbye();
  }

  /** The server died: nobody hears of it where the network is cut. */
  drop(): void {
    this.leave();
    [this.fullSyncs, this.partialSyncs] = [0, 0];
    this.isTold = false;
    this.downSinceMs = undefined;
    this.disconnectReplicas();
  }

  disconnectReplicas(): void {
    for (const link of this.replicas) link.letGo();
    this.server.counting.drop();
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
    const link = new Link(server, asking);
    for (const old of this.replicas) if (old.replica === asking) this.replicas.delete(old);
    replica.link = link;
    replica.#heardMs = replica.#wallMs;
    if (this.#continues(asking)) {
      this.partialSyncs++;
      this.#resume(link);
    } else {
      this.fullSyncs++;
      synchronize(link);
    }
    return true;
  }

  /** Source: masterTryPartialResynchronization. */
  #continues({ replid, offset, hasPlace }: Server): boolean {
    const { server } = this;
    if (!hasPlace) return false;
    const wanted = offset + 1;
    const known = replid === server.replid || (replid === server.replid2 && wanted <= server.secondOffset);
    return known && server.backlog?.covers(wanted) === true;
  }

  /** +CONTINUE. Source: replicaProcessPsyncReply, replicationResurrectCachedMaster. */
  #resume(link: Link): void {
    const { replica, master } = link;
    const missing = master.backlog?.range(replica.offset, master.offset) ?? [];
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
    master.counting.count();
    replica.note(() => `link up, goes on at offset ${String(replica.offset)} (${String(missing.length)} to come)`);
    for (const entry of missing) link.push(entry);
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
    for (const link of this.replicas) if (link.phase !== 'waiting') link.push(entry);
  }

  lost(link: Link): void {
    if (this.link !== link) return;
    this.#part(link);
    this.link = undefined;
    this.downSinceMs = this.#wallMs;
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
      if (link.phase === 'online' && this.#wallMs - link.ackMs > replTimeoutMs) link.letGo();
  }

  #acknowledge(): void {
    const { server } = this;
    const link = this.link;
    if (link === undefined || this.upstream === 'loading') return;
    const { base, offset } = server;
    const { master } = link;
    const heard = reaches(base.network, master.index, server.index) && master.up && !master.frozen;
    if (heard) this.#heardMs = this.#wallMs;
    else if (this.#wallMs - this.#heardMs > base.config.replTimeoutMs) {
      this.lost(link);
      return;
    }
    if (this.upstream !== 'up') return;
    if (master.counting.isOn) {
      link.back.send(() => this.#acknowledged(link, offset));
      return;
    }
    if (!reaches(base.network, server.index, master.index)) return;
    base.engine.after(base.config.latencyMs, () => {
      if (link.closing) return;
      master.awake(() => {
        this.#acknowledged(link, offset);
      });
    });
  }

  #acknowledged(link: Link, offset: number): void {
    const { master } = link;
    link.ackOffset = offset;
    link.ackMs = master.wallMs;
    master.failover.acknowledged();
  }
}
