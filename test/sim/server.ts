/**
 * A model of one Redis 7.0: dataset, replication history, roles, write pause, fence and FAILOVER. How two of them
 * replicate is in replication.ts. Every rule here names the function of redis/src that it follows.
 */
import { RedishaError } from '../../src/errors.ts';
import { Counting } from './counting.ts';
import { Cron } from './cron.ts';
import type { Snapshot } from './disk.ts';
import { leftOn, restoreHistory, snapshotOf } from './disk.ts';
import { Failover } from './failover.ts';
import { Pause } from './pause.ts';
import { Replication } from './replication.ts';
import type { Disk, Index } from './story.ts';
import type { Entry } from './stream.ts';
import { Backlog, copyOf, emptyDataset, SELECT } from './stream.ts';
import { WallClock } from './wall-clock.ts';
import type { Base } from './words.ts';
import { NAMES } from './words.ts';

export class Server {
  readonly base: Base;
  readonly index: Index;
  readonly replication: Replication;
  peer!: Server;

  up = false;
  frozen = false;
  /** When it was stopped or frozen last. */
  silentSinceMs = 0;
  /** Counts lives: what was meant for an earlier one is void. */
  life = 0;
  startedMs = 0;
  readonly clock: WallClock;
  wallStartedMs = 0;
  thawedMs = 0;
  roleSinceMs = 0;
  loadingUntilMs = 0;
  data = emptyDataset();
  snapshot: Snapshot | undefined;
  /** Source: server.dirty. */
  changesSinceSave = 0;

  replid = '';
  offset = 0;
  replid2: string | undefined;
  secondOffset = 0;
  backlog: Backlog | undefined;
  /** The stream says which database it is about. Source: slaveseldb. */
  hasSelected = false;
  /** Whom it follows, and who said so; `undefined` on a master. */
  master:
    | { readonly index: Index; readonly by: 'configuration' | 'redisha' | 'failover'; readonly atMs: number }
    | undefined;

  /** A replica that can ask its master to go on. Source: redis/src/replication.c, server.master and cached_master. */
  hasPlace = false;
  fenced = false;
  /** Another one each time that the fence is raised. */
  fenceBeat = 0;
  readonly failover: Failover;
  readonly pause: Pause;
  readonly counting: Counting;
  #inbox: (() => void)[] = [];
  #onStop: (() => void)[] = [];
  #ids = 0;
  #touched = new Map<string, number>();
  readonly #cron: Cron;

  constructor(base: Base, index: Index) {
    this.base = base;
    this.index = index;
    const { rates, aheadMs } = base.config.witness ?? {};
    this.clock = new WallClock(base.engine, rates?.[index], aheadMs?.[index]);
    this.replication = new Replication(this);
    this.failover = new Failover(this);
    this.pause = new Pause(this);
    this.counting = new Counting(this);
    this.#cron = new Cron(this);
  }

  get loading(): boolean {
    return this.base.engine.nowMs < this.loadingUntilMs;
  }

  /** What Redis goes by for ages, timeouts and pauses. Source: server.c updateCachedTime. */
  get wallMs(): number {
    return this.clock.nowMs;
  }

  get paused(): boolean {
    return this.pause.isOn || this.failover.kind !== 'none';
  }

  /** The wall clock of the host is set. */
  setClock(byMs: number): void {
    if (byMs < 0 && this.pause.isOn) this.pause.isProlonged = true;
    this.clock.set(byMs);
    this.note(() => `its clock jumps by ${String(byMs)} ms`);
    this.awake(() => {
      this.pause.look();
      this.failover.look();
    });
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
    this.wallStartedMs = this.wallMs;
    this.#inbox = [];
    this.pause.clear();
    this.fenced = false;
    this.failover.kind = 'none';
    this.counting.isWaking = false;
    const saved = leftOn(disk, this.snapshot);
    this.snapshot = saved;
    this.changesSinceSave = 0;
    this.data = saved === undefined ? emptyDataset() : copyOf(saved.data);
    this.loadingUntilMs = saved === undefined ? 0 : engine.nowMs + config.loadMs;
    this.master = conf === undefined ? undefined : { index: conf, by: 'configuration', atMs: engine.nowMs };
    restoreHistory(this, saved?.at);
    this.note(
      () =>
        `starts with ${String(this.data.keys.size)} keys as ${conf === undefined ? 'master' : `replica of ${NAMES[conf]}`}`,
    );
    this.replication.begin(Math.max(1, this.loadingUntilMs - engine.nowMs));
    this.#cron.start();
  }

  /** `disk` is what will be left: `whole` stands for SHUTDOWN SAVE or an append-only file. */
  stop(disk: Disk): void {
    if (disk === 'whole') this.save(this.base.config.diskReturnsIds);
    this.note(() => `stops; its disk is ${disk}`);
    this.up = false;
    this.silentSinceMs = this.base.engine.nowMs;
    this.frozen = false;
    this.life++;
    this.replication.drop();
    this.counting.drop();
    const heard = this.#onStop;
    this.#onStop = [];
    for (const listener of heard) listener();
  }

  /** `listener` is told once, when this life ends. */
  onStop(listener: () => void): void {
    this.#onStop.push(listener);
  }

  /** BGSAVE. */
  save(withHistory = true): void {
    this.snapshot = snapshotOf(this, withHistory);
    this.changesSinceSave = 0;
  }

  freeze(): void {
    if (this.up && !this.frozen) this.silentSinceMs = this.base.engine.nowMs;
    this.frozen = this.up;
    this.note(() => 'is frozen');
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    this.counting.isWaking = true;
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
    if (entry.kind === 'write' && !this.hasSelected) {
      this.hasSelected = true;
      this.#extend(SELECT);
    }
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

  #take({ ids, keys, deleted, marker }: Entry): void {
    for (const id of ids) this.data.ids.add(id);
    this.changesSinceSave += keys.length;
    for (const key of keys) {
      this.data.keys.set(key, ids.at(-1) ?? 0);
      this.#touched.set(key, (this.#touched.get(key) ?? 0) + 1);
    }
    for (const key of deleted) this.data.keys.delete(key);
    if (marker !== undefined) this.data.markers.add(marker);
  }

  #extend(entry: Entry): void {
    this.offset += entry.bytes;
    this.backlog?.push(entry);
    this.replication.feed(entry);
  }

  /** REPLICAOF NO ONE. Source: replicationUnsetMaster, shiftReplicationId. */
  becomeMaster(): void {
    if (this.loading) throw new RedishaError('STEP_FAILED', 'LOADING Redis is loading the dataset in memory');
    this.#assertNoFailover();
    this.replication.isTold = true;
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
    this.hasSelected = false;
    this.replication.disconnectReplicas();
    this.base.witness.changed(this.index, 'master');
    this.note(() => `is a master now, at offset ${String(this.offset)}`);
  }

  /** REPLICAOF HOST PORT. Source: replicaofCommand, replicationSetMaster. */
  follow(index: Index, by: 'redisha' | 'failover'): void {
    if (by === 'redisha') {
      if (this.loading) throw new RedishaError('STEP_FAILED', 'LOADING Redis is loading the dataset in memory');
      this.#assertNoFailover();
      this.replication.isTold = true;
      if (this.master?.index === index) return;
    }
    // Source: replicationCacheMasterUsingMyself.
    if (this.master === undefined) {
      this.hasPlace = true;
      this.base.witness.changed(this.index, 'replica');
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
}
