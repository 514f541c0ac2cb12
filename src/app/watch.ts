/**
 * Carries out what `core/watch/step.ts` decides for one port: asks both servers, judges, tells keepalived, has it written
 * down. Decides nothing itself.
 */
import { isSameCondition } from '../core/check/condition.ts';
import type { NodeView, Side, Silent } from '../core/model.ts';
import { isAnswering } from '../core/model.ts';
import { foundSilent } from '../core/watch/server.ts';
import type { ProcessState } from '../core/watch/silence.ts';
import type { WatchAction, WatchEvent, WatchPolicy, WatchState } from '../core/watch/step.ts';
import { peerSilentMs, step, watchFrom } from '../core/watch/step.ts';
import type { Checked, CheckInput, CheckWorld, Seen } from './check.ts';
import { assess } from './check.ts';
import type { Eyes } from './observe.ts';
import { settlePair } from './observe.ts';
import type { WatchedNode } from './ports.ts';

export interface WatchWorld extends CheckWorld {
  readonly local: WatchedNode;
  readonly peer: WatchedNode | undefined;
  /** Calls `listener` once, after `ms`, unless what it returns is called before. */
  readonly after: (ms: number, listener: () => void) => () => void;
  /** keepalived's events come here, also that another node has the address as well. */
  readonly hearsEvents: boolean;
  /** Another number each time that keepalived, or a command of this host, has said something, or the address has moved. */
  readonly saidAt: () => number;
  /** What keepalived last said and what is remembered, as of now. */
  readonly recall: () => Omit<CheckInput, 'before'>;
  /** The state of the local server's process, by its pid. */
  readonly serverState: (pid: number) => ProcessState;
  /** Hears of every whole look, before anything is made of it. */
  readonly seen?: (side: Side, view: NodeView, startedMs: number) => void;
  /** Hears at each judgement of a server that owes an answer for too long: no look may tell of it for long. */
  readonly unheard?: (side: Side, view: NodeView, nowMs: number) => void;
  /** Records what is new, and has repaired what is to be repaired. */
  readonly settle: (checked: Checked) => Promise<void>;
  /** keepalived knows the verdict afterwards. */
  readonly tell: (fit: boolean) => void;
  /** keepalived knows afterwards whether this node has a claim to the address, see core/watch/claim.ts. */
  readonly claim: (isRaised: boolean) => void;
  /** Called about every second for as long as somebody looks, with what keepalived is told. */
  readonly looked: (fit: boolean) => void;
}

export interface WatchInput {
  readonly policy: WatchPolicy;
  /** What was found before this watch began. */
  readonly before: CheckInput['before'];
  /** The process of the local server, as it was known before: one that is stopped now does not tell. */
  readonly pid: number | undefined;
}

const LOOKED_EVERY_MS = 1000;

/** What ends in an event. */
type Finding = Exclude<WatchAction, { kind: 'tell' | 'claim' | 'settle' }>;

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('something that is not an error was thrown', { cause: error });

const seenBy = async (eyes: Eyes | undefined, local: NodeView, peer: NodeView | undefined): Promise<Seen> =>
  eyes === undefined || peer === undefined ? { local, peer } : settlePair(eyes, local, peer);

class Watch {
  readonly #world: WatchWorld;
  readonly #end: (error?: unknown) => void;
  readonly ended: Promise<void>;
  #state: WatchState;
  #before: CheckInput['before'];
  #judged: Checked | undefined;
  #settled: Promise<void> = Promise.resolve();
  #pid: number | undefined;
  #saidAt = Number.NaN;
  #notedMs = Number.NEGATIVE_INFINITY;
  #notedFit: boolean | undefined;
  #isOver = false;
  #stopTimer = (): void => undefined;
  /** What the timer is set to; NaN where none is. */
  #timerMs = Number.NaN;

  constructor(world: WatchWorld, { policy, before, pid }: WatchInput) {
    this.#world = world;
    this.#before = before;
    this.#pid = pid;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.ended = promise;
    this.#end = (error) => {
      this.#isOver = true;
      this.#stopTimer();
      world.local.close();
      world.peer?.close();
      if (error === undefined) resolve(undefined);
      else reject(asError(error));
    };
    const state = watchFrom(policy, world.peer !== undefined, world.clock.nowMs());
    this.#state = state;
    for (const side of ['local', 'peer'] as const) {
      world[side]?.onClosed(() => {
        this.#post({ kind: 'ended', side });
      });
    }
    this.#post({ kind: 'woken' });
  }

  stop(): void {
    this.#end();
  }

  get report(): WatchReport | undefined {
    const { local, peer } = this.#state;
    if (this.#judged === undefined) return undefined;
    const { verdict, sinceMs } = this.#judged;
    const nowMs = this.#world.clock.nowMs();
    return {
      fit: verdict.fit,
      rule: verdict.rule,
      why: verdict.why,
      forMs: nowMs - sinceMs,
      localAgeMs: nowMs - local.seenMs,
      peerAgeMs: peer === undefined ? undefined : nowMs - peer.seenMs,
      peerSilent: peer === undefined ? undefined : foundSilent(peer, nowMs),
    };
  }

  get peerSilentMs(): number {
    return peerSilentMs(this.#state, this.#world.clock.nowMs());
  }

  hurry(): void {
    this.#post({ kind: 'rival' });
  }

  #post(event: WatchEvent): void {
    if (this.#isOver) return;
    const { clock, after } = this.#world;
    const nowMs = clock.nowMs();
    const { state, actions, wakeAtMs } = step(this.#state, event, { nowMs, server: this.#serverState() });
    this.#state = state;
    // One that is late already is left alone: events that come thick and fast must not put it off for ever.
    if (wakeAtMs !== this.#timerMs) {
      this.#stopTimer();
      this.#timerMs = wakeAtMs;
      this.#stopTimer = after(Math.max(1, wakeAtMs - nowMs), () => {
        this.#timerMs = Number.NaN;
        this.#wake();
      });
    }
    for (const action of actions) this.#carryOut(action);
  }

  /** Files tell of what was said by nothing but their time. */
  #wake(): void {
    const saidAt = this.#world.saidAt();
    if (saidAt !== this.#saidAt) this.#post({ kind: 'said' });
    this.#saidAt = saidAt;
    this.#post({ kind: 'woken' });
    this.#noteLook();
  }

  /** At every change, and about every second: who reads it goes by what is at most a second old. */
  #note(fit: boolean): void {
    this.#notedMs = this.#world.clock.nowMs();
    this.#notedFit = fit;
    this.#world.looked(fit);
  }

  #noteLook(): void {
    const { fit, unfitMs } = this.#state;
    const nowMs = this.#world.clock.nowMs();
    if (fit !== undefined && nowMs - this.#notedMs >= LOOKED_EVERY_MS) this.#note(unfitMs === undefined);
  }

  #serverState(): ProcessState {
    const { view } = this.#state.local;
    if (view !== undefined && isAnswering(view)) this.#pid = view.processId;
    return this.#pid === undefined ? 'unknown' : this.#world.serverState(this.#pid);
  }

  #carryOut(action: WatchAction): void {
    switch (action.kind) {
      case 'tell':
        this.#world.tell(action.fit);
        if (action.fit !== this.#notedFit) this.#note(action.fit);
        break;
      case 'claim':
        this.#world.claim(action.isRaised);
        break;
      case 'settle':
        this.#settleInTurn();
        break;
      default:
        void this.#askFor(action);
    }
  }

  async #askFor(action: Finding): Promise<void> {
    try {
      this.#post(await this.#find(action));
    } catch (error) {
      this.#end(error);
    }
  }

  /** One after the other: what is due for a repair is known by what was settled before. */
  #settleInTurn(): void {
    const checked = this.#judged;
    if (checked === undefined) return;
    this.#settled = this.#settled.then(() => this.#world.settle(checked));
    this.#settled.catch(this.#end);
  }

  async #find(action: Finding): Promise<WatchEvent> {
    if (action.kind === 'judge') return { kind: 'judged', ...(await this.#judge(action)) };
    const { side } = action;
    const node = this.#world[side];
    if (node === undefined) throw new Error(`nobody is watched as ${side}`);
    switch (action.kind) {
      case 'pulse':
        return { kind: 'pulsed', side, pulse: await node.pulse() };
      case 'look':
        return { kind: 'looked', side, view: await this.#lookAt(side, node) };
      case 'listen':
        return { kind: 'heard', side, isTold: await node.untilDemoted() };
    }
  }

  async #lookAt(side: Side, node: WatchedNode): Promise<NodeView> {
    const startedMs = this.#world.clock.nowMs();
    const view = await node.look();
    this.#world.seen?.(side, view, startedMs);
    return view;
  }

  async #judge({ local, peer, hasRival }: Extract<WatchAction, { kind: 'judge' }>) {
    const { eyes, clock, commandRunning, recall, hearsEvents, unheard } = this.#world;
    // What a look has found, that look has told: it is of an earlier moment, and a server that was gone then may be back.
    if (local !== this.#state.local.view) unheard?.('local', local, clock.nowMs());
    if (peer !== undefined && peer !== this.#state.peer?.view) unheard?.('peer', peer, clock.nowMs());
    const seen = await seenBy(eyes, local, peer);
    const recalled = recall();
    const heard = hearsEvents ? { hasHeardRival: hasRival } : {};
    const before = this.#before;
    const checked = assess(seen, await commandRunning(), { ...recalled, ...heard, before }, clock.nowMs());
    const { verdict, condition, sinceMs, unremembered, toTell } = checked;
    const isNews =
      !isSameCondition(before?.condition, condition) ||
      before?.address?.isHere !== recalled.address?.isHere ||
      verdict.heal !== undefined ||
      unremembered !== undefined ||
      toTell !== undefined;
    this.#judged = checked;
    this.#before = { fit: verdict.fit, condition, sinceMs, address: recalled.address };
    return { fit: verdict.fit, sinceMs, isNews, underAddress: recalled.vrrpState === 'MASTER' };
  }
}

/** What the resident knows of a port now. */
export interface WatchReport {
  readonly fit: boolean;
  readonly rule: number;
  readonly why: string;
  /** For how long it has been so. */
  readonly forMs: number;
  /** How old the last look at each server is. */
  readonly localAgeMs: number;
  readonly peerAgeMs: number | undefined;
  /** What the peer is taken for as long as it does not answer, and how old that is; absent where it does. */
  readonly peerSilent?: { readonly view: Silent; readonly ageMs: number } | undefined;
}

export interface RunningWatch {
  /** Ends it; `ended` resolves. */
  readonly stop: () => void;
  /** Both servers are looked at once more, at once; many in a row are one. */
  readonly hurry: () => void;
  /** How long the peer owes an answer by now; 0 where it owes none. */
  readonly peerSilentMs: () => number;
  /** `undefined` until both servers were heard or given up once. */
  readonly report: () => WatchReport | undefined;
  /** Rejects with what nobody foresaw: nobody looks any more then. */
  readonly ended: Promise<void>;
}

/** True from now on: the port is looked at, and keepalived hears of every change of its verdict, within a few ticks. */
export const watch = (world: WatchWorld, input: WatchInput): RunningWatch => {
  const running = new Watch(world, input);
  return {
    stop: () => {
      running.stop();
    },
    hurry: () => {
      running.hurry();
    },
    peerSilentMs: () => running.peerSilentMs,
    report: () => running.report,
    ended: running.ended,
  };
};
