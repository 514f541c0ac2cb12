/** The plain checks of one host: what each finds, leaves for the next one, and has repaired. */
import type { CheckInput, Notes } from '../../src/app/check.ts';
import { check, peerIn, recallOf } from '../../src/app/check.ts';
import type { AddressSeen, LastCheck, MemoryStore } from '../../src/app/ports.ts';
import type { SettleWorld } from '../../src/app/settle.ts';
import { settle } from '../../src/app/settle.ts';
import { checkDeadlines, lookDeadlineMs } from '../../src/config/deadlines.ts';
import type { Intent } from '../../src/core/model.ts';
import { eyesOf, ModelNode } from './node.ts';
import type { Patience, Process } from './process.ts';
import { clockOf, logOf } from './ports.ts';
import { SETTINGS } from './settings.ts';
import type { Index } from './story.ts';
import type { Base } from './words.ts';
import { HOSTS, other, PORT } from './words.ts';

/** What a check or a resident knows of its host. */
export interface Around {
  readonly base: Base;
  readonly index: Index;
  /** What the commands of the host have left behind. */
  readonly notes: () => Notes;
  readonly memoryOf: (process: Process) => MemoryStore;
  readonly commandRunning: () => boolean;
  readonly address: () => AddressSeen;
}

/** A look that came to a verdict. */
export interface Look {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** What a look goes by, besides what it sees. */
export const recallIn = ({ base, notes, address }: Around): Omit<CheckInput, 'before'> => ({
  ...recallOf(notes(), address(), base.engine.nowMs),
  policy: SETTINGS.check,
  deadlineMs: lookDeadlineMs(SETTINGS.check),
});

/** Nobody reads it there. */
export const NO_JOURNAL = { append: () => Promise.resolve() };

const PLAIN = checkDeadlines(SETTINGS.check);
export const CHECK_PATIENCE: Patience = { local: PLAIN, peer: PLAIN };

export class Checks {
  readonly looks: Look[] = [];
  readonly #around: Around;
  readonly #startRepair: (intent: Intent) => void;
  #last: LastCheck | undefined;

  constructor(around: Around, startRepair: (intent: Intent) => void) {
    this.#around = around;
    this.#startRepair = startRepair;
  }

  forget(): void {
    this.#last = undefined;
  }

  /** Whether the node is fit. */
  async run(process: Process): Promise<boolean> {
    const { base, index, notes, commandRunning } = this.#around;
    const { engine } = base;
    // Whether it knows the peer it settles as it begins.
    const isPeerKnown = peerIn(notes()) !== undefined;
    const beganMs = engine.nowMs;
    const world = {
      clock: clockOf(process),
      local: new ModelNode(process, index),
      eyes: isPeerKnown ? eyesOf(process) : undefined,
      commandRunning: () => process.now(commandRunning),
    };
    const checked = await check(world, { ...recallIn(this.#around), before: this.#last });
    this.looks.push({ beganMs, endedMs: engine.nowMs });
    await settle(this.#settlingOf(process, isPeerKnown), checked);
    return checked.verdict.fit;
  }

  #settlingOf(process: Process, isPeerKnown: boolean): SettleWorld {
    const { index, memoryOf } = this.#around;
    return {
      clock: clockOf(process),
      port: PORT,
      pair: () => (isPeerKnown ? { local: HOSTS[index], peer: HOSTS[other(index)] } : undefined),
      lastCheck: {
        load: () => this.#last,
        save: (last) => {
          this.#last = last;
          return undefined;
        },
      },
      warnings: () => Promise.resolve(SETTINGS.warnings),
      log: () => Promise.resolve(logOf(process)),
      journal: () => Promise.resolve(NO_JOURNAL),
      explainLink: () => Promise.resolve(undefined),
      memory: () => Promise.resolve(memoryOf(process)),
      tellDrained: () => Promise.resolve(),
      startRepair: (intent) => process.now(() => this.#startRepair(intent)),
    };
  }
}
