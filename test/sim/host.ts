/**
 * One host as redisha finds it: whose turn it is, what keepalived said last, what is remembered, and the processes that
 * run. Follows src/host/turn.ts, src/host/announcements.ts, src/world/check.ts and src/cli/commands/change.ts.
 */
import { check } from '../../src/app/check.ts';
import type { Announcement, Memory, Turn } from '../../src/app/ports.ts';
import type { TransitionWorld } from '../../src/app/transition.ts';
import { transition } from '../../src/app/transition.ts';
import type { CheckPolicy } from '../../src/core/fitness.ts';
import type { Intent, Policy, VrrpState } from '../../src/core/model.ts';
import { eyesOf, ModelNode } from './node.ts';
import { clockOf, journalOf, logOf, Process } from './process.ts';
import type { Rescues } from './salvage.ts';
import { salvageOf } from './salvage.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';
import { HOSTS, other } from './words.ts';

interface Announced extends Announcement {
  readonly order: number;
}

interface LastCheck {
  readonly fit: boolean;
  readonly condition: string;
  readonly sinceMs: number;
  readonly healedMs: number | undefined;
  readonly healedFor: string | undefined;
}

/** Defaults of src/config/schema.ts. */
const CHANGE_DEADLINES = { connectMs: 1000, commandMs: 2000 };
const CHECK_DEADLINES = { connectMs: 500, commandMs: 800 };
const CHECK_DEADLINE_MS = 1300;
const HEAL_EVERY_MS = 10_000;
const CHECK_POLICY: CheckPolicy = { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 };
/** From the fork to the first line of the program. */
const STARTUP_MS = [20, 60] as const;

const STATES = { master: 'MASTER', backup: 'BACKUP', fault: 'FAULT' } as const satisfies Record<
  Exclude<Intent, 'promote'>,
  VrrpState
>;

export class Host {
  readonly base: Base;
  readonly index: Index;
  readonly servers: readonly [Server, Server];
  readonly rescues: Rescues;
  readonly processes = new Set<Process>();
  /** The next process that changes roles is killed at this call of a port. */
  killAfter: number | undefined;
  /** When each check that came to its end began and ended. */
  readonly checks: { readonly beganMs: number; readonly endedMs: number }[] = [];
  /** When a process was killed last. */
  killedMs = Number.NEGATIVE_INFINITY;
  #holder: Process | undefined;
  #said: Announced | undefined;
  #memory: Memory | undefined;
  #lastCheck: LastCheck | undefined;
  #order = 0;

  constructor(base: Base, index: Index, servers: readonly [Server, Server], rescues: Rescues) {
    this.base = base;
    this.index = index;
    this.servers = servers;
    this.rescues = rescues;
  }

  gone(process: Process): void {
    this.processes.delete(process);
    if (this.#holder === process) this.#holder = undefined;
  }

  /** The host loses power: what is not on disk is gone. */
  powerOff(): void {
    for (const process of this.processes) process.kill();
    this.#said = undefined;
    this.#lastCheck = undefined;
  }

  /** `master`, `backup`, `fault` or `promote`, as keepalived, a person or (`healing`) the check starts it. */
  startChange(intent: Intent, healing = false): Process {
    const process = this.#fork(healing ? `${intent} --heal` : intent, CHANGE_DEADLINES, this.killAfter);
    this.killAfter = undefined;
    this.#afterStartup(process, () => this.#change(process, intent, healing));
    return process;
  }

  /** `stop`, or `fault` without words: only recorded. */
  startRecord(command: 'fault' | 'stop'): Process {
    const process = this.#fork(command, CHANGE_DEADLINES, undefined);
    const vrrpState = command === 'stop' ? 'STOP' : 'FAULT';
    this.#afterStartup(process, async () => this.#announce(process, command, vrrpState));
    return process;
  }

  /** `ended` is told whether the node is fit, unless the check is killed. */
  startCheck(ended: (fit: boolean) => void): Process {
    const process = this.#fork('check', CHECK_DEADLINES, undefined);
    this.#afterStartup(process, async () => ended(await this.#check(process)));
    return process;
  }

  #fork(name: string, deadlines: typeof CHANGE_DEADLINES, callsLeft: number | undefined): Process {
    const process = new Process(this, name, ++this.#order, deadlines, callsLeft);
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

  #announce(process: Process, command: Announcement['command'], vrrpState: VrrpState): void {
    if (this.#said !== undefined && this.#said.order > process.order) return;
    const { nowMs } = this.base.engine;
    const [local, peer] = [HOSTS[this.index], HOSTS[other(this.index)]];
    this.#said = { command, vrrpState, local, peer, saidMs: nowMs, order: process.order };
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
          if (this.#holder === process) this.#holder = undefined;
        }),
      isSuperseded: () =>
        process.now(() => faults.ignoresNewer !== true && this.#said !== undefined && this.#said.order > process.order),
    };
  }

  #worldOf(process: Process): TransitionWorld {
    return {
      clock: clockOf(process),
      log: logOf(process),
      journal: journalOf(process),
      turn: this.#turnOf(process),
      eyes: eyesOf(process),
      memory: {
        load: () => process.now(() => this.#memory),
        save: (memory) =>
          process.now(() => {
            this.#memory = memory;
          }),
      },
      salvage: salvageOf(process),
      stranger: (side) => new ModelNode(process, side === 'local' ? this.index : other(this.index)),
    };
  }

  async #change(process: Process, intent: Intent, healing: boolean): Promise<void> {
    const { engine } = this.base;
    const said = this.#said;
    const ageMs = said === undefined ? 0 : engine.nowMs - said.saidMs;
    const state = intent === 'promote' ? (said?.vrrpState ?? 'BACKUP') : STATES[intent];
    if (!healing) this.#announce(process, intent, state);
    process.note(() => 'begins');
    await transition(this.#worldOf(process), {
      intent,
      policy: this.#policy(),
      forced: false,
      vrrpAgeMs: healing || intent === 'promote' ? ageMs : 0,
      healing,
      signal: process.controller.signal,
    });
  }

  #policy(): Policy {
    const { onDiverged, peerMasterTimeoutMs } = this.base.config;
    const proceeds = this.base.faults.proceeds === true;
    return {
      onStale: proceeds ? 'promote' : 'refuse',
      onEmpty: 'refuse',
      onDiverged,
      onRescueFailure: proceeds ? 'proceed' : 'refuse',
      syncTimeoutMs: 10_000,
      frozenTimeoutMs: 1000,
      peerMasterTimeoutMs,
      linkTimeoutMs: 60_000,
      handOverTimeoutMs: 3000,
      loadingTimeoutMs: 15_000,
    };
  }

  async #check(process: Process): Promise<boolean> {
    const { engine } = this.base;
    const beganMs = engine.nowMs;
    const [said, before] = [this.#said, this.#lastCheck];
    const eyes = eyesOf(process);
    const known = (said?.peer ?? this.#memory?.peer) !== undefined;
    const checked = await check(
      {
        clock: clockOf(process),
        local: eyes.local,
        eyes: known ? eyes : undefined,
        commandRunning: () => process.now(() => this.#holder !== undefined),
      },
      {
        policy: CHECK_POLICY,
        deadlineMs: CHECK_DEADLINE_MS,
        vrrpState: said?.vrrpState,
        vrrpAgeMs: said === undefined ? Number.POSITIVE_INFINITY : engine.nowMs - said.saidMs,
        rememberedKeys: this.#memory?.keys,
        rememberedMaster: this.#memory?.wasMaster,
        before,
      },
    );
    const { verdict, condition, sinceMs } = checked;
    const healing = verdict.heal === undefined ? undefined : `${verdict.heal}: ${condition}`;
    const isTime = healing !== before?.healedFor || engine.nowMs - (before?.healedMs ?? 0) >= HEAL_EVERY_MS;
    const due = healing !== undefined && isTime;
    const isNew = before?.condition !== condition || before.fit !== verdict.fit;
    if (isNew) process.note(() => `${verdict.fit ? 'fit' : 'UNFIT'} (${String(verdict.rule)}): ${verdict.why}`);
    if (isNew || due) {
      const healed = due
        ? { healedMs: engine.nowMs, healedFor: healing }
        : { healedMs: before?.healedMs, healedFor: before?.healedFor };
      this.#lastCheck = { fit: verdict.fit, condition, sinceMs, ...healed };
    }
    if (due && known && verdict.heal !== undefined) this.startChange(verdict.heal, true);
    this.checks.push({ beganMs, endedMs: engine.nowMs });
    return verdict.fit;
  }
}
