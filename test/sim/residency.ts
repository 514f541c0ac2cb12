/**
 * The resident of one host, told of every event of keepalived by a FIFO, and whoever takes its place when it is gone.
 * Follows src/world/watch.ts and src/world/watched-port.ts.
 */
import type { LastCheck } from '../../src/app/ports.ts';
import { type OwnCommand, type Resident, type ResidentWorld, reside, type Told } from '../../src/app/resident.ts';
import type { RunningLicence } from '../../src/app/licence.ts';
import type { WatchWorld } from '../../src/app/watch.ts';
import { watchDeadlines, watchPolicy } from '../../src/config/deadlines.ts';
import { CLAIM } from '../../src/core/watch/claim.ts';
import type { Around, Look } from './checks.ts';
import { NO_JOURNAL, recallIn } from './checks.ts';
import { eyesOf } from './node.ts';
import { clockOf, logOf } from './ports.ts';
import { orderOf, type Patience, type Process, ticksAt } from './process.ts';
import { SETTINGS } from './settings.ts';
import { type Kept, licenceIn } from './licensing.ts';
import type { Index } from './story.ts';
import { HOSTS, other, PORT } from './words.ts';
import { WatchedModel } from './watched.ts';

/** What a resident needs of its host besides. */
export interface Lodging {
  readonly start: (patience: Patience, run: (process: Process) => Promise<void>) => Process;
  readonly command: (within: Process, order: number) => OwnCommand;
  readonly sayings: () => number;
}

/** Writes the track_files. */
export interface Tell {
  readonly fit: (fit: boolean) => void;
  readonly claim: (points: number) => void;
}

/** How a resident is struck, which its guard notices. */
export type Stroke = 'killed' | 'stopped';

const WATCH = watchDeadlines(SETTINGS.check);
const PATIENCE: Patience = { local: WATCH, peer: WATCH };
const POLICY = watchPolicy(SETTINGS);
const ENDLESS = { ...POLICY, stoppedMs: 1e6, silentMs: 1e6, busyMs: 1e6 };

const READ_MS = [0.05, 2] as const;
/** From the end of one to the start of the next: its guard looks twice a second. */
const NEXT_MS = [100, 1000] as const;
/** Until its guard ends one that is stopped. */
const ENDED_MS = [0, 1000] as const;
/** From the end of its FIFO, or of its time, until it is gone. */
const LEAVE_MS = 500;

interface AtWork {
  readonly sinceMs: number;
  readonly process: Process;
  readonly resident: Resident;
  readonly watched: WatchedModel;
}

export class Residency {
  readonly looks: Look[] = [];
  readonly #around: Around;
  readonly #lodging: Lodging;
  /** What keepalived has written and nobody has read. */
  #fifo: Told[] = [];
  /** Another number for each FIFO. */
  #life = 0;
  #isOpen = false;
  #tell: Tell = { fit: () => undefined, claim: () => undefined };
  #process: Process | undefined;
  #atWork: AtWork | undefined;
  #last: LastCheck | undefined;
  readonly #kept: Kept = { proof: undefined };
  /** Nobody takes its place before. */
  #goneUntilMs = 0;
  /** When it last went on after it was stopped. */
  #dozedMs = 0;
  #dozing: Process | undefined;

  constructor(around: Around, lodging: Lodging) {
    this.#around = around;
    this.#lodging = lodging;
  }

  /** keepalived has made the FIFO and starts its script. */
  open(tell: Tell): void {
    this.#life++;
    this.#fifo = [];
    this.#isOpen = true;
    this.#tell = tell;
    this.#start();
  }

  /** keepalived has closed the FIFO; what it has written before is read. */
  close(): void {
    this.#isOpen = false;
    this.#life++;
    const atWork = this.#atWork;
    if (atWork !== undefined) this.#leave(atWork);
    else this.#process?.kill();
    this.#atWork = undefined;
    this.#process = undefined;
  }

  /** keepalived reads its configuration anew: another FIFO, and another resident, beside the old one for a moment. */
  reopen(): void {
    const tell = this.#tell;
    if (!this.#isOpen) return;
    this.close();
    this.open(tell);
  }

  powerOff(): void {
    this.#isOpen = false;
    this.#life++;
    this.#process = undefined;
    this.#atWork = undefined;
    this.#last = undefined;
    this.looks.length = 0;
  }

  hear(told: Told): void {
    if (!this.#isOpen) return;
    this.#fifo.push(told);
    const { engine } = this.#around.base;
    engine.after(engine.between(...READ_MS), () => {
      engine.dirty = true;
      this.#read();
    });
  }

  /** keepalived runs, and no resident does: its guard is about to start one. */
  get isMissing(): boolean {
    return this.#isOpen && this.#process === undefined;
  }

  /** The resident is struck at this call of a port; after `goneMs` at the earliest there is another one. */
  strike(stroke: Stroke, afterCalls: number, goneMs: number): void {
    const process = this.#process;
    if (process === undefined) return;
    process.callsLeft = afterCalls;
    process.strike = () => {
      const { engine } = this.#around.base;
      this.#goneUntilMs = engine.nowMs + goneMs;
      if (stroke === 'killed') process.kill();
      else {
        process.stop();
        engine.after(engine.between(...ENDED_MS), () => process.kill());
      }
    };
  }

  /** SIGSTOP, which its guard does not notice. */
  doze(): void {
    this.#process?.note(() => 'is stopped for a while');
    this.#dozing = this.#process;
    if (this.#dozing !== undefined) this.#dozing.doze.isOn = true;
  }

  /** SIGCONT. */
  goOn(): void {
    this.#dozing?.note(() => 'goes on');
    this.#dozedMs = this.#around.base.engine.nowMs;
    this.#dozing?.doze.goOn();
    this.#dozing = undefined;
  }

  /** A process of the host has ended. */
  gone(process: Process): void {
    if (process !== this.#process) return;
    this.#process = undefined;
    this.#atWork = undefined;
    const { engine } = this.#around.base;
    const life = this.#life;
    const waitMs = Math.max(engine.between(...NEXT_MS), this.#goneUntilMs - engine.nowMs);
    engine.after(waitMs, () => {
      if (this.#life === life && this.#process === undefined) this.#start();
    });
  }

  /** Whether the same resident has been at work since then. */
  livesSince(atMs: number): boolean {
    const atWork = this.#atWork;
    const isAwake = atWork?.process.doze.isOn === false && this.#dozedMs <= atMs;
    return atWork !== undefined && isAwake && atWork.process.alive && atWork.sinceMs <= atMs;
  }

  #tellFit(watched: WatchedModel): void {
    watched.toldFit();
    this.#tell.fit(true);
  }

  #read(): void {
    const atWork = this.#atWork;
    if (atWork?.process.alive !== true) return;
    for (const told of this.#fifo.splice(0)) {
      atWork.process.note(() => `hears ${told}`);
      atWork.watched.heard();
      atWork.resident.hear(told);
    }
  }

  #start(): void {
    this.#process = this.#lodging.start(PATIENCE, (process) => {
      // Another FIFO was opened meanwhile: that has a resident of its own.
      if (this.#process !== process) return Promise.resolve();
      const { base } = this.#around;
      const watched = new WatchedModel(base, process);
      const licence = licenceIn(process, { peerSilentMs: () => resident.peerSilentMs(), kept: this.#kept });
      const resident = reside(this.#worldOf(process, watched, licence));
      this.#atWork = { sinceMs: base.engine.nowMs, process, resident, watched };
      if (base.faults.tellsFitEarly === true) this.#tellFit(watched);
      this.#read();
      return resident.ended;
    });
  }

  #leave({ process, resident }: AtWork): void {
    const { engine, witness } = this.#around.base;
    process.terminate();
    engine.dirty = true;
    this.#read();
    const ended = (): void => {
      if (process.host.processes.has(process)) process.end();
    };
    engine.after(LEAVE_MS, ended);
    void resident.idle().then(ended, (error: unknown) => witness.bug('watch', error));
  }

  #worldOf(process: Process, watched: WatchedModel, licence: RunningLicence | undefined): ResidentWorld {
    const { index, memoryOf, base } = this.#around;
    const { command } = this.#lodging;
    const life = this.#life;
    let lastTicks = 0;
    return {
      port: PORT,
      pair: { local: HOSTS[index], peer: HOSTS[other(index)] },
      log: logOf(process),
      watching: this.#watchingOf(process, watched, licence),
      licence,
      policy: base.faults.waitsForFrozen === true ? ENDLESS : POLICY,
      warnings: () => Promise.resolve(SETTINGS.warnings),
      lastCheck: {
        read: () => this.#last,
        write: (last) => {
          if (process.lives()) this.#last = last;
          return undefined;
        },
      },
      memory: () => memoryOf(process),
      journal: NO_JOURNAL,
      explainLink: () => Promise.resolve(undefined),
      tellDrained: () => Promise.resolve(),
      paused: () => undefined,
      tell: (fit) => {
        if (!process.lives() || life !== this.#life) return undefined;
        if (fit) this.#tellFit(watched);
        else this.#tell.fit(false);
        return undefined;
      },
      claim: (isRaised) => {
        if (process.lives() && life === this.#life && base.faults.claimsNothing !== true)
          this.#tell.claim(isRaised ? CLAIM : 0);
        return undefined;
      },
      nextCommand: () => {
        lastTicks = Math.max(lastTicks + 1, ticksAt(base.engine.nowMs) + 1);
        return command(process, orderOf(lastTicks, process.nth));
      },
      signal: process.controller.signal,
    };
  }

  #watchingOf(
    process: Process,
    watched: WatchedModel,
    licence: RunningLicence | undefined,
  ): Omit<WatchWorld, 'settle' | 'tell' | 'claim'> {
    const { index, base, commandRunning } = this.#around;
    const server = process.host.servers[index];
    const node = (to: Index) => watched.node(to);
    const [local, peer] = [node(index), node(other(index))];
    return {
      clock: clockOf(process),
      local,
      peer,
      eyes: { ...eyesOf(process), local, peer },
      commandRunning: () => process.now(commandRunning),
      after: (ms, listener) => process.after(ms + (base.config.lateMs ?? 0), listener),
      hearsEvents: true,
      saidAt: () => (base.faults.ignoresEvents === true ? 0 : this.#lodging.sayings()),
      recall: () => {
        watched.judges();
        this.looks.push({ beganMs: watched.viewMs, endedMs: base.engine.nowMs });
        return recallIn(this.#around);
      },
      serverState: (pid) => (pid !== server.life || !server.up ? 'unknown' : server.frozen ? 'stopped' : 'asleep'),
      looked: () => watched.looked(),
      ...(licence === undefined ? {} : { seen: licence.seen, unheard: licence.seen }),
    };
  }
}
