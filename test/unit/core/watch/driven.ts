/** A port that is watched by `step` over two servers of the test's own, on an invented clock that begins at 0. */
import type { NodeView, Side } from '../../../../src/core/model.ts';
import type { ProcessState } from '../../../../src/core/watch/silence.ts';
import type { Judged, WatchAction, WatchEvent, WatchState } from '../../../../src/core/watch/step.ts';
import { step, watchFrom } from '../../../../src/core/watch/step.ts';
import { master, replica } from '../builders.ts';

export const POLICY = { tickMs: 200, stoppedMs: 300, silentMs: 2000, busyMs: 5000, heirMs: 400 };

/** What was done, and when. */
type Done = readonly [atMs: number, what: string];

const wordsOf = (action: WatchAction): string => {
  switch (action.kind) {
    case 'tell':
      return action.fit ? 'tell fit' : 'tell unfit';
    case 'judge':
      return `judge ${action.local.kind} ${action.peer?.kind ?? 'nobody'}`;
    case 'settle':
      return 'settle';
    case 'claim':
      return action.isRaised ? 'claim' : 'no claim';
    default:
      return `${action.kind} ${action.side}`;
  }
};

const PULSES: Readonly<Record<string, string>> = { master: 'm', replica: 'r' };

interface Server {
  view: NodeView;
  /** Neither asked nor looked at does it answer. */
  isSilent: boolean;
  /** What a sign of life says, where that is not the role. */
  pulse?: () => string | undefined;
}

export class Driven {
  nowMs = 0;
  process: ProcessState = 'asleep';
  readonly local: Server = { view: master(), isSilent: false };
  readonly peer: Server = { view: replica(), isSilent: false };
  /** What a judgement comes to; `undefined` as long as it takes. */
  judge: ((local: NodeView, peer: NodeView | undefined) => Judged) | undefined;
  /** Since when it has been judged so, and what keepalived has said. */
  verdict: Judged = { fit: true, sinceMs: 0, isNews: false, underAddress: true };
  readonly #done: Done[] = [];
  #state: WatchState;
  #wakeAtMs = 0;

  constructor(
    changes: { readonly hasPeer?: boolean; readonly peerIsSilent?: boolean; readonly verdict?: Partial<Judged> } = {},
  ) {
    this.#state = watchFrom(POLICY, changes.hasPeer ?? true, 0);
    this.peer.isSilent = changes.peerIsSilent ?? false;
    Object.assign(this.verdict, changes.verdict);
    this.judge = (local) => ({ ...this.verdict, fit: this.verdict.fit && local.kind === 'answering' });
    this.post({ kind: 'woken' });
  }

  get state(): WatchState {
    return this.#state;
  }

  /** What was done since the last call. */
  take(): readonly Done[] {
    return this.#done.splice(0);
  }

  /** When one of these was done since the last call. */
  times(what: string): readonly number[] {
    return this.take()
      .filter(([, done]) => done === what)
      .map(([atMs]) => atMs);
  }

  post(event: WatchEvent): void {
    const { state, actions, wakeAtMs } = step(this.#state, event, { nowMs: this.nowMs, server: this.process });
    this.#state = state;
    this.#wakeAtMs = wakeAtMs;
    for (const action of actions) this.#done.push([this.nowMs, wordsOf(action)]);
    for (const action of actions) this.#answer(action);
  }

  /** Time passes, and it is woken whenever it wants to be. */
  until(atMs: number): this {
    while (Math.max(this.#wakeAtMs, this.nowMs + 1) <= atMs) {
      this.nowMs = Math.max(this.#wakeAtMs, this.nowMs + 1);
      this.post({ kind: 'woken' });
    }
    this.nowMs = atMs;
    return this;
  }

  /** The server answers what it owes. */
  answers(side: Side): void {
    this[side].isSilent = false;
    this.#answerPulse(side);
  }

  #answerPulse(side: Side): void {
    const { view, isSilent, pulse } = this[side];
    if (isSilent) return;
    const sign = view.kind === 'answering' ? PULSES[view.redisRole] : undefined;
    this.post({ kind: 'pulsed', side, pulse: pulse === undefined ? sign : pulse() });
  }

  #answer(action: WatchAction): void {
    switch (action.kind) {
      case 'pulse':
        this.#answerPulse(action.side);
        break;
      case 'look':
        if (!this[action.side].isSilent) this.post({ kind: 'looked', side: action.side, view: this[action.side].view });
        break;
      case 'judge':
        if (this.judge !== undefined) this.post({ kind: 'judged', ...this.judge(action.local, action.peer) });
        break;
      case 'listen':
      case 'tell':
      case 'claim':
      case 'settle':
        break;
    }
  }
}
