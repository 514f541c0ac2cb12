/**
 * A model of one Redis 7.0: dataset, replication history, roles, write pause, fence and FAILOVER. How two of them
 * replicate is in replication.ts. Every rule here names the function of redis/src that it follows.
 */
import { RedishaError } from '../../src/errors.ts';
import { Failover } from './failover.ts';
import { Replication } from './replication.ts';
import type { Disk, Index } from './story.ts';
import type { Dataset, Entry } from './stream.ts';
import { Backlog, copyOf, emptyDataset, PING } from './stream.ts';
import type { Base } from './words.ts';
import { NAMES } from './words.ts';

/** What a disk holds: an RDB, with its place in the history where the server wrote that down. */
export interface Snapshot {
  readonly data: Dataset;
  readonly at: { readonly replid: string; readonly offset: number } | undefined;
}

const PING_EVERY_S = 10;

export type WriteReply = 'OK' | 'READONLY' | 'NOREPLICAS' | 'LOADING' | 'REFUSED';

export class Server {
  readonly base: Base;
  readonly index: Index;
  readonly replication: Replication;
  peer!: Server;

  up = false;
  frozen = false;
  /** Counts lives: what was meant for an earlier one is void. */
  life = 0;
  startedMs = 0;
  thawedMs = 0;
  roleSinceMs = 0;
  loadingUntilMs = 0;
  data = emptyDataset();
  snapshot: Snapshot | undefined;

  replid = '';
  offset = 0;
  replid2: string | undefined;
  secondOffset = 0;
  backlog: Backlog | undefined;
  /** Whom it follows, and who said so; `undefined` on a master. */
  master:
    | { readonly index: Index; readonly by: 'configuration' | 'redisha' | 'failover'; readonly atMs: number }
    | undefined;

  pausedUntilMs = 0;
  fenced = false;
  readonly failover: Failover;
  #inbox: (() => void)[] = [];
  #postponed: (() => void)[] = [];
  #ids = 0;
  #touched = new Map<string, number>();
  #seconds = 0;

  constructor(base: Base, index: Index) {
    this.base = base;
    this.index = index;
    this.replication = new Replication(this);
    this.failover = new Failover(this);
  }

  get loading(): boolean {
    return this.base.engine.nowMs < this.loadingUntilMs;
  }

  get paused(): boolean {
    return this.base.engine.nowMs < this.pausedUntilMs;
  }

  note(words: () => string): void {
    this.base.witness.note(`redis ${NAMES[this.index]}`, words);
  }

  /** Does it now, or when it thaws; never in another life. */
  awake(run: () => void): void {
    if (!this.up) return;
    if (!this.frozen) {
      run();
      return;
    }
    const { life } = this;
    this.#inbox.push(() => {
      if (this.life === life) this.awake(run);
    });
  }

  /** After `delayMs`, in this life, awake. */
  later(delayMs: number, run: () => void): void {
    const { life } = this;
    this.base.engine.after(delayMs, () => {
      if (this.life === life) this.awake(run);
    });
  }

  newId(): string {
    return `${NAMES[this.index]}${String(this.life)}.${String(++this.#ids)}`;
  }

  /** Source: server.c main, loadDataFromDisk. `conf` is the master that redis.conf names. */
  start(disk: Disk, conf: Index | undefined): void {
    const { engine, config } = this.base;
    this.life++;
    this.up = true;
    this.frozen = false;
    this.startedMs = engine.nowMs;
    this.#inbox = [];
    this.#postponed = [];
    this.pausedUntilMs = 0;
    this.fenced = false;
    this.failover.kind = 'none';
    const saved = disk === 'empty' ? undefined : this.snapshot;
    this.snapshot = saved;
    this.data = saved === undefined ? emptyDataset() : copyOf(saved.data);
    this.loadingUntilMs = saved === undefined ? 0 : engine.nowMs + config.loadMs;
    this.master = conf === undefined ? undefined : { index: conf, by: 'configuration', atMs: engine.nowMs };
    this.#restoreHistory(saved);
    this.note(
      () =>
        `starts with ${String(this.data.ids.size)} keys as ${conf === undefined ? 'master' : `replica of ${NAMES[conf]}`}`,
    );
    this.replication.begin(Math.max(1, this.loadingUntilMs - engine.nowMs));
    this.#everySecond();
  }

  /**
   * Source: loadDataFromDisk: a master keeps the saved history as its second one, a replica takes it for its own and has
   * no backlog until it is somebody's replica again: promoted before that, it writes without counting (seen on 7.0.15).
   */
  #restoreHistory(saved: Snapshot | undefined): void {
    this.replid = this.newId();
    this.replid2 = undefined;
    this.secondOffset = 0;
    this.offset = saved?.at?.offset ?? 0;
    this.backlog = undefined;
    if (saved?.at === undefined) return;
    if (this.master === undefined) {
      this.replid2 = saved.at.replid;
      this.secondOffset = saved.at.offset + 1;
      this.createBacklog();
    } else {
      this.replid = saved.at.replid;
    }
  }

  /** `disk` is what will be left: `whole` stands for SHUTDOWN SAVE or an append-only file. */
  stop(disk: Disk): void {
    if (disk === 'whole') this.save(this.base.config.diskReturnsIds);
    this.note(() => `stops; its disk is ${disk}`);
    this.up = false;
    this.frozen = false;
    this.life++;
    this.replication.drop();
  }

  /** BGSAVE. Source: rdbPopulateSaveInfo: without a backlog a master writes no history down. */
  save(withHistory = true): void {
    const known = withHistory && (this.backlog !== undefined || this.master !== undefined);
    this.snapshot = { data: copyOf(this.data), at: known ? { replid: this.replid, offset: this.offset } : undefined };
  }

  freeze(): void {
    this.frozen = this.up;
    this.note(() => 'is frozen');
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    this.thawedMs = this.base.engine.nowMs;
    this.note(() => `thaws as ${this.master === undefined ? 'master' : 'replica'}`);
    const waiting = this.#inbox;
    this.#inbox = [];
    for (const run of waiting) run();
  }

  createBacklog(): void {
    this.backlog ??= new Backlog(this.offset, this.base.config.backlogBytes);
  }

  /** Source: replicationFeedSlaves (7.0): nobody to feed and no backlog leaves the offset where it is. */
  feed(entry: Entry): void {
    this.#take(entry);
    if (this.backlog === undefined && !this.replication.hasReplicas) return;
    this.#extend(entry);
  }

  /** A replica takes what its master wrote, and hands it on. */
  takeFromMaster(entry: Entry): void {
    this.#take(entry);
    this.#extend(entry);
  }

  /** Changes whenever one of the keys was written. */
  touched(keys: readonly string[]): number {
    return keys.reduce((sum, key) => sum + (this.#touched.get(key) ?? 0), 0);
  }

  #take({ ids, keys, marker }: Entry): void {
    for (const id of ids) this.data.ids.add(id);
    for (const key of keys) this.#touched.set(key, (this.#touched.get(key) ?? 0) + 1);
    if (marker !== undefined) this.data.markers.add(marker);
  }

  #extend(entry: Entry): void {
    this.offset += entry.bytes;
    this.backlog?.push(entry);
    this.replication.feed(entry);
  }

  /** A client's write. Source: processCommand, in its order; the pause comes last. */
  write(entry: Entry, reply: (said: WriteReply) => void): void {
    if (!this.up) {
      reply('REFUSED');
    } else if (this.fenced) {
      reply('NOREPLICAS');
    } else if (this.master !== undefined) {
      reply('READONLY');
    } else if (this.loading) {
      reply('LOADING');
    } else if (this.paused) {
      this.#postponed.push(() => this.write(entry, reply));
    } else {
      this.feed(entry);
      reply('OK');
    }
  }

  /** CLIENT PAUSE ms WRITE: a later end wins. */
  pause(ms: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.base.engine.nowMs + ms);
    this.later(ms, () => this.resume());
  }

  unpause(): void {
    if (this.failover.kind === 'none') this.pausedUntilMs = 0;
    this.resume();
  }

  resume(): void {
    if (this.paused) return;
    const waiting = this.#postponed;
    this.#postponed = [];
    for (const run of waiting) run();
  }

  /** REPLICAOF NO ONE. Source: replicationUnsetMaster, shiftReplicationId. */
  becomeMaster(): void {
    if (this.loading) throw new RedishaError('STEP_FAILED', 'LOADING Redis is loading the dataset in memory');
    this.#assertNoFailover();
    this.unsetMaster();
  }

  unsetMaster(): void {
    if (this.master === undefined) return;
    this.master = undefined;
    this.roleSinceMs = this.base.engine.nowMs;
    this.replication.leave();
    this.replid2 = this.replid;
    this.secondOffset = this.offset + 1;
    this.replid = this.newId();
    this.replication.disconnectReplicas();
    this.note(() => `is a master now, at offset ${String(this.offset)}`);
  }

  /** REPLICAOF HOST PORT. Source: replicaofCommand, replicationSetMaster. */
  follow(index: Index, by: 'redisha' | 'failover'): void {
    if (by === 'redisha') {
      if (this.loading) throw new RedishaError('STEP_FAILED', 'LOADING Redis is loading the dataset in memory');
      this.#assertNoFailover();
      if (this.master?.index === index) return;
    }
    this.master = { index, by, atMs: this.base.engine.nowMs };
    this.note(() => `is to follow ${NAMES[index]}, at offset ${String(this.offset)}`);
    this.replication.leave();
    this.replication.begin(1);
  }

  #assertNoFailover(): void {
    if (this.failover.kind !== 'none')
      throw new RedishaError('STEP_FAILED', 'ERR REPLICAOF not allowed while failing over.');
  }

  /** Source: replicationCron. */
  #everySecond(): void {
    this.later(1000, () => {
      this.#seconds++;
      const quiet = this.failover.kind !== 'none';
      if (this.master === undefined && this.#seconds % PING_EVERY_S === 0 && this.replication.hasReplicas && !quiet)
        this.feed(PING);
      this.replication.everySecond();
      this.#everySecond();
    });
  }
}
