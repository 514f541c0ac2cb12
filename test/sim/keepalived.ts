/**
 * One keepalived of the model: check script with fall and rise, track_file, VRRP election, the address, and notifies that
 * nobody orders or waits for.
 */
import type { VrrpState } from '../../src/core/model.ts';
import type { Host } from './host.ts';
import type { Process } from './process.ts';
import type { Base } from './words.ts';
import { isApart, isLost, NAMES, tripMs } from './words.ts';

/** At its exit all its notify scripts get SIGTERM, those of STOP one second later SIGKILL. */
const STOP_KILLED_MS = 1000;
/** It says STOP by the FIFO, and closes that when its scripts have ended. */
const STOP_CLOSED_MS = [3, 900] as const;
const INOTIFY_MS = [0.05, 2] as const;
const NEVER_MS = Number.POSITIVE_INFINITY;
/** 255 is the owner's. Source: vrrp.c vrrp_set_effective_priority. */
const PRIORITY_MAX = 254;

export class Keepalived {
  readonly #base: Base;
  readonly #host: Host;
  peer!: Keepalived;
  running = false;
  vrrpState: VrrpState | 'INIT' = 'INIT';
  /** When the address came here or went last. */
  #movedMs = 0;
  /** When the clients were told last that it is here: at the start of MASTER, and when another one was heard beside it. */
  announcedMs = 0;
  #startedMs = 0;
  #life = 0;
  /** When a node in BACKUP takes the address, unless it hears an advert before. */
  #dueMs = NEVER_MS;
  #wakeMs = NEVER_MS;
  #inRow = 0;
  /** What the track_file holds, and what of it was read last. */
  #file = { isUnfit: false, wasUnfit: false };
  /** What the other track_file adds to the priority. */
  #claim = 0;
  #check: Process | undefined;
  readonly #notifies = new Set<Process>();

  constructor(base: Base, host: Host) {
    this.#base = base;
    this.#host = host;
    host.hasAddress = () => this.hasAddress;
    host.addressMovedMs = () => this.#movedMs;
  }

  get hasAddress(): boolean {
    return this.vrrpState === 'MASTER';
  }

  /** Whether it had the address at that moment, not long ago. */
  hadAddress(atMs: number): boolean {
    return this.hasAddress ? this.#movedMs <= atMs : atMs < this.#movedMs;
  }

  get #priority(): number {
    return Math.min(PRIORITY_MAX, this.#base.config.priorities[this.#host.index] + this.#claim);
  }

  #note(words: () => string): void {
    this.#base.witness.note(`keepalived ${NAMES[this.#host.index]}`, words);
  }

  #later(ms: number, run: () => void): void {
    const life = this.#life;
    this.#base.engine.after(ms, () => {
      if (life === this.#life) run();
    });
  }

  /** Whether it has been running for so long by now. */
  ranFor(ms: number): boolean {
    return this.running && this.#base.engine.nowMs - this.#startedMs >= ms;
  }

  /** The last word of the track_file. */
  get isToldFit(): boolean {
    return !this.#file.isUnfit;
  }

  start(): void {
    if (this.running) return;
    this.#startedMs = this.#base.engine.nowMs;
    this.#life++;
    this.running = true;
    this.#inRow = 0;
    this.#note(() => 'starts');
    if (this.#base.config.resident !== true) {
      this.#checking();
      return;
    }
    this.#file = { isUnfit: true, wasUnfit: true };
    this.#claim = 0;
    const life = this.#life;
    this.#host.residency.open({
      fit: (fit) => {
        if (life === this.#life) this.#told(fit);
      },
      claim: (points) => {
        if (life !== this.#life) return;
        this.#later(this.#base.engine.between(...INOTIFY_MS), () => {
          this.#claim = points;
          this.#note(() => `has a priority of ${String(this.#priority)}`);
        });
      },
    });
    this.#become('FAULT');
  }

  /** systemctl stop: the address goes first, then STOP is told. */
  stop(): void {
    if (!this.running) return;
    this.#note(() => 'stops');
    const wasMaster = this.hasAddress;
    this.#end();
    for (const process of this.#notifies) process.terminate();
    this.#notifies.clear();
    if (wasMaster) this.#send(0);
    const stop = this.#host.startRecord('stop');
    this.#base.engine.after(STOP_KILLED_MS, () => stop.kill());
    this.#host.residency.hear('STOP');
    const { engine } = this.#base;
    engine.after(engine.between(...STOP_CLOSED_MS), () => {
      if (!this.running) this.#host.residency.close();
    });
  }

  /** SIGHUP: who has the address keeps it, and the track_file stays as it is. Source: track_file.c, `reload`. */
  reload(): void {
    if (!this.running) return;
    this.#note(() => 'reads its configuration anew');
    this.#host.residency.reopen();
  }

  powerOff(): void {
    this.#end();
    this.#notifies.clear();
  }

  #end(): void {
    this.#life++;
    this.running = false;
    this.#enter('INIT');
    this.#check?.kill();
    this.#check = undefined;
  }

  #checking(): void {
    if (this.#check?.alive !== true) {
      this.#check = this.#host.startCheck((fit) => this.#judged(fit));
    }
    this.#later(this.#base.config.checkEveryMs, () => this.#checking());
  }

  /** inotify(7): what is written twice before it is read is read once. Source: track_file.c process_inotify. */
  #told(fit: boolean): void {
    this.#file.isUnfit = !fit;
    this.#later(this.#base.engine.between(...INOTIFY_MS), () => {
      const { isUnfit, wasUnfit } = this.#file;
      if (isUnfit === wasUnfit) return;
      this.#file.wasUnfit = isUnfit;
      this.#become(isUnfit ? 'FAULT' : 'BACKUP');
    });
  }

  #judged(fit: boolean): void {
    if (!this.running) return;
    const { fall, rise } = this.#base.config;
    if (this.vrrpState === 'INIT') {
      this.#inRow = 0;
      if (fit) this.#become('BACKUP');
      else this.#become('FAULT');
      return;
    }
    const counts = this.vrrpState === 'FAULT' ? fit : !fit;
    this.#inRow = counts ? this.#inRow + 1 : 0;
    if (this.vrrpState === 'FAULT' && this.#inRow >= rise) this.#become('BACKUP');
    else if (this.vrrpState !== 'FAULT' && this.#inRow >= fall) this.#become('FAULT');
  }

  #become(vrrpState: VrrpState): void {
    if (this.hasAddress && vrrpState === 'FAULT') this.#send(0);
    this.#enter(vrrpState);
    this.#inRow = 0;
    this.#note(() => vrrpState);
    if (vrrpState === 'BACKUP') this.#wait(3 * this.#base.config.advertMs + this.#skewMs);
    if (vrrpState === 'MASTER') {
      this.#announce();
      this.#advertise();
    }
    this.notify();
  }

  #announce(): void {
    const { engine, network, config } = this.#base;
    const isHeard = config.clientsAt === this.#host.index || !isApart(network);
    if (isHeard) this.announcedMs = engine.nowMs;
  }

  #enter(vrrpState: VrrpState | 'INIT'): void {
    if (this.hasAddress !== (vrrpState === 'MASTER')) this.#movedMs = this.#base.engine.nowMs;
    this.#dueMs = NEVER_MS;
    this.vrrpState = vrrpState;
  }

  /** The command of the present state is started, once more where it was started before. */
  notify(): void {
    const { vrrpState } = this;
    if (vrrpState === 'INIT' || vrrpState === 'STOP') return;
    if (vrrpState === 'FAULT' && !this.#base.config.faultActs) this.#notifies.add(this.#host.startRecord('fault'));
    else this.#notifies.add(this.#host.startChange(COMMANDS[vrrpState]));
    this.#host.residency.hear(vrrpState);
  }

  /** A notify of another state than the present one, as in a storm whose end has not come yet. */
  notifyOf(vrrpState: 'MASTER' | 'BACKUP'): void {
    this.#notifies.add(this.#host.startChange(COMMANDS[vrrpState]));
    this.#host.residency.hear(vrrpState);
  }

  get #skewMs(): number {
    return ((256 - this.#priority) / 256) * this.#base.config.advertMs;
  }

  #wait(ms: number): void {
    const { engine } = this.#base;
    this.#dueMs = engine.nowMs + ms;
    if (this.#dueMs >= this.#wakeMs) return;
    this.#wakeMs = this.#dueMs;
    engine.after(ms, () => this.#woken());
  }

  /** Most adverts only put off when the next one is due, so the timer is looked at when it rings. */
  #woken(): void {
    const { nowMs } = this.#base.engine;
    if (nowMs !== this.#wakeMs) return;
    this.#wakeMs = NEVER_MS;
    if (this.#dueMs === NEVER_MS) return;
    if (this.#dueMs > nowMs) this.#wait(this.#dueMs - nowMs);
    else this.#become('MASTER');
  }

  #advertise(): void {
    const sinceMs = this.#movedMs;
    const beat = (): void => {
      if (sinceMs !== this.#movedMs || !this.hasAddress) return;
      this.#send(this.#priority);
      this.#later(this.#base.config.advertMs, beat);
    };
    beat();
  }

  #send(priority: number): void {
    const { engine, network } = this.#base;
    const [from, to] = [this.#host.index, this.peer.#host.index];
    if (network.vrrpCut[from][to] || network.hostDown[from] || network.hostDown[to]) return;
    if (isLost(this.#base)) return;
    engine.after(tripMs(this.#base), () => this.peer.#hear(priority));
  }

  #hear(priority: number): void {
    if (!this.running) return;
    const { advertMs, preempt } = this.#base.config;
    if (this.hasAddress) {
      const higher = priority > this.#priority || (priority === this.#priority && this.#host.index === 0);
      if (priority > 0 && higher) this.#become('BACKUP');
      else {
        this.#announce();
        this.#host.residency.hear('rival');
        this.#send(this.#priority);
      }
      return;
    }
    if (this.vrrpState !== 'BACKUP') return;
    if (priority === 0) this.#wait(this.#skewMs);
    else if (!preempt || priority >= this.#priority) this.#wait(3 * advertMs + this.#skewMs);
  }
}

const COMMANDS = { MASTER: 'master', BACKUP: 'backup', FAULT: 'fault' } as const;
