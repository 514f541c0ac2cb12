/**
 * What the resident does at one port, decided from what it has seen: whom it asks, when it judges, what it tells keepalived.
 *
 * Pure: `step` gets what happened and answers with what is to be done and when it wants to be woken. The driver
 * (`app/watch.ts`) carries that out and decides nothing; the simulator runs both.
 */
import type { NodeView, Side } from '../model.ts';
import { isAnswering, isMaster } from '../model.ts';
import type { Claim } from './claim.ts';
import { CLAIM_LOOK_MS, claimAfter, DOUBT_MS, isClaimOpen, NO_CLAIM } from './claim.ts';
import type { Asked, Asking, Pace, WatchedServer } from './server.ts';
import { ATTENTIVE, ended, heard, hurry, isThere, judgeSilence, looked, pulsed } from './server.ts';
import { SETTLED, tick, unseen } from './server.ts';
import type { ProcessState, SilencePolicy } from './silence.ts';

/** What came of a judgement, as far as the watch goes by it. */
export interface Judged {
  readonly fit: boolean;
  /** Since when what was seen has been so. */
  readonly sinceMs: number;
  /** It has another name than what was judged before, is to be repaired, or is to be remembered. */
  readonly isNews: boolean;
  /** keepalived has said that the address is here. */
  readonly underAddress: boolean;
}

export type WatchEvent =
  /** `rival`: another node has the address as well, and keepalived hears it; it says so many times a second. */
  | { readonly kind: 'woken' | 'said' | 'rival' }
  | { readonly kind: 'pulsed'; readonly side: Side; readonly pulse: string | undefined }
  | { readonly kind: 'looked'; readonly side: Side; readonly view: NodeView }
  | { readonly kind: 'ended'; readonly side: Side }
  | { readonly kind: 'heard'; readonly side: Side; readonly isTold: boolean }
  | ({ readonly kind: 'judged' } & Judged);

export type WatchAction =
  | Asking
  /** Ends in `judged`. */
  | {
      readonly kind: 'judge';
      readonly local: NodeView;
      readonly peer: NodeView | undefined;
      /** keepalived said a moment ago that another node has the address too. */
      readonly hasRival: boolean;
    }
  /** What was judged last is to be written down, and repaired where that is due. */
  | { readonly kind: 'settle' }
  /** keepalived is to know afterwards. */
  | { readonly kind: 'tell'; readonly fit: boolean }
  /** keepalived is to know afterwards whether this node keeps the address where it meets another one that has it. */
  | { readonly kind: 'claim'; readonly isRaised: boolean };

/** Which of the two is not taken for dead; a peer that is not known is. */
interface Alive {
  readonly local: boolean;
  readonly peer: boolean;
}

export interface WatchPolicy extends SilencePolicy {
  /** How often the peer is asked for a sign of life by a node that would take its place. */
  readonly heirMs: number;
}

export interface WatchState {
  readonly policy: WatchPolicy;
  readonly local: WatchedServer;
  /** `undefined` where nobody has told yet who the peer is. */
  readonly peer: WatchedServer | undefined;
  readonly underAddress: boolean;
  readonly claim: Claim;
  /** When keepalived last said that another node has the address too, to within RIVAL_EVERY_MS: both were looked at then. */
  readonly rivalMs: number;
  /** Something was seen that has not been judged. */
  readonly isNews: boolean;
  /** Who was alive when it was last judged. */
  readonly judgedAlive: Alive | undefined;
  readonly isJudging: boolean;
  /** What was judged last. */
  readonly fit: boolean | undefined;
  readonly sinceMs: number;
  /** Since when keepalived has known that this node is not fit; `undefined` where it knows of no such thing. */
  readonly unfitMs: number | undefined;
  /** When this node, which is well again, may be told fit. */
  readonly fitDueMs: number;
  readonly tickMs: number;
  readonly tickedMs: number;
}

export interface Stepped {
  readonly state: WatchState;
  readonly actions: readonly WatchAction[];
  /** When it wants to be woken, whatever happens until then. */
  readonly wakeAtMs: number;
}

/** What the driver knows of this moment. */
export interface Now {
  readonly nowMs: number;
  /** What the kernel says of the local server's process. */
  readonly server: ProcessState;
}

/** A node without the address is watched this many times less closely: its verdict stops nobody's writes. */
const CALM_TICKS = 4;

/** While a role moves, or a stopped server may be dead, writes wait: for some fractions of a second every moment counts. */
const QUICK_MS = 25;

/** What has changed lately may have to be judged anew as it grows older: all graces are shorter than this. */
const YOUNG_MS = 30_000;

/** keepalived, and whoever reads its log, gets to see that a node was unfit, however soon it is well again. */
const UNFIT_MIN_MS = 1000;

/** A rival is heard with each of its adverts; so often it is worth a look. */
const RIVAL_EVERY_MS = 1000;

/** Local is judged as it was so long ago at most. */
const FRESH_MS = 50;

/** A change of local is judged beside a peer that was looked at since, but waits so long for it at most. */
const PEER_WAIT_MS = 200;

/** keepalived says at every advert that another node has the address: the slowest of the files have three seconds between two. */
const RIVAL_MS = 4000;

const SILENT: NodeView = { kind: 'frozen', why: 'silent for longer than a healthy server is' };

const LATER = Number.POSITIVE_INFINITY;

export const watchFrom = (policy: WatchPolicy, hasPeer: boolean, nowMs: number): WatchState => ({
  policy,
  local: unseen('local', nowMs),
  peer: hasPeer ? unseen('peer', nowMs) : undefined,
  underAddress: true,
  claim: NO_CLAIM,
  rivalMs: Number.NEGATIVE_INFINITY,
  isNews: false,
  judgedAlive: undefined,
  isJudging: false,
  fit: undefined,
  sinceMs: nowMs,
  unfitMs: undefined,
  fitDueMs: LATER,
  tickMs: policy.tickMs,
  tickedMs: Number.NEGATIVE_INFINITY,
});

/** A state on its way through one step. */
type Half = readonly [WatchState, readonly WatchAction[]];

const atServer = ([state, actions]: Half, side: Side, change: (server: WatchedServer) => Asked): Half => {
  const server = state[side];
  if (server === undefined) return [state, actions];
  const [changed, asking] = change(server);
  return [{ ...state, [side]: changed }, [...actions, ...asking]];
};

/** The address is here and the role is not: it is somewhere else, or will be in a moment. */
const isRoleAway = ({ underAddress, local: { view } }: WatchState): boolean =>
  underAddress && view !== undefined && isAnswering(view) && !isMaster(view);

const isOwed = ({ local, peer }: WatchState): boolean => local.isOwed || peer?.isOwed === true;

/** A pair that is not whole is watched closely for as long as it is not: what comes back may have to be put right. */
const paceOf = ({ fit, sinceMs, local, peer }: WatchState, nowMs: number): Pace => {
  const isOld = fit !== undefined && nowMs - sinceMs >= YOUNG_MS;
  return isOld && isThere(local) && (peer === undefined || isThere(peer)) ? SETTLED : ATTENTIVE;
};

/** Asks who is to be asked, and settles when it does so again. */
const ticked = (state: WatchState, { nowMs, server }: Now): Half => {
  const { policy, underAddress, local } = state;
  const isAway = isRoleAway(state);
  const isQuick = isAway || (server === 'stopped' && local.silence.verdict === 'alive');
  // A stopped server is asked to find out whether it is dead, one that /proc does not show to find out that it stopped.
  const isTime = isQuick || server === 'unknown';
  const pace = paceOf(state, nowMs);
  // Who takes over has to know by then how long the peer has been silent, and who stays whether it is alone.
  const peerPace = { ...pace, pulseMs: Math.min(pace.lookMs, underAddress ? ATTENTIVE.pulseMs : policy.heirMs) };
  const localPace = isClaimOpen(state.claim, nowMs) ? { pulseMs: CLAIM_LOOK_MS, lookMs: CLAIM_LOOK_MS } : pace;
  const asked = atServer(
    atServer([state, []], 'local', (it) => tick(it, nowMs, { isTime, mustListen: underAddress, pace: localPace })),
    'peer',
    (it) => tick(it, nowMs, { isTime: isAway, mustListen: false, pace: peerPace }),
  );
  const isClose = underAddress || isOwed(asked[0]);
  const calmMs = Math.min(CALM_TICKS * policy.tickMs, policy.heirMs);
  const tickMs = isQuick ? QUICK_MS : isClose ? policy.tickMs : calmMs;
  return [{ ...asked[0], tickMs, tickedMs: nowMs }, asked[1]];
};

/** keepalived hears of it, unless the node was unfit a moment ago. */
const told = (state: WatchState, fit: boolean, nowMs: number): Half => {
  const dueMs = (state.unfitMs ?? Number.NEGATIVE_INFINITY) + UNFIT_MIN_MS;
  if (fit && nowMs < dueMs) return [{ ...state, fitDueMs: dueMs }, []];
  const unfitMs = fit ? undefined : (state.unfitMs ?? nowMs);
  return [{ ...state, fitDueMs: LATER, unfitMs }, [{ kind: 'tell', fit }]];
};

const judged = (before: WatchState, event: Judged, nowMs: number): Half => {
  const { fit, sinceMs, underAddress } = event;
  const isFirst = before.fit !== fit;
  const [state, telling] = told({ ...before, isJudging: false, fit, sinceMs, underAddress }, fit, nowMs);
  return [state, isFirst || event.isNews ? [...telling, { kind: 'settle' }] : telling];
};

const met = (state: WatchState, event: WatchEvent, now: Now): Half => {
  const { nowMs } = now;
  switch (event.kind) {
    case 'woken': {
      const isDue = nowMs >= state.tickedMs + tickOf(state);
      const fitDue: WatchState = nowMs >= state.fitDueMs ? { ...state, isNews: true, fitDueMs: LATER } : state;
      return isDue ? ticked(fitDue, now) : [fitDue, []];
    }
    case 'said':
      return [{ ...state, isNews: true }, []];
    case 'rival': {
      if (nowMs < state.rivalMs + RIVAL_EVERY_MS) return [state, []];
      const again = (server: WatchedServer): Asked => ended(server, nowMs);
      return atServer(atServer([{ ...state, rivalMs: nowMs }, []], 'local', again), 'peer', again);
    }
    case 'pulsed':
      return atServer([state, []], event.side, (server) => pulsed(server, nowMs, event.pulse));
    case 'looked':
      return atServer([{ ...state, isNews: true }, []], event.side, (server) => looked(server, nowMs, event.view));
    case 'ended':
      return atServer([state, []], event.side, (server) => ended(server, nowMs));
    case 'heard':
      return atServer([state, []], event.side, (server) => heard(server, nowMs, event.isTold));
    case 'judged':
      return judged(state, event, nowMs);
  }
};

const tickOf = (state: WatchState): number => (isRoleAway(state) ? QUICK_MS : state.tickMs);

/** Local has changed and the peer has not been looked at since: a role that moves is two changes, and one move. */
const isPeerBehind = ({ local, peer }: WatchState, nowMs: number): boolean =>
  peer !== undefined && peer.viewMs < local.changedMs && nowMs - local.changedMs < PEER_WAIT_MS;

/**
 * Has it judged where there is something new to judge, and both nodes have been heard or given up once. What keepalived
 * says and what a command does is known as of now: local's role of a second ago does not go with it.
 */
const judging = ([before, actions]: Half, { nowMs, server }: Now): Half => {
  const { policy } = before;
  const peer = before.peer === undefined ? undefined : judgeSilence(before.peer, nowMs, 'unknown', policy);
  const state: WatchState = { ...before, local: judgeSilence(before.local, nowMs, server, policy), peer };
  const { local, judgedAlive } = state;
  const alive: Alive = { local: local.silence.verdict === 'alive', peer: peer?.silence.verdict !== 'silent' };
  const [view, peerView] = [alive.local ? local.view : SILENT, alive.peer ? peer?.view : SILENT];
  const isKnown = view !== undefined && (peer === undefined || peerView !== undefined);
  const isSame = alive.local === judgedAlive?.local && alive.peer === judgedAlive.peer;
  if (!isKnown || state.isJudging || (!state.isNews && isSame)) return [state, actions];
  if (isAnswering(view) && nowMs - local.seenMs > FRESH_MS)
    return atServer([state, actions], 'local', (it) => hurry(it, nowMs));
  if (isAnswering(view) && alive.peer && isPeerBehind(state, nowMs))
    return atServer([state, actions], 'peer', (it) => hurry(it, nowMs));
  const asked: WatchState = { ...state, isNews: false, isJudging: true, judgedAlive: alive };
  const hasRival = nowMs - state.rivalMs < RIVAL_MS;
  return [asked, [...actions, { kind: 'judge', local: view, peer: peerView, hasRival }]];
};

/** How long the peer owes an answer by now, as far as somebody was awake to hear it; 0 where it owes none. */
export const peerSilentMs = ({ peer, policy }: WatchState, nowMs: number): number =>
  peer?.isOwed === true ? peer.silence.unheardMs + Math.min(nowMs - peer.silence.lastMs, 2 * policy.tickMs) : 0;

/** The next moment at which somebody has to look, ask or judge although nothing is seen. */
const wakeAtMs = (state: WatchState): number => Math.min(state.tickedMs + tickOf(state), state.fitDueMs);

/** keepalived hears of a claim at every change of it. */
const claiming = ([state, actions]: Half, { nowMs }: Now): Half => {
  const { local, peer, underAddress } = state;
  // One that nobody has looked at yet is no peer that has gone.
  if (peer?.view === undefined || local.silence.verdict === 'silent') return [state, actions];
  const isPeerThere = isThere(peer) && peerSilentMs(state, nowMs) < DOUBT_MS;
  const views = { local: local.view, localMs: local.viewMs, peer: peer.view, peerMs: peer.viewMs };
  const claim = claimAfter(state.claim, { ...views, isPeerThere, underAddress, nowMs });
  const { isRaised } = claim;
  const isNew = isRaised !== undefined && isRaised !== state.claim.isRaised;
  return [{ ...state, claim }, isNew ? [...actions, { kind: 'claim', isRaised }] : actions];
};

/** The same state and event at the same moment always come to the same. */
export const step = (before: WatchState, event: WatchEvent, now: Now): Stepped => {
  const [state, actions] = claiming(judging(met(before, event, now), now), now);
  return { state, actions, wakeAtMs: wakeAtMs(state) };
};
