/**
 * The checks of one host: what each finds, leaves for the next one, and has repaired.
 */
import type { Checked } from '../../src/app/check.ts';
import { check, peerIn, recallOf } from '../../src/app/check.ts';
import type { Announcement, LastCheck, Memory, MemoryStore } from '../../src/app/ports.ts';
import type { SettleWorld } from '../../src/app/settle.ts';
import { settle } from '../../src/app/settle.ts';
import { SETTLED, watch } from '../../src/app/watch.ts';
import { checkDeadlines, lookDeadlineMs } from '../../src/config/deadlines.ts';
import type { Intent } from '../../src/core/model.ts';
import { eyesOf, ModelNode } from './node.ts';
import type { Patience, Process } from './process.ts';
import { clockOf, logOf } from './process.ts';
import { SETTINGS } from './settings.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';
import { HOSTS, other, PORT } from './words.ts';

/** What a check knows of its host. */
export interface Around {
  readonly base: Base;
  readonly index: Index;
  readonly said: () => Announcement | undefined;
  readonly memory: () => Memory | undefined;
  readonly memoryOf: (process: Process) => MemoryStore;
  readonly commandRunning: () => boolean;
  readonly startRepair: (intent: Intent) => void;
}

/** Writes the track_file. */
export type Tell = (fit: boolean) => void;

/** One check: its process, the keepalived that asks, and whether it knows the peer, which it settles as it begins. */
interface Asked {
  readonly process: Process;
  readonly parent: number;
  readonly isPeerKnown: boolean;
}

const HELD = checkDeadlines(SETTINGS.check, true);
const PLAIN = checkDeadlines(SETTINGS.check, false);
/** What a held check judges by was asked for this long before, and half a second for the way. */
const VIEW_AGE_MS = SETTLED.lookMs + 500;

const everyOf = (process: Process, ms: number, listener: () => void): (() => void) => {
  let isStopped = false;
  const tick = async (): Promise<void> => {
    await clockOf(process).delay(ms);
    if (isStopped) return;
    listener();
    void tick();
  };
  void tick();
  return () => {
    isStopped = true;
  };
};

export class Checks {
  /** When each look that came to a verdict began and ended. */
  readonly looks: { readonly beganMs: number; readonly endedMs: number }[] = [];
  readonly #around: Around;
  #last: LastCheck | undefined;

  constructor(around: Around) {
    this.#around = around;
  }

  get patience(): Patience {
    const deadlines = this.#around.base.config.heldMs === undefined ? PLAIN : HELD;
    return { local: deadlines, peer: deadlines };
  }

  get saysFit(): boolean {
    return this.#last?.fit === true;
  }

  forget(): void {
    this.#last = undefined;
  }

  /** Whether the node is fit. `parent` is the keepalived that asks; the check was forked at `forkedMs`. */
  async run(process: Process, parent: number, forkedMs: number, tell: Tell): Promise<boolean> {
    const { heldMs } = this.#around.base.config;
    const isPeerKnown = peerIn(this.#notes) !== undefined;
    const asked = { process, parent, isPeerKnown };
    const checked = await (heldMs === undefined ? this.#look(asked) : this.#watch(asked, forkedMs + heldMs, tell));
    await settle(this.#settlingOf(asked), checked);
    return checked.verdict.fit;
  }

  get #notes() {
    const { said, memory } = this.#around;
    return { said: said(), memory: memory() };
  }

  #recall() {
    const { nowMs } = this.#around.base.engine;
    return { ...recallOf(this.#notes, nowMs), policy: SETTINGS.check, deadlineMs: lookDeadlineMs(SETTINGS.check) };
  }

  #worldOf({ process, isPeerKnown }: Asked) {
    const eyes = eyesOf(process);
    return {
      clock: clockOf(process),
      local: new ModelNode(process, this.#around.index),
      eyes: isPeerKnown ? eyes : undefined,
      commandRunning: () => process.now(this.#around.commandRunning),
    };
  }

  #settlingOf({ process, parent, isPeerKnown }: Asked): SettleWorld {
    const { index, memoryOf, startRepair } = this.#around;
    return {
      clock: clockOf(process),
      port: PORT,
      pair: () => (isPeerKnown ? { local: HOSTS[index], peer: HOSTS[other(index)] } : undefined),
      looker: () => ({ parent, keeper: undefined }),
      lastCheck: {
        load: () => this.#last,
        save: (last) => {
          this.#last = last;
          return undefined;
        },
      },
      warnings: SETTINGS.warnings,
      log: () => Promise.resolve(logOf(process)),
      memory: () => Promise.resolve(memoryOf(process)),
      startRepair: (intent) => process.now(() => startRepair(intent)),
    };
  }

  async #look(asked: Asked): Promise<Checked> {
    const { engine } = this.#around.base;
    const beganMs = engine.nowMs;
    const checked = await check(this.#worldOf(asked), { ...this.#recall(), before: this.#last });
    this.looks.push({ beganMs, endedMs: engine.nowMs });
    return checked;
  }

  #watch(asked: Asked, untilMs: number, tell: Tell): Promise<Checked> {
    const { base, index } = this.#around;
    const { process, parent, isPeerKnown } = asked;
    const server = process.host.servers[index];
    const settling = this.#settlingOf(asked);
    const world = {
      ...this.#worldOf(asked),
      peer: isPeerKnown ? new ModelNode(process, other(index)) : undefined,
      saidAt: () => this.#around.said()?.saidMs ?? 0,
      recall: () => {
        const { nowMs } = base.engine;
        this.looks.push({ beganMs: nowMs - VIEW_AGE_MS, endedMs: nowMs });
        return this.#recall();
      },
      serverState: () => (server.frozen ? ('stopped' as const) : ('asleep' as const)),
      every: (ms: number, listener: () => void) => everyOf(process, ms, listener),
      settle: (checked: Checked) => settle(settling, checked),
      isOver: () => false,
      tell: base.config.told === true ? tell : undefined,
    };
    const mayHold = this.#last?.parent === parent;
    const { hold } = SETTINGS.check;
    const policy = base.faults.waitsForFrozen === true ? { ...hold, stoppedMs: 1e6, silentMs: 1e6, busyMs: 1e6 } : hold;
    return watch(world, { policy, untilMs, before: this.#last, pid: this.#last?.processId, mayHold });
  }
}
