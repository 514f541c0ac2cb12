/** The link of a model replica to its master: what is under way on it, what has arrived, and how it ends. */
import { BackWay } from './back-way.ts';
import type { Server } from './server.ts';
import type { Entry } from './stream.ts';
import { isLost, reaches } from './words.ts';

const POLL_MS = 200;

export class Link {
  readonly master: Server;
  readonly replica: Server;
  phase: 'waiting' | 'transfer' | 'online' = 'online';
  /** The master has let go of it; what it had sent still arrives. */
  closing = false;
  /** What begins the copy that the replica waits for, by itself or because somebody else asks for one. */
  beginCopy: () => void = () => undefined;
  ackOffset: number;
  ackMs: number;
  /** What the replica says to its master. */
  readonly back: BackWay;
  readonly #queue: { readonly atMs: number; readonly entry: Entry }[] = [];
  /** So many of the queue are at the replica, which takes them when it is awake and nothing holds it back. */
  #arrived = 0;
  /** So is the end of the link. */
  #over = false;
  #moving = false;

  constructor(master: Server, replica: Server) {
    this.master = master;
    this.replica = replica;
    this.ackOffset = replica.offset;
    this.ackMs = master.wallMs;
    this.back = new BackWay(this);
  }

  get #nowMs(): number {
    return this.master.base.engine.nowMs;
  }

  get #isCurrent(): boolean {
    return this.replica.replication.link === this;
  }

  /**
   * A pause of writes holds the stream of the master too, from its first write on. Source: processCommand, which spares
   * replicas only.
   */
  get isBlocked(): boolean {
    return this.replica.paused && this.#arrived > 0 && this.#queue[0]?.entry.kind === 'write';
  }

  push(entry: Entry): void {
    this.#queue.push({ atMs: this.#nowMs + this.master.base.config.latencyMs, entry });
    this.move();
  }

  /** The master lets go of it. */
  letGo(): void {
    this.master.replication.replicas.delete(this);
    this.master.counting.count();
    this.closing = true;
    this.move();
  }

  /** What is under way goes on. */
  move(delayMs = this.master.base.config.latencyMs): void {
    if (this.#moving || this.phase === 'transfer') return;
    this.#moving = true;
    this.master.base.engine.after(delayMs, () => {
      this.#moving = false;
      this.#arrive();
    });
  }

  /** It arrives although its sender may be dead. */
  #arrive(): void {
    if (!this.#isCurrent || this.phase === 'transfer') return;
    const { network } = this.replica.base;
    const isOpen = reaches(network, this.master.index, this.replica.index) && !isLost(this.replica.base);
    if (isOpen) {
      for (let next = this.#queue[this.#arrived]; next !== undefined && next.atMs <= this.#nowMs; ) {
        this.#arrived++;
        next = this.#queue[this.#arrived];
      }
      this.#over = this.closing && this.#arrived === this.#queue.length;
      this.replica.awake(() => this.take());
    }
    const isUnderWay = this.#arrived < this.#queue.length || (this.closing && !this.#over);
    if (isUnderWay) this.move(isOpen ? this.master.base.config.latencyMs : POLL_MS);
  }

  /** The replica takes what has arrived. */
  take(): void {
    if (!this.#isCurrent || this.phase === 'transfer') return;
    while (this.#arrived > 0 && !this.isBlocked) {
      const next = this.#queue.shift();
      this.#arrived--;
      if (next !== undefined) this.replica.takeFromMaster(next.entry);
    }
    if (this.#over) this.replica.replication.lost(this);
  }

  /** The replica is gone from it; the master hears of that when it can. */
  sayGoodbye(): void {
    const { master, replica } = this;
    if (!master.replication.replicas.has(this)) return;
    if (master.counting.isOn) {
      this.back.send(() => {
        master.replication.replicas.delete(this);
        master.counting.count();
      });
      return;
    }
    const { network, engine } = master.base;
    if (reaches(network, replica.index, master.index)) master.awake(() => master.replication.replicas.delete(this));
    else engine.after(POLL_MS, () => this.sayGoodbye());
  }
}
