/**
 * A check that is held: it stays connected, watches both nodes, and answers the moment the verdict changes, or just before
 * keepalived would start the next one.
 *
 * Without it nobody looks between two checks, and every look costs the start of a process. Where it can tell keepalived
 * without ending, it goes on looking after a change. Where its end is the answer, the first look after a start or a change is
 * not held, so that keepalived hears of a change at once and of a recovery without delay.
 */
import { isSameCondition } from '../core/check/condition.ts';
import type { NodeView } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { ProcessState, WatchPolicy } from '../core/watch.ts';
import type { Checked, CheckInput, CheckWorld, Seen } from './check.ts';
import { assess } from './check.ts';
import type { Eyes } from './observe.ts';
import { settlePair } from './observe.ts';
import type { WatchedNode } from './ports.ts';
import type { Pace } from './watched.ts';
import { Watched } from './watched.ts';

export interface WatchWorld extends CheckWorld {
  readonly local: WatchedNode;
  readonly peer: WatchedNode | undefined;
  /** Calls `listener` so often until it is stopped. */
  readonly every: (ms: number, listener: () => void) => () => void;
  /** Another number each time that keepalived has said something. */
  readonly saidAt: () => number;
  /** What keepalived last said and what is remembered, as of now. */
  readonly recall: () => Omit<CheckInput, 'before'>;
  /** The state of the local server's process, by its pid. */
  readonly serverState: (pid: number) => ProcessState;
  /** Whether there is a reason to end before the time. */
  readonly isOver: () => boolean;
  /** Records what is new. */
  readonly settle: (checked: Checked) => Promise<void>;
  /** keepalived knows the verdict afterwards; `undefined` where it hears of one only by the end of the check. */
  readonly tell: ((fit: boolean) => void) | undefined;
}

export interface WatchInput {
  readonly policy: WatchPolicy;
  /** When the answer is due, on the clock of the world. */
  readonly untilMs: number;
  readonly before: CheckInput['before'];
  /** The process of the local server, as the check before this one knew it: one that is stopped now does not tell. */
  readonly pid: number | undefined;
  /** False for the first check after keepalived started: it answers at once. */
  readonly mayHold: boolean;
}

/** A node without the address is watched this many times less closely: its verdict stops nobody's writes. */
const CALM_TICKS = 4;

/** While a role moves, or a stopped server may be dead, writes wait: for some fractions of a second every moment counts. */
const QUICK_MS = 25;

/** What has changed lately may have to be judged anew as it grows older: all graces are shorter than this. */
const YOUNG_MS = 30_000;
const ATTENTIVE: Pace = { pulseMs: 1000, lookMs: 1000 };
export const SETTLED: Pace = { pulseMs: 2500, lookMs: 5000 };

/** keepalived, and whoever reads its log, gets to see that a node was unfit, however soon it is well again. */
const UNFIT_MIN_MS = 1000;

/** Local is judged as it was so long ago at most. */
const FRESH_MS = 50;

/** A change of local is judged beside a peer that was looked at since, but waits so long for it at most. */
const PEER_WAIT_MS = 200;

const SILENT: NodeView = { kind: 'frozen', why: 'silent for longer than a healthy server is' };

const seenBy = async (eyes: Eyes | undefined, local: NodeView, peer: NodeView | undefined): Promise<Seen> =>
  eyes === undefined || peer === undefined ? { local, peer } : settlePair(eyes, local, peer);

class Watch {
  readonly #world: WatchWorld;
  readonly #input: WatchInput;
  readonly #local: Watched;
  readonly #peer: Watched | undefined;
  #known: CheckInput['before'];
  /** What was found has been recorded once: by that the check before this one knows that this one looks. */
  #isRecorded = false;
  #pid: number | undefined;
  #underAddress = true;
  #saidAt: number | undefined;
  /** Since when keepalived has known that this node is not fit; `undefined` where it does not know of any such thing. */
  #unfitMs: number | undefined;
  /** When this node, which is well again, may be told fit. */
  #fitDueMs = Number.POSITIVE_INFINITY;
  /** Who was alive when it was last judged, and what came of it. */
  #judged: { readonly alive: string; readonly as: Checked | undefined } = { alive: '', as: undefined };
  /** Something was seen that has not been judged. */
  #news = false;
  /** What ends the watch, for nobody looks any more. */
  #error: Error | undefined;
  #tickMs = 0;
  /** Before that there is nothing to ask and nothing to judge, as long as nothing is seen. */
  #dueMs = 0;
  /** Something was seen since the last time that anybody looked. */
  #isStirred = false;
  #wake = (): void => undefined;

  constructor(world: WatchWorld, input: WatchInput) {
    this.#world = world;
    this.#input = input;
    this.#known = input.before;
    this.#pid = input.pid;
    const watching = {
      clock: world.clock,
      policy: input.policy,
      onLook: () => {
        this.#news = true;
        this.#stir();
      },
      onError: (error: unknown) => {
        this.#error ??= error instanceof Error ? error : new Error(String(error));
        this.#stir();
      },
    };
    this.#local = new Watched(world.local, watching);
    this.#peer = world.peer === undefined ? undefined : new Watched(world.peer, watching);
  }

  async run(): Promise<Checked> {
    const { clock } = this.#world;
    for (let isTime = true; this.#error === undefined; ) {
      const nowMs = clock.nowMs();
      this.#isStirred = false;
      this.#hearNews(nowMs);
      const checked = await this.#look(nowMs);
      if (checked !== undefined && (await this.#ends(checked))) return checked;
      // Not told once more: where this check is late, another one has looked since.
      if ((nowMs >= this.#input.untilMs || this.#world.isOver()) && this.#judged.as !== undefined)
        return this.#judged.as;
      if (isTime) this.#tick(nowMs);
      isTime = await this.#rest();
    }
    throw this.#error;
  }

  /** What was not seen, and has to be judged all the same. */
  #hearNews(nowMs: number): void {
    const saidAt = this.#world.saidAt();
    if (saidAt === this.#saidAt && nowMs < this.#fitDueMs) return;
    this.#saidAt = saidAt;
    this.#fitDueMs = Number.POSITIVE_INFINITY;
    this.#news = true;
  }

  #stir(): void {
    this.#isStirred = true;
    this.#wake();
  }

  /** Asks who is to be asked, and settles when it does so again. */
  #tick(nowMs: number): void {
    const { tickMs } = this.#input.policy;
    const server = this.#serverState();
    const isAway = this.#isRoleAway();
    const isQuick = (server === 'stopped' && this.#local.verdict === 'alive') || isAway;
    const isOwed = this.#isOwed();
    // A stopped server is asked to find out whether it is dead, one that /proc does not show to find out that it stopped.
    const isTime = isQuick || server === 'unknown';
    const pace = this.#pace(nowMs);
    this.#local.tick(nowMs, { isTime, mustListen: this.#underAddress, pace });
    this.#peer?.tick(nowMs, { isTime: isAway, mustListen: false, pace: { ...pace, pulseMs: pace.lookMs } });
    this.#tickMs = isQuick ? QUICK_MS : this.#underAddress || isOwed ? tickMs : CALM_TICKS * tickMs;
    this.#dueMs = Math.min(this.#local.dueMs, this.#peer?.dueMs ?? this.#local.dueMs);
  }

  /** Until the next tick that has something to do, or until something is seen. @returns whether it was a tick. */
  #rest(): Promise<boolean> {
    const { clock, every } = this.#world;
    const restMs = this.#nextEndMs - clock.nowMs();
    const tickMs = this.#isRoleAway() ? QUICK_MS : this.#tickMs;
    const napMs = restMs > 0 ? Math.min(restMs, tickMs) : tickMs;
    if (this.#isStirred) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = (isTime: boolean): void => {
        stop();
        resolve(isTime);
      };
      // Most ticks see that nothing is to be done, and must cost no more than that.
      const stop = every(napMs, () => {
        if (!this.#isQuiet()) wake(true);
      });
      this.#wake = () => {
        wake(false);
      };
    });
  }

  /** The next moment at which something is due that nobody would stir up. */
  get #nextEndMs(): number {
    return Math.min(this.#input.untilMs, this.#fitDueMs);
  }

  #isQuiet(): boolean {
    const nowMs = this.#world.clock.nowMs();
    if (nowMs >= this.#dueMs || nowMs + this.#tickMs > this.#nextEndMs) return false;
    if (this.#world.saidAt() !== this.#saidAt) return false;
    if (this.#isOwed() || this.#isRoleAway()) return false;
    const server = this.#serverState();
    return server === 'asleep' || server === 'busy';
  }

  #isOwed(): boolean {
    return this.#local.isOwed || this.#peer?.isOwed === true;
  }

  /** A pair that is not whole is watched closely for as long as it is not: what comes back may have to be put right. */
  #pace(nowMs: number): Pace {
    const isOld = this.#known !== undefined && nowMs - this.#known.sinceMs >= YOUNG_MS;
    const isWhole = [this.#local, this.#peer].every((watched) => watched === undefined || watched.isThere);
    return isOld && isWhole ? SETTLED : ATTENTIVE;
  }

  /** The address is here and the role is not: it is somewhere else, or will be in a moment. */
  #isRoleAway(): boolean {
    const { view } = this.#local;
    return this.#underAddress && view !== undefined && isAnswering(view) && !isMaster(view);
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
    if (!this.#news && alive === this.#judged.alive) return undefined;
    if (isAnswering(local) && (this.#localIsOld(nowMs) || (peerAlive && this.#peerIsBehind(nowMs)))) return undefined;
    this.#news = false;
    const seen = await seenBy(this.#world.eyes, local, peer);
    const recalled = this.#world.recall();
    this.#underAddress = recalled.vrrpState === 'MASTER';
    const checked = assess(seen, await this.#world.commandRunning(), { ...recalled, before: this.#known }, nowMs);
    this.#judged = { alive, as: checked };
    return checked;
  }

  /** What keepalived says and what a command does is known as of now: local's role of a second ago does not go with it. */
  #localIsOld(nowMs: number): boolean {
    const isOld = nowMs - this.#local.seenMs > FRESH_MS;
    if (isOld) this.#local.hurry();
    return isOld;
  }

  /** Local has changed and the peer has not been looked at since: a role that moves is two changes, and one move. */
  #peerIsBehind(nowMs: number): boolean {
    const { changedMs } = this.#local;
    const behind = this.#peer !== undefined && this.#peer.viewMs < changedMs;
    if (!behind || nowMs - changedMs >= PEER_WAIT_MS) return false;
    this.#peer?.hurry();
    return true;
  }

  async #ends(checked: Checked): Promise<boolean> {
    const { fit } = checked.verdict;
    const isFirst = this.#known?.fit !== fit;
    const isOther = !isSameCondition(this.#known?.condition, checked.condition);
    const isNew = isFirst || isOther || checked.verdict.heal !== undefined;
    this.#known = { fit, condition: checked.condition, sinceMs: checked.sinceMs };
    const { tell } = this.#world;
    if (tell !== undefined) this.#tell(tell, fit);
    else if (isFirst || !this.#input.mayHold) return true;
    // A pair may become whole without another name.
    const isNews = isNew || checked.unremembered !== undefined;
    if (isNews || !this.#isRecorded) await this.#world.settle(checked);
    this.#isRecorded = true;
    return false;
  }

  #tell(tell: (fit: boolean) => void, fit: boolean): void {
    const nowMs = this.#world.clock.nowMs();
    const dueMs = (this.#unfitMs ?? Number.NEGATIVE_INFINITY) + UNFIT_MIN_MS;
    this.#fitDueMs = fit && nowMs < dueMs ? dueMs : Number.POSITIVE_INFINITY;
    if (fit && nowMs < dueMs) return;
    tell(fit);
    this.#unfitMs = fit ? undefined : (this.#unfitMs ?? nowMs);
  }
}

/**
 * Resolves with the verdict at `untilMs`, or the moment it changes where that cannot be told otherwise; within a few ticks of
 * either.
 */
export const watch = (world: WatchWorld, input: WatchInput): Promise<Checked> => new Watch(world, input).run();
