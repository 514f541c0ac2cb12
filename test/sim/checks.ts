/**
 * The checks of one host: what each finds, remembers for the next one, and has repaired. Follows src/world/check.ts.
 */
import type { Checked } from '../../src/app/check.ts';
import { check } from '../../src/app/check.ts';
import type { Announcement, Memory } from '../../src/app/ports.ts';
import { SETTLED, watch } from '../../src/app/watch.ts';
import type { CheckPolicy } from '../../src/core/check-facts.ts';
import type { Condition } from '../../src/core/check/condition.ts';
import { isSameCondition } from '../../src/core/check/condition.ts';
import type { Intent } from '../../src/core/model.ts';
import type { Repair } from '../../src/core/repairs.ts';
import { repairDue } from '../../src/core/repairs.ts';
import type { Whole } from '../../src/core/restart.ts';
import type { WatchPolicy } from '../../src/core/watch.ts';
import { eyesOf, ModelNode } from './node.ts';
import type { Process } from './process.ts';
import { clockOf } from './process.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';
import { other } from './words.ts';

/** What a check knows of its host. */
export interface Around {
  readonly base: Base;
  readonly index: Index;
  readonly said: () => Announcement | undefined;
  readonly memory: () => Memory | undefined;
  readonly remember: (whole: Whole) => void;
  readonly commandRunning: () => boolean;
  readonly startRepair: (intent: Intent) => void;
}

/** Writes the track_file. */
export type Tell = (fit: boolean) => void;

interface LastCheck {
  readonly fit: boolean;
  readonly condition: Condition;
  readonly sinceMs: number;
  readonly repairs: readonly Repair[];
  readonly parent: number;
  readonly processId: number | undefined;
}

/** Defaults of src/config/schema.ts. */
const PLAIN_DEADLINES = { connectMs: 500, commandMs: 800 };
const HELD_DEADLINES = { connectMs: 500, commandMs: 10_000 };
const DEADLINE_MS = 1300;
const POLICY: CheckPolicy = { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 };
const WATCH_POLICY: WatchPolicy = { tickMs: 200, stoppedMs: 300, silentMs: 2000, busyMs: 5000 };
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

  get deadlines(): typeof PLAIN_DEADLINES {
    return this.#around.base.config.heldMs === undefined ? PLAIN_DEADLINES : HELD_DEADLINES;
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
    const checked = await (heldMs === undefined
      ? this.#look(process)
      : this.#watch(process, parent, forkedMs + heldMs, tell));
    this.#settle(process, parent, checked);
    return checked.verdict.fit;
  }

  get #isPeerKnown(): boolean {
    return (this.#around.said()?.peer ?? this.#around.memory()?.peer) !== undefined;
  }

  #recall() {
    const { base, said, memory } = this.#around;
    const announced = said();
    return {
      policy: POLICY,
      deadlineMs: DEADLINE_MS,
      vrrpState: announced?.vrrpState,
      vrrpAgeMs: announced === undefined ? Number.POSITIVE_INFINITY : base.engine.nowMs - announced.saidMs,
      memory: memory(),
    };
  }

  #worldOf(process: Process) {
    const eyes = eyesOf(process);
    return {
      clock: clockOf(process),
      local: new ModelNode(process, this.#around.index),
      eyes: this.#isPeerKnown ? eyes : undefined,
      commandRunning: () => process.now(this.#around.commandRunning),
    };
  }

  async #look(process: Process): Promise<Checked> {
    const { engine } = this.#around.base;
    const beganMs = engine.nowMs;
    const checked = await check(this.#worldOf(process), { ...this.#recall(), before: this.#last });
    this.looks.push({ beganMs, endedMs: engine.nowMs });
    return checked;
  }

  #watch(process: Process, parent: number, untilMs: number, tell: Tell): Promise<Checked> {
    const { base, index } = this.#around;
    const server = process.host.servers[index];
    const world = {
      ...this.#worldOf(process),
      peer: this.#isPeerKnown ? new ModelNode(process, other(index)) : undefined,
      saidAt: () => this.#around.said()?.saidMs ?? 0,
      recall: () => {
        const { nowMs } = base.engine;
        this.looks.push({ beganMs: nowMs - VIEW_AGE_MS, endedMs: nowMs });
        return this.#recall();
      },
      serverState: () => (server.frozen ? ('stopped' as const) : ('asleep' as const)),
      every: (ms: number, listener: () => void) => everyOf(process, ms, listener),
      settle: (checked: Checked) => process.now(() => this.#settle(process, parent, checked)),
      isOver: () => false,
      tell: base.config.told === true ? tell : undefined,
    };
    const mayHold = this.#last?.parent === parent;
    const policy =
      base.faults.waitsForFrozen === true
        ? { ...WATCH_POLICY, stoppedMs: 1e6, silentMs: 1e6, busyMs: 1e6 }
        : WATCH_POLICY;
    return watch(world, { policy, untilMs, before: this.#last, pid: this.#last?.processId, mayHold });
  }

  #settle(process: Process, parent: number, checked: Checked): void {
    const { verdict, condition, sinceMs } = checked;
    const { nowMs } = this.#around.base.engine;
    const last = this.#last;
    if (checked.unremembered !== undefined && this.#isPeerKnown) this.#around.remember(checked.unremembered);
    const processId = checked.processId ?? last?.processId;
    const { isDue, repairs } = repairDue(last, { condition, heal: verdict.heal, processId }, nowMs);
    const isNew = last?.fit !== verdict.fit || !isSameCondition(last.condition, condition);
    if (isNew) process.note(() => `${verdict.fit ? 'fit' : 'UNFIT'} (${String(verdict.rule)}): ${verdict.why}`);
    if (!isNew && !isDue && last.parent === parent && last.processId === processId) return;
    this.#last = { fit: verdict.fit, condition, sinceMs, parent, processId, repairs };
    if (isDue && this.#isPeerKnown && verdict.heal !== undefined) this.#around.startRepair(verdict.heal);
  }
}
