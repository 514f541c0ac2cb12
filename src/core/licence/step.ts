/**
 * When a node takes the lease, when it attaches the licence to its own server, and when it lets go of both.
 *
 * Pure: `licenceStep` gets what happened and answers with what is to be done and when it wants to be woken. What makes it safe
 * is in `certainty.ts`: when the peer cannot write any more.
 */
import { isAnswering } from '../model.ts';
import { certainMs, floorMs, isSameLead, isWaitUseful } from './certainty.ts';
import { isOurs, leaseAfter, NO_LEASE } from './lease.ts';
import type {
  LeaseAnswer,
  LeaseQuestion,
  LicenceAction,
  LicenceEvent,
  LicencePolicy,
  LicenceState,
  LicenceStep,
  Proof,
} from './model.ts';
import { isHarmless, isSameReign, localSeen, peerState } from './seen.ts';

const NEVER = Number.NEGATIVE_INFINITY;
const LATER = Number.POSITIVE_INFINITY;

/** As long as nobody needs the lease. */
const ASK_EVERY_MS = 3000;
/** While it is ours, or wanted. */
const RENEW_EVERY_MS = 1000;
const TAKE_EVERY_MS = 500;
/** A replica that comes and goes is no reason to let go of the licence. */
const WHOLE_MS = 2000;
/** Nothing is attached for less. */
const WORTH_MS = 1000;
const ATTACH_AGAIN_MS = 200;
const MAKE_SURE_AGAIN_MS = 10_000;
/** A server that has been silent for so long ends the links of its replicas when it goes on. */
const STOPPED_MS = 1000;
const STOPPED_AGAIN_MS = 20_000;
const STALE_AGAIN_MS = 1000;
/** What a look that was asked for may take until it is asked for again. */
const LOOK_AGAIN_MS = 100;

/** `proof`: of the process before this one. */
export const licenceFrom = (policy: LicencePolicy, proof?: Proof): LicenceState => ({
  policy,
  local: undefined,
  lastAckMs: LATER,
  peer: undefined,
  peerMaxLagSeconds: undefined,
  isPeerUnbound: false,
  harmlessMs: NEVER,
  writesMs: NEVER,
  fedMs: undefined,
  localLookedMs: NEVER,
  localSilentMs: undefined,
  endLinksDueMs: NEVER,
  lease: NO_LEASE,
  licence: 'none',
  question: undefined,
  proof,
  attachDueMs: NEVER,
  lookDueMs: NEVER,
  makingSureMs: undefined,
  makeSureDueMs: NEVER,
  isPromotionAhead: false,
  isPeerLeaving: false,
});

/** A state on its way through one step. */
type Half = readonly [LicenceState, readonly LicenceAction[]];

const withLocal = (
  state: LicenceState,
  { view, startedMs }: Extract<LicenceEvent, { kind: 'looked' }>,
  nowMs: number,
): LicenceState => {
  const local = localSeen(view, state.local);
  if (!isAnswering(view)) return { ...state, local, localSilentMs: state.localSilentMs ?? startedMs };
  const isSame = isSameReign(state.local, view);
  const lastAckMs = local.role === 'replica' ? LATER : isSame ? state.lastAckMs : nowMs;
  const fedMs = local.isFed ? (state.fedMs ?? nowMs) : undefined;
  const { proof: before } = state;
  const hasBegun = isSame && isSameLead(before, state.local) && before.replid !== local.replid;
  const proof = hasBegun ? { ...before, replid: local.replid } : before;
  return { ...state, local, lastAckMs, fedMs, proof, localLookedMs: startedMs, localSilentMs: undefined };
};

const withPeer = (
  state: LicenceState,
  { view, startedMs }: Extract<LicenceEvent, { kind: 'looked' }>,
): LicenceState => {
  const peer = peerState(view);
  const isUnbound = isAnswering(view) ? peer === 'unbound' : peer !== 'gone' && state.isPeerUnbound;
  const harmlessMs = isHarmless(peer) ? startedMs : peer === 'silent' ? state.harmlessMs : NEVER;
  const counted = isAnswering(view) ? view.counted : undefined;
  const peerMaxLagSeconds = counted?.maxLagSeconds ?? state.peerMaxLagSeconds;
  const writesMs = peer === 'writes' ? startedMs : state.writesMs;
  const isPeerLeaving = isAnswering(view) ? view.isDrained === true : state.isPeerLeaving;
  return { ...state, peer, isPeerUnbound: isUnbound, harmlessMs, writesMs, peerMaxLagSeconds, isPeerLeaving };
};

/** Somebody else may have had a lease since. */
const isDisproved = ({ proof, question }: LicenceState, answer: LeaseAnswer): boolean => {
  switch (answer.kind) {
    case 'held':
      return answer.tenure !== proof?.tenure || answer.run !== proof.run;
    case 'free':
      return question === 'renew-lease';
    case 'taken':
      return true;
    case 'away':
      return false;
  }
};

const withAnswer = (state: LicenceState, answer: LeaseAnswer, nowMs: number): LicenceState => {
  const { question } = state;
  const lease = leaseAfter(state.lease, answer, question === 'release-lease', nowMs);
  return { ...state, lease, question: undefined, proof: isDisproved(state, answer) ? undefined : state.proof };
};

const met = (state: LicenceState, event: LicenceEvent, nowMs: number): LicenceState => {
  switch (event.kind) {
    case 'woken':
      return state;
    case 'looked':
      return event.side === 'local' ? withLocal(state, event, nowMs) : withPeer(state, event);
    case 'leased':
      return withAnswer(state, event.answer, nowMs);
    case 'attached':
      return state.licence === 'attaching' ? { ...state, licence: 'attached' } : state;
    case 'ended':
      return { ...state, licence: 'none', attachDueMs: nowMs + ATTACH_AGAIN_MS };
    case 'made-sure': {
      const { makingSureMs = NEVER } = state;
      const harmlessMs = event.isOff ? Math.max(state.harmlessMs, makingSureMs) : state.harmlessMs;
      return { ...state, makingSureMs: undefined, makeSureDueMs: nowMs + MAKE_SURE_AGAIN_MS, harmlessMs };
    }
    case 'promotion':
      return { ...state, isPromotionAhead: event.isAhead };
  }
};

/** Local is a master that nothing but a licence lets write, or soon nothing else will. */
export const isWanted = ({ local, peer, isPeerLeaving }: LicenceState): boolean => {
  if (local?.role !== 'master' || !local.isBound || local.isFenced) return false;
  const isPeerAway = peer === 'gone' || peer === 'silent';
  return !local.isFed || isPeerAway || isPeerLeaving;
};

/** Without a witness, where the operator wants to go on all the same. */
const mayGoUnwitnessed = ({ policy, lease }: LicenceState, nowMs: number): boolean =>
  policy.onNoWitness === 'proceed' && lease.isAway && nowMs >= lease.takenUntilMs;

const isAllowed = (state: LicenceState, nowMs: number): boolean =>
  isOurs(state.lease, nowMs) || mayGoUnwitnessed(state, nowMs);

/** It is attached, and stays so as long as the lease does, until the pair has been whole for a while. */
const isKept = (state: LicenceState, nowMs: number): boolean => {
  const { local, fedMs = LATER, localLookedMs } = state;
  if (local?.role !== 'master') return false;
  const isWhole = !isWanted(state) && !local.isFenced && localLookedMs - fedMs >= WHOLE_MS;
  return !isWhole && isAllowed(state, nowMs);
};

const isAttached = ({ licence }: LicenceState): boolean => licence === 'attached' || licence === 'attaching';

/** The driver asks directly before each word that the licence says. */
export const mayAcknowledge = (state: LicenceState, nowMs: number): boolean =>
  isAttached(state) && isAllowed(state, nowMs);

const detaching = ([state, actions]: Half, nowMs: number): Half =>
  !isAttached(state) || isKept(state, nowMs)
    ? [state, actions]
    : [{ ...state, licence: 'detaching' }, [...actions, { kind: 'detach' }]];

const proofOf = ({ lease: { run, tenure }, local }: LicenceState): Proof | undefined =>
  run === undefined || tenure === undefined || local === undefined
    ? undefined
    : { run, tenure, runId: local.runId, replid: local.replid };

const attaching = ([state, actions]: Half, nowMs: number): Half => {
  const { licence, lease, attachDueMs } = state;
  if (licence !== 'none' || !isWanted(state) || nowMs < attachDueMs) return [state, actions];
  const isCertain = lease.untilMs - nowMs >= WORTH_MS && nowMs >= certainMs(state);
  if (!isCertain && (isOurs(lease, nowMs) || !mayGoUnwitnessed(state, nowMs))) return [state, actions];
  const proof = isCertain ? proofOf(state) : state.proof;
  return [{ ...state, licence: 'attaching', proof }, [...actions, { kind: 'attach' }]];
};

/** What was seen of the peer is older than what it has to be newer than. */
const looking = ([state, actions]: Half, nowMs: number): Half => {
  const { licence, peer, harmlessMs, lookDueMs } = state;
  const isStale = isHarmless(peer) && harmlessMs < floorMs(state) && nowMs >= floorMs(state);
  if (licence !== 'none' || !isWanted(state) || !isStale || nowMs < lookDueMs) return [state, actions];
  return [{ ...state, lookDueMs: nowMs + LOOK_AGAIN_MS }, [...actions, { kind: 'look', side: 'peer' }]];
};

/**
 * Whoever can attach at once takes the lease at once; who has to wait until the peer cannot write leaves it to the peer until
 * then. So the node that was the master before stays so, as long as it lives and sees the witness.
 */
const isTimeToTake = (state: LicenceState, nowMs: number): boolean => {
  const { peer, policy, local, isPromotionAhead } = state;
  const isSure = isHarmless(peer);
  if (isPromotionAhead && isSure && local?.role === 'replica' && local.isBound) return true;
  return isWanted(state) && (isSure || policy.canMakeSure || state.licence !== 'none' || nowMs >= certainMs(state));
};

const isNeeded = (state: LicenceState, nowMs: number): boolean =>
  state.licence !== 'none' || isTimeToTake(state, nowMs);

/** What the witness is asked next, and when. */
const nextQuestion = (state: LicenceState, nowMs: number): readonly [LeaseQuestion, dueMs: number] => {
  const { lease } = state;
  const sinceMs = lease.askedMs;
  if (isOurs(lease, nowMs)) {
    if (!isNeeded(state, nowMs)) return ['release-lease', NEVER];
    // The witness has lost it.
    if (lease.isLost) return ['take-lease', NEVER];
    return ['renew-lease', sinceMs + RENEW_EVERY_MS];
  }
  if (isTimeToTake(state, nowMs)) return ['take-lease', lease.triedMs + TAKE_EVERY_MS];
  // It may still be the lease of the process before this one: then nobody has had it since, and nothing is to be waited for.
  if (isWanted(state) && isSameLead(state.proof, state.local)) return ['renew-lease', lease.triedMs + TAKE_EVERY_MS];
  return ['ask-lease', sinceMs + (isWanted(state) ? RENEW_EVERY_MS : ASK_EVERY_MS)];
};

const asking = ([state, actions]: Half, nowMs: number): Half => {
  const { lease } = state;
  const [kind, dueMs] = nextQuestion(state, nowMs);
  if (lease.isAsking || nowMs < dueMs) return [state, actions];
  const isTry = kind === 'take-lease' || (kind === 'renew-lease' && !isOurs(lease, nowMs));
  const triedMs = isTry ? nowMs : lease.triedMs;
  // The other node may have it as soon as the witness reads this, long before its answer is here.
  const untilMs = kind === 'release-lease' ? NEVER : lease.untilMs;
  const asked = { ...lease, isAsking: true, askedMs: nowMs, triedMs, untilMs };
  return [{ ...state, lease: asked, question: kind }, [...actions, { kind }]];
};

/** Only who has the lease makes sure of the other: at most one of the two. */
const makingSure = ([state, actions]: Half, nowMs: number): Half => {
  const { policy, peer, lease, makingSureMs, makeSureDueMs } = state;
  const isDue = policy.canMakeSure && peer === 'silent' && makingSureMs === undefined && nowMs >= makeSureDueMs;
  const isOpen = state.licence === 'none' && isWanted(state) && nowMs < certainMs(state);
  if (!isDue || !isOpen || !isOurs(lease, nowMs)) return [state, actions];
  return [{ ...state, makingSureMs: nowMs }, [...actions, { kind: 'make-sure' }]];
};

/**
 * Somebody else may hold the lease, and local may yet hear an old acknowledgement: one that the network has kept, or that lies in the
 * queue of a server that is stopped. A look that was asked for is not over at once, so this is asked for in time.
 */
const endingLinks = ([state, actions]: Half, nowMs: number): Half => {
  const { local, licence, lease, localSilentMs = LATER, endLinksDueMs } = state;
  if (licence !== 'none' || local === undefined || !local.isBound || nowMs < endLinksDueMs) return [state, actions];
  const isStopped = local.role === 'silent' && nowMs - localSilentMs >= STOPPED_MS;
  const mayBeOthers = lease.isAway || nowMs < lease.takenUntilMs;
  const isStale = local.role === 'master' && local.hasStale && !local.isFed && !isOurs(lease, nowMs) && mayBeOthers;
  if (!isStopped && !isStale) return [state, actions];
  const dueMs = isStopped ? nowMs + STOPPED_AGAIN_MS : nowMs + STALE_AGAIN_MS;
  return [{ ...state, endLinksDueMs: dueMs }, [...actions, { kind: 'end-links' }]];
};

/** The next moment at which something is due although nothing happens. */
const wakeAtMs = (state: LicenceState, nowMs: number): number => {
  const { lease, attachDueMs, lookDueMs, makeSureDueMs } = state;
  const [, dueMs] = nextQuestion(state, nowMs);
  const times = [
    lease.isAsking ? LATER : dueMs,
    lease.untilMs,
    lease.takenUntilMs,
    isWaitUseful(state) ? certainMs(state) : LATER,
    floorMs(state),
    ...(isWanted(state) ? [attachDueMs, lookDueMs, makeSureDueMs] : []),
  ];
  return Math.min(...times.map((atMs) => (atMs > nowMs ? atMs : LATER)));
};

/** The same state and event at the same moment always come to the same. */
export const licenceStep = (before: LicenceState, event: LicenceEvent, nowMs: number): LicenceStep => {
  const first: Half = [met(before, event, nowMs), []];
  const parts = [detaching, attaching, looking, asking, makingSure, endingLinks];
  const [state, actions] = parts.reduce((half, part) => part(half, nowMs), first);
  return { state, actions, wakeAtMs: wakeAtMs(state, nowMs) };
};
