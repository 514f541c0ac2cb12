/**
 * A check that is held: it stays connected, looks at both nodes again and again, and answers the moment the verdict
 * changes, or just before keepalived would start the next one.
 *
 * Without it nobody looks between two checks, and every look costs the start of a process. The first look after a start or
 * a change is not held, so that keepalived hears of a change at once and of a recovery without delay.
 */
import type { NodeView, PairView, Side } from '../core/model.ts';
import { isAnswering } from '../core/model.ts';
import type { ProcessState, WatchPolicy, WatchState } from '../core/watch.ts';
import { reduceWatch, watchFrom } from '../core/watch.ts';
import type { Checked, CheckInput, CheckWorld, Seen } from './check.ts';
import { assess } from './check.ts';
import type { Eyes } from './observe.ts';
import { settlePair } from './observe.ts';
import type { RedisNode } from './ports.ts';

export interface WatchWorld extends CheckWorld {
  /** What keepalived last said and what is remembered, as of now. */
  readonly recall: () => Omit<CheckInput, 'before'>;
  /** The state of the local server's process, by its pid. */
  readonly serverState: (pid: number) => ProcessState;
  /** Records a change of condition under which the verdict stays the same. */
  readonly settle: (checked: Checked) => Promise<void>;
}

export interface WatchInput {
  readonly policy: WatchPolicy;
  /** When the answer is due, on the clock of the world. */
  readonly untilMs: number;
  readonly before: CheckInput['before'];
  /** False for the first check after keepalived started: it answers at once. */
  readonly mayHold: boolean;
}

/** The peer is looked at this many times less often than local: nothing of it makes this node unfit at once. */
const PEER_EVERY_TICKS = 4;

/** Looks at one node whenever it has answered; `view` is the last answer. */
class Watched {
  readonly #node: RedisNode;
  readonly #policy: WatchPolicy;
  #pending = false;
  #state: WatchState;
  view: NodeView | undefined;

  constructor(node: RedisNode, policy: WatchPolicy, atMs: number) {
    this.#node = node;
    this.#policy = policy;
    this.#state = watchFrom(atMs);
  }

  /** Asks again, unless an answer is still owed. */
  ask(atMs: number): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#state = reduceWatch(this.#state, { kind: 'asked', atMs }, this.#policy);
    void this.#await();
  }

  async #await(): Promise<void> {
    this.view = await this.#node.look();
    this.#pending = false;
  }

  /** True while the last question is not taken for unanswerable. */
  tick(atMs: number, server: ProcessState): boolean {
    const event = this.#pending ? ({ kind: 'tick', atMs, server } as const) : ({ kind: 'answered', atMs } as const);
    this.#state = reduceWatch(this.#state, event, this.#policy);
    return this.#state.verdict === 'alive';
  }
}

const pidOf = (view: NodeView | undefined): number | undefined =>
  view !== undefined && isAnswering(view) ? view.processId : undefined;

const SILENT: NodeView = { kind: 'frozen', why: 'silent for longer than a healthy server is' };

const seenBy = async (eyes: Eyes | undefined, local: NodeView, peer: NodeView | undefined): Promise<Seen> => {
  if (eyes === undefined || peer === undefined) return { local, peer };
  const pair: Pick<PairView, Side> = await settlePair(eyes, local, peer);
  return { local: pair.local, peer: pair.peer };
};

class Watch {
  readonly #world: WatchWorld;
  readonly #input: WatchInput;
  readonly #local: Watched;
  readonly #peer: Watched | undefined;
  #known: CheckInput['before'];
  #pid: number | undefined;

  constructor(world: WatchWorld, input: WatchInput) {
    const nowMs = world.clock.nowMs();
    this.#world = world;
    this.#input = input;
    this.#known = input.before;
    this.#local = new Watched(world.local, input.policy, nowMs);
    this.#peer = world.eyes === undefined ? undefined : new Watched(world.eyes.peer, input.policy, nowMs);
  }

  async run(): Promise<Checked> {
    const { clock } = this.#world;
    for (let count = 0; ; count += 1) {
      const nowMs = clock.nowMs();
      const checked = await this.#look(nowMs);
      if (checked !== undefined && (await this.#ends(checked, nowMs))) return checked;
      this.#local.ask(nowMs);
      if (count % PEER_EVERY_TICKS === 0) this.#peer?.ask(nowMs);
      await clock.delay(this.#input.policy.tickMs);
    }
  }

  /** The verdict of this moment; `undefined` before both nodes have been heard or given up once. */
  async #look(nowMs: number): Promise<Checked | undefined> {
    this.#pid = pidOf(this.#local.view) ?? this.#pid;
    const server = this.#pid === undefined ? 'unknown' : this.#world.serverState(this.#pid);
    const localAlive = this.#local.tick(nowMs, server);
    const peerAlive = this.#peer?.tick(nowMs, 'unknown') ?? true;
    const local = localAlive ? this.#local.view : SILENT;
    const peer = peerAlive ? this.#peer?.view : SILENT;
    if (local === undefined || (this.#peer !== undefined && peer === undefined)) return undefined;
    const seen = await seenBy(this.#world.eyes, local, peer);
    const recalled = this.#world.recall();
    return assess(seen, await this.#world.commandRunning(), { ...recalled, before: this.#known }, nowMs);
  }

  async #ends(checked: Checked, nowMs: number): Promise<boolean> {
    const { fit } = checked.verdict;
    const isFirst = this.#known?.fit !== fit;
    const isNew = isFirst || this.#known?.condition !== checked.condition || checked.verdict.heal !== undefined;
    this.#known = { fit, condition: checked.condition, sinceMs: checked.sinceMs };
    if (isFirst || !this.#input.mayHold || nowMs >= this.#input.untilMs) return true;
    if (isNew) await this.#world.settle(checked);
    return false;
  }
}

/** Resolves with the verdict the moment it changes, or at `untilMs`; within a few ticks of either. */
export const watch = (world: WatchWorld, input: WatchInput): Promise<Checked> => new Watch(world, input).run();
