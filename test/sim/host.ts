/**
 * One host as redisha finds it: whose turn it is, what keepalived said last, what is remembered, and the processes that
 * run. Follows src/host/turn.ts, src/host/announcements.ts.
 */
import type { ChangeWorld } from '../../src/app/change.ts';
import { change } from '../../src/app/change.ts';
import type { Announcement, Memory, MemoryStore, Turn } from '../../src/app/ports.ts';
import type { TransitionWorld } from '../../src/app/transition.ts';
import { peerDeadlines } from '../../src/config/deadlines.ts';
import type { Intent, Policy, VrrpState } from '../../src/core/model.ts';
import { RedishaError } from '../../src/errors.ts';
import type { Tell } from './checks.ts';
import { Checks } from './checks.ts';
import { eyesOf, ModelNode } from './node.ts';
import type { Patience } from './process.ts';
import { clockOf, journalOf, logOf, Process } from './process.ts';
import type { Rescues } from './salvage.ts';
import { salvageOf } from './salvage.ts';
import type { Server } from './server.ts';
import { SETTINGS } from './settings.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';
import { HOSTS, other } from './words.ts';

interface Announced extends Announcement {
  readonly order: number;
}

/** By whom a change is started: the check, or a person who insists. */
interface Manner {
  readonly healing?: boolean;
  readonly forced?: boolean;
}

const PATIENCE: Patience = { local: SETTINGS.connection, peer: peerDeadlines(SETTINGS) };
const ADDRESS = 'the address';
/** From the fork to the first line of the program. */
const STARTUP_MS = [20, 60] as const;

export class Host {
  readonly base: Base;
  readonly index: Index;
  readonly servers: readonly [Server, Server];
  readonly rescues: Rescues;
  readonly processes = new Set<Process>();
  /** The next process that changes roles is killed at this call of a port. */
  killAfter: number | undefined;
  readonly checks: Checks;
  /** Whether keepalived has the address here. */
  hasAddress = (): boolean => false;
  /** When a process was killed last. */
  killedMs = Number.NEGATIVE_INFINITY;
  #holder: Process | undefined;
  #said: Announced | undefined;
  /** The same of keepalived alone. */
  #told: Announced | undefined;
  #memory: Memory | undefined;
  #order = 0;

  constructor(base: Base, index: Index, servers: readonly [Server, Server], rescues: Rescues) {
    this.base = base;
    this.index = index;
    this.servers = servers;
    this.rescues = rescues;
    this.checks = new Checks({
      base,
      index,
      said: () => this.#announced,
      memory: () => this.#memory,
      memoryOf: (process) => this.#memoryOf(process),
      commandRunning: () => this.#holder !== undefined,
      startRepair: (intent) => void this.startChange(intent, { healing: true }),
    });
  }

  gone(process: Process): void {
    this.processes.delete(process);
    if (this.#holder === process) this.#holder = undefined;
  }

  /** The host loses power: what is not on disk is gone. */
  powerOff(): void {
    for (const process of this.processes) process.kill();
    this.#said = undefined;
    this.#told = undefined;
    this.checks.forget();
  }

  /** `master`, `backup`, `fault` or `promote`, as keepalived, a person or (`healing`) the check starts it. */
  startChange(intent: Intent, { healing = false, forced = false }: Manner = {}): Process {
    const process = this.#fork(healing ? `${intent} --heal` : intent, PATIENCE, this.killAfter);
    this.killAfter = undefined;
    this.#afterStartup(process, () => this.#change(process, intent, { healing, forced }));
    return process;
  }

  /** `stop`, or `fault` without words: only recorded. */
  startRecord(command: 'fault' | 'stop'): Process {
    const process = this.#fork(command, PATIENCE, undefined);
    const vrrpState = command === 'stop' ? 'STOP' : 'FAULT';
    this.#afterStartup(process, async () => this.#announce(process, command, vrrpState, true));
    return process;
  }

  /**
   * Both are told whether the node is fit: `tell` meanwhile and `ended` by the exit code, unless the check is killed.
   * `parent` tells one keepalived from the next.
   */
  startCheck(parent: number, tell: Tell, ended: Tell): Process {
    const process = this.#fork('check', this.checks.patience, undefined);
    const { nowMs } = this.base.engine;
    this.#afterStartup(process, async () => ended(await this.checks.run(process, parent, nowMs, tell)));
    return process;
  }

  #fork(name: string, patience: Patience, callsLeft: number | undefined): Process {
    const process = new Process(this, name, ++this.#order, patience, callsLeft);
    this.processes.add(process);
    return process;
  }

  #afterStartup(process: Process, run: () => Promise<void>): void {
    const { engine, witness } = this.base;
    const ended = (): void => {
      if (process.alive) process.end();
    };
    engine.after(engine.between(...STARTUP_MS), () => {
      if (!process.alive) return;
      // A signal before the program has its handlers ends it.
      if (process.controller.signal.aborted) {
        process.end();
        return;
      }
      engine.dirty = true;
      process.begun = true;
      run().then(ended, (error: unknown) => {
        witness.bug(process.name, error);
        ended();
      });
    });
  }

  #announce(process: Process, command: Announcement['command'], vrrpState: VrrpState, isRecord: boolean): void {
    const { order } = process;
    const { nowMs } = this.base.engine;
    const [local, peer] = [HOSTS[this.index], HOSTS[other(this.index)]];
    const announced = { command, vrrpState, isRecord, local, peer, saidMs: nowMs, order };
    if (command !== 'promote' && order >= (this.#told?.order ?? 0)) this.#told = announced;
    if (order >= (this.#said?.order ?? 0)) this.#said = announced;
  }

  get #announced(): Announced | undefined {
    return this.#said && { ...this.#said, vrrpState: this.#told?.vrrpState ?? this.#said.vrrpState };
  }

  #turnOf(process: Process): Turn {
    const { faults } = this.base;
    return {
      acquire: () =>
        process.now(() => {
          if (faults.ignoresLock === true) return 'acquired';
          if (this.#holder !== undefined && this.#holder !== process) return 'held';
          this.#holder = process;
          return 'acquired';
        }),
      release: () =>
        process.now(() => {
          process.released = true;
          if (this.#holder === process) this.#holder = undefined;
        }),
      newer: () =>
        process.now(() => {
          if (faults.ignoresNewer === true || this.#said === undefined) return 'nothing';
          if (this.#said.order <= process.order) return 'nothing';
          return this.#said.isRecord ? 'record' : 'command';
        }),
    };
  }

  #memoryOf(process: Process): MemoryStore {
    return {
      load: () => process.now(() => this.#memory),
      save: (memory) =>
        process.now(() => {
          this.#memory = memory;
        }),
    };
  }

  #worldOf(process: Process): TransitionWorld {
    return {
      clock: clockOf(process),
      log: logOf(process),
      journal: journalOf(process),
      turn: this.#turnOf(process),
      eyes: eyesOf(process),
      memory: this.#memoryOf(process),
      salvage: salvageOf(process),
      neighbours: { tell: () => Promise.resolve(undefined) },
      stranger: (side) =>
        new ModelNode(process, side === 'local' ? this.index : other(this.index), SETTINGS.connection),
    };
  }

  async #change(process: Process, intent: Intent, { healing, forced }: Required<Manner>): Promise<void> {
    const said = this.#announced;
    const changing: ChangeWorld = {
      world: this.#worldOf(process),
      vrrpNow: () => this.#announced?.vrrpState,
      address: ADDRESS,
      hasAddress: () => this.hasAddress(),
      announce: (command, vrrpState) => process.now(() => this.#announce(process, command, vrrpState, false)),
      tell: () => undefined,
    };
    process.note(() => 'begins');
    try {
      await change(changing, {
        intent,
        policy: this.#policy(),
        forced,
        healing,
        vrrpAgeMs: said === undefined ? 0 : this.base.engine.nowMs - said.saidMs,
        notes: [],
        signal: process.controller.signal,
      });
    } catch (error) {
      if (!(error instanceof RedishaError)) throw error;
      process.note(() => error.message);
    }
  }

  #policy(): Policy {
    const { onDiverged, peerMasterTimeoutMs } = this.base.config;
    const proceeds = { onStale: 'promote', onRescueFailure: 'proceed' } as const;
    return {
      ...SETTINGS.policy,
      onDiverged,
      peerMasterTimeoutMs,
      ...(this.base.faults.proceeds === true ? proceeds : {}),
    };
  }
}
