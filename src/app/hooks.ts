/**
 * Tells people by a program of theirs (`on_event`), a while after something has been written down. Never in the way of a role
 * change: while one is at work no program is started, and nothing ever waits for one but the command of a person at its very end.
 */
import type { ForPeople, Hearing } from '../core/history/people.ts';
import { HOOK_EVENTS, hearEntry } from '../core/history/people.ts';
import type { JournalRecord } from '../core/history/record.ts';
import type { Clock, Journal, Log } from './ports.ts';

/** So many programs run at once, and so many events wait for their turn; what comes beyond that is dropped. */
const AT_ONCE = 2;
const WAITING_MAX = 20;

/** A change of a role that takes longer than this holds up no word about what came before. */
const WORK_MS = 60_000;
const LOOK_EVERY_MS = 250;

export interface HooksWorld {
  readonly clock: Pick<Clock, 'nowMs' | 'wallIso'>;
  /** Calls `listener` once, after `ms`, unless what it returns is called before. */
  readonly after: (ms: number, listener: () => void) => () => void;
  /** What an earlier process has found, so that nobody is told of it again. */
  readonly before: Hearing;
  /** Resolves when the program has ended, or was ended, with why that was no success. Never rejects. */
  readonly run: (event: ForPeople) => Promise<string | undefined>;
  readonly log: Log;
}

interface Waiting {
  readonly told: ForPeople;
  readonly dueMs: number;
  readonly queuedMs: number;
}

class Hooks implements PeoplesHooks {
  readonly #world: HooksWorld;
  #heard: Hearing;
  #waiting: readonly Waiting[] = [];
  readonly #running = new Set<Promise<void>>();
  #isDropping = false;
  #stopTimer = (): void => undefined;
  #isOver = false;

  constructor(world: HooksWorld) {
    this.#world = world;
    this.#heard = world.before;
  }

  hearing(journal: Journal): Journal {
    return {
      append: (entry) => {
        this.#hear({ pid: 0, ...entry, at: this.#world.clock.wallIso() });
        return journal.append(entry);
      },
    };
  }

  stop(): void {
    this.#isOver = true;
    this.#stopTimer();
  }

  async finish(signal: AbortSignal): Promise<void> {
    this.stop();
    const given = Promise.withResolvers<void>();
    const giveUp = (): void => {
      given.resolve();
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    while (this.#waiting.length > 0 && !signal.aborted) {
      this.#startUpTo(Number.POSITIVE_INFINITY);
      await Promise.race([given.promise, ...this.#running]);
    }
    await Promise.race([given.promise, Promise.all(this.#running)]);
    signal.removeEventListener('abort', giveUp);
  }

  #hear(record: JournalRecord): void {
    const { next, events } = hearEntry(this.#heard, record);
    this.#heard = next;
    for (const told of events) this.#enqueue(told);
    if (!this.#isOver) this.#pump();
  }

  /** What is undone before it is told is not told, and nor is what has undone it. */
  #enqueue(told: ForPeople): void {
    const undone = this.#waiting.findLast(({ told: { event } }) => undoneBy(event) === told.event);
    if (undone !== undefined) {
      this.#waiting = this.#waiting.filter((one) => one !== undone);
      return;
    }
    if (this.#waiting.length >= WAITING_MAX) {
      if (!this.#isDropping) this.#world.log.warn('hook-dropped', { of: told.event, waiting: WAITING_MAX });
      this.#isDropping = true;
      return;
    }
    this.#isDropping = false;
    const queuedMs = this.#world.clock.nowMs();
    this.#waiting = [...this.#waiting, { told, queuedMs, dueMs: queuedMs + HOOK_EVENTS[told.event].holdMs }];
  }

  #pump(): void {
    this.#stopTimer();
    const nowMs = this.#world.clock.nowMs();
    this.#startUpTo(nowMs);
    if (this.#waiting.length > 0 && !this.#isOver) {
      this.#stopTimer = this.#world.after(LOOK_EVERY_MS, () => {
        this.#pump();
      });
    }
  }

  /** In their order, as far as they are due. */
  #startUpTo(nowMs: number): void {
    const isAtWork = this.#heard.atWork.size > 0;
    for (const one of this.#waiting) {
      if (this.#running.size >= AT_ONCE) return;
      if (one.dueMs > nowMs || (isAtWork && nowMs - one.queuedMs < WORK_MS)) continue;
      this.#waiting = this.#waiting.filter((other) => other !== one);
      this.#start(one.told);
    }
  }

  #start(told: ForPeople): void {
    const work = this.#run(told).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #run(told: ForPeople): Promise<void> {
    const why = await this.#world.run(told);
    if (why !== undefined) this.#world.log.warn('hook-failed', { of: told.event, why });
  }
}

const undoneBy = (event: ForPeople['event']): string | undefined => {
  const declared = HOOK_EVENTS[event];
  return 'undoneBy' in declared ? declared.undoneBy : undefined;
};

export interface PeoplesHooks {
  /** The same journal; what is written there is heard. */
  hearing(journal: Journal): Journal;
  /** Nobody is told from now on; what runs goes on. */
  stop(): void;
  /** Resolves when everybody has been told, and not later than with the signal. */
  finish(signal: AbortSignal): Promise<void>;
}

export const openHooks = (world: HooksWorld): PeoplesHooks => new Hooks(world);
