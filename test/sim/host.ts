/**
 * One host as redisha finds it: whose turn it is, what keepalived said last, what is remembered, and the processes that
 * run. Follows src/host/turn.ts, src/host/announcements.ts.
 */
import type { ChangeWorld } from '../../src/app/change.ts';
import { change } from '../../src/app/change.ts';
import type { OwnCommand } from '../../src/app/resident.ts';
import type { Announcement, Memory, MemoryStore, Turn } from '../../src/app/ports.ts';
import type { TransitionWorld } from '../../src/app/transition.ts';
import { peerDeadlines } from '../../src/config/deadlines.ts';
import type { Intent, VrrpState } from '../../src/core/model.ts';
import { RedishaError } from '../../src/errors.ts';
import type { Around, Look } from './checks.ts';
import { CHECK_PATIENCE, Checks } from './checks.ts';
import { eyesOf, ModelNode } from './node.ts';
import { clockOf, isOutranked, journalOf, logOf, NOBODY_SAYS } from './ports.ts';
import { orderOf, type Patience, Process, ticksAt } from './process.ts';
import { Residency } from './residency.ts';
import type { Rescues } from './rescuer.ts';
import { rescuerOf } from './rescuer.ts';
import type { Server } from './server.ts';
import { policyIn, SETTINGS } from './settings.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';
import { ADDRESS, HOSTS, other } from './words.ts';

interface Announced extends Announcement {
  readonly order: number;
}

/** By whom a change is started: the check, or a person who insists. */
interface Manner {
  readonly healing?: boolean;
  readonly forced?: boolean;
}

const PATIENCE: Patience = { local: SETTINGS.connection, peer: peerDeadlines(SETTINGS) };
const HEALS = ' --heal';
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
  readonly residency: Residency;
  /** Whether keepalived has the address here, and whether it has it at the other host. */
  hasAddress = (): boolean => false;
  isElsewhere = (): boolean => false;
  /** Since when. */
  addressMovedMs = (): number => 0;
  /** When a process was killed last. */
  killedMs = Number.NEGATIVE_INFINITY;
  #holder: Process | undefined;
  #said: Announced | undefined;
  /** The same of keepalived alone. */
  #told: Announced | undefined;
  #memory: Memory | undefined;
  #forks = 0;
  /** How often anybody has announced anything. */
  #sayings = 0;

  constructor(base: Base, index: Index, servers: readonly [Server, Server], rescues: Rescues) {
    this.base = base;
    this.index = index;
    this.servers = servers;
    this.rescues = rescues;
    const around: Around = {
      base,
      index,
      notes: () => ({ said: this.#announced, memory: this.#memory }),
      address: () => ({ isHere: this.hasAddress(), sinceMs: this.addressMovedMs() }),
      memoryOf: (process) => this.#memoryOf(process),
      commandRunning: () => base.faults.repairsBeside !== true && this.#holder !== undefined,
    };
    this.checks = new Checks(around, (intent) => void this.startChange(intent, { healing: true }));
    this.residency = new Residency(around, {
      start: (patience, run) => {
        const process = this.#fork('watch', patience);
        this.#afterStartup(process, () => run(process));
        return process;
      },
      command: (within, order) => this.#commandOf(within, order),
      sayings: () => this.#sayings,
    });
  }

  /** When each look that came to a verdict began and ended. */
  get looks(): readonly Look[] {
    return this.base.config.resident === true ? this.residency.looks : this.checks.looks;
  }

  gone(process: Process): void {
    this.processes.delete(process);
    if (this.#holder === process) this.#holder = undefined;
    this.residency.gone(process);
  }

  /** Called whenever a process changes a role. */
  changes(process: Process): void {
    if (this.#holder !== process) this.base.witness.beside(this.index, process.name);
  }

  /** The host loses power: what is not on disk is gone. */
  powerOff(): void {
    this.residency.powerOff();
    for (const process of this.processes) process.kill();
    this.#said = undefined;
    this.#told = undefined;
    this.checks.forget();
  }

  /** `master`, `backup`, `fault` or `promote`, as keepalived, a person or (`healing`) the check starts it. */
  startChange(intent: Intent, { healing = false, forced = false }: Manner = {}): Process {
    const process = this.#fork(healing ? `${intent}${HEALS}` : intent, PATIENCE);
    // Beside a resident the commands of keepalived find nothing to do.
    if (this.base.config.resident !== true || intent === 'promote') process.callsLeft = this.#takeKill();
    this.#afterStartup(process, () => this.#change(process, intent, { healing, forced }));
    return process;
  }

  /** `stop`, or `fault` without words: only recorded. */
  startRecord(command: 'fault' | 'stop'): Process {
    const process = this.#fork(command, PATIENCE);
    const vrrpState = command === 'stop' ? 'STOP' : 'FAULT';
    this.#afterStartup(process, async () => this.#announce(process, command, vrrpState, true));
    return process;
  }

  /** `ended` is told whether the node is fit, unless the check is killed. */
  startCheck(ended: (fit: boolean) => void): Process {
    const process = this.#fork('check', CHECK_PATIENCE);
    this.#afterStartup(process, async () => ended(await this.checks.run(process)));
    return process;
  }

  #takeKill(): number | undefined {
    const { killAfter } = this;
    this.killAfter = undefined;
    return killAfter;
  }

  #fork(name: string, patience: Patience): Process {
    const nth = ++this.#forks;
    const order = orderOf(ticksAt(this.base.engine.nowMs), nth);
    return this.#known(new Process(this, { name, order, nth, patience }));
  }

  #known(process: Process): Process {
    this.processes.add(process);
    return process;
  }

  /** A command that the resident carries out itself. Follows src/world/watched-port.ts. */
  #commandOf(within: Process, order: number): OwnCommand {
    let isRepair = true;
    return {
      announce: ({ command, vrrpState, isRecord }) =>
        within.now(() => {
          isRepair = false;
          this.#announce({ order }, command, vrrpState, isRecord);
          return undefined;
        }),
      open: (intent) =>
        within.now(() => {
          const said = this.#announced;
          const name = isRepair ? `${intent}${HEALS}` : intent;
          const process = this.#known(new Process(this, { name, order, nth: within.nth, patience: PATIENCE, within }));
          process.begun = true;
          process.callsLeft = this.#takeKill();
          const vrrpAgeMs = said === undefined ? 0 : this.base.engine.nowMs - said.saidMs;
          return { world: this.#worldOf(process), policy: policyIn(this.base), vrrpAgeMs };
        }),
    };
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

  #announce(
    { order }: Pick<Process, 'order'>,
    command: Announcement['command'],
    vrrpState: VrrpState,
    isRecord: boolean,
  ): void {
    this.#sayings++;
    const [local, peer] = [HOSTS[this.index], HOSTS[other(this.index)]];
    const announced = { command, vrrpState, isRecord, local, peer, saidMs: this.base.engine.nowMs, order };
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
          if (faults.repairsBeside === true && process.name.endsWith(HEALS)) return 'acquired';
          if (this.#holder !== undefined && this.#holder !== process) return 'taken';
          this.#holder = process;
          return 'acquired';
        }),
      release: () =>
        process.now(() => {
          process.released = true;
          if (this.#holder === process) this.#holder = undefined;
          // A transition releases its turn as the last thing that it does.
          if (process.within !== undefined) process.end();
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
      addresses: () => process.now(() => [ADDRESS]),
      isAddressHere: () => process.now(() => this.hasAddress()),
      isOutranked: () => process.now(() => isOutranked(process)),
      memory: this.#memoryOf(process),
      rescuer: rescuerOf(process),
      neighbours: { tell: () => Promise.resolve(undefined), secondWordMs: () => Promise.resolve(0) },
      stranger: (side) =>
        new ModelNode(process, side === 'local' ? this.index : other(this.index), SETTINGS.connection),
    };
  }

  async #change(process: Process, intent: Intent, { healing, forced }: Required<Manner>): Promise<void> {
    const said = this.#announced;
    const changing: ChangeWorld = {
      world: this.#worldOf(process),
      vrrpNow: () => this.#announced?.vrrpState,
      outlook: () => Promise.resolve({ notes: [], address: ADDRESS }),
      hasAddress: () => this.hasAddress(),
      announce: (command, vrrpState) => process.now(() => this.#announce(process, command, vrrpState, false)),
      ...NOBODY_SAYS,
    };
    process.note(() => 'begins');
    try {
      await change(changing, {
        intent,
        policy: policyIn(this.base),
        forced,
        healing,
        vrrpAgeMs: said === undefined ? 0 : this.base.engine.nowMs - said.saidMs,
        signal: process.controller.signal,
      });
    } catch (error) {
      if (!(error instanceof RedishaError)) throw error;
      process.note(() => error.message);
    }
  }
}
