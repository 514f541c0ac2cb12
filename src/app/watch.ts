/**
 * A check that is held: it stays connected, watches both nodes, and answers the moment the verdict changes, or just before
 * keepalived would start the next one.
 *
 * Without it nobody looks between two checks, and every look costs the start of a process. The first look after a start or
 * a change is not held, so that keepalived hears of a change at once and of a recovery without delay.
 */
import type { NodeView, PairView, Side } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { ProcessState, WatchPolicy } from '../core/watch.ts';
import type { Checked, CheckInput, CheckWorld, Seen } from './check.ts';
import { assess } from './check.ts';
import type { Eyes } from './observe.ts';
import { settlePair } from './observe.ts';
import type { WatchedNode } from './ports.ts';
import { LOOK_EVERY_MS, Watched } from './watched.ts';

export interface WatchWorld extends CheckWorld {
  readonly local: WatchedNode;
  readonly peer: WatchedNode | undefined;
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

/** A node without the address is asked this many times less often: its verdict stops nobody's writes. */
const CALM_TICKS = 4;

/** A change of local is judged beside a peer that was looked at since, but waits this many ticks for it at most. */
const PEER_TICKS = 4;

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
  #underAddress = true;
  /** Who was alive when it was last judged, and when that was. */
  #judged = { alive: '', atMs: Number.NEGATIVE_INFINITY };
  /** Something was seen that has not been judged. */
  #news = false;
  #wake = (): void => undefined;

  constructor(world: WatchWorld, input: WatchInput) {
    this.#world = world;
    this.#input = input;
    this.#known = input.before;
    const watching = {
      clock: world.clock,
      policy: input.policy,
      onLook: () => {
        this.#news = true;
        this.#wake();
      },
    };
    this.#local = new Watched(world.local, watching);
    this.#peer = world.peer === undefined ? undefined : new Watched(world.peer, watching);
  }

  async run(): Promise<Checked> {
    const { clock } = this.#world;
    const { tickMs } = this.#input.policy;
    for (let askAtMs = clock.nowMs(); ; ) {
      const nowMs = clock.nowMs();
      const checked = await this.#look(nowMs);
      if (checked !== undefined && (await this.#ends(checked, nowMs))) return checked;
      if (nowMs >= askAtMs) {
        askAtMs = nowMs + (this.#underAddress ? tickMs : CALM_TICKS * tickMs);
        this.#local.tick(nowMs, true);
        this.#peer?.tick(nowMs, this.#isRoleAway());
      }
      const restMs = this.#input.untilMs - nowMs;
      const napMs = this.#isOwed() ? tickMs : askAtMs - nowMs;
      await this.#nap(restMs > 0 ? Math.min(napMs, restMs) : napMs);
    }
  }

  /** The address is here and the role is not: it is somewhere else, or will be in a moment. */
  #isRoleAway(): boolean {
    const { view } = this.#local;
    return this.#underAddress && view !== undefined && isAnswering(view) && !isMaster(view);
  }

  #isOwed(): boolean {
    return this.#local.isOwed || this.#peer?.isOwed === true;
  }

  /** So long, or less where something is seen. */
  #nap(ms: number): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return Promise.race([seen, this.#world.clock.delay(ms)]);
  }

  #serverState(): ProcessState {
    const { view } = this.#local;
    if (view !== undefined && isAnswering(view)) this.#pid = view.processId;
    return this.#pid === undefined ? 'unknown' : this.#world.serverState(this.#pid);
  }

  /**
   * The verdict of this moment; `undefined` where there is nothing new to judge, and before both nodes have been heard or
   * given up once.
   */
  async #look(nowMs: number): Promise<Checked | undefined> {
    const localAlive = this.#local.isAlive(nowMs, () => this.#serverState());
    const peerAlive = this.#peer?.isAlive(nowMs, () => 'unknown') ?? true;
    const local = localAlive ? this.#local.view : SILENT;
    const peer = peerAlive ? this.#peer?.view : SILENT;
    if (local === undefined || (this.#peer !== undefined && peer === undefined)) return undefined;
    const alive = `${String(localAlive)} ${String(peerAlive)}`;
    const isDue = nowMs >= this.#input.untilMs || nowMs - this.#judged.atMs >= LOOK_EVERY_MS;
    if (!this.#news && !isDue && alive === this.#judged.alive) return undefined;
    if (isAnswering(local) && peerAlive && this.#peerIsBehind(nowMs)) return undefined;
    this.#news = false;
    this.#judged = { alive, atMs: nowMs };
    const seen = await seenBy(this.#world.eyes, local, peer);
    const recalled = this.#world.recall();
    this.#underAddress = recalled.vrrpState === 'MASTER';
    return assess(seen, await this.#world.commandRunning(), { ...recalled, before: this.#known }, nowMs);
  }

  /** Local has changed and the peer has not been looked at since: a role that moves is two changes, and one move. */
  #peerIsBehind(nowMs: number): boolean {
    const { changedMs } = this.#local;
    const behind = this.#peer !== undefined && this.#peer.viewMs < changedMs;
    if (!behind || nowMs - changedMs >= PEER_TICKS * this.#input.policy.tickMs) return false;
    this.#peer?.hurry();
    return true;
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
