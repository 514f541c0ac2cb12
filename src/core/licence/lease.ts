/**
 * What the answers of the witness mean by the clock of this host.
 *
 * A lease of ours counts from before it was asked for, and is given up early, so that it has ended here before it can be taken
 * there. Of the other node's nothing is known but that it has one or none; so what matters is since when it has had none.
 */
import type { LeaseAnswer, LeaseSeen } from './model.ts';
import { LEASE_MS } from './model.ts';

/** Clocks of two hosts run apart by this much at most. */
const APART = 0.02;
/** What a timer of ours may be late. */
const LATE_MS = 200;

const NEVER = Number.NEGATIVE_INFINITY;
const ALWAYS = Number.POSITIVE_INFINITY;

/** A lease that the witness has lost without having been started anew is ours for so long, while it is taken again. */
const LOST_MS = 1000;

export const NO_LEASE: LeaseSeen = {
  untilMs: NEVER,
  clearMs: ALWAYS,
  answeredMs: NEVER,
  run: undefined,
  tenure: undefined,
  takenUntilMs: NEVER,
  isAway: false,
  isAsking: false,
  isLost: false,
  askedMs: NEVER,
  triedMs: NEVER,
};

/** How long something takes for certain that takes `ms` by the clock of another host. */
export const atLeast = (ms: number): number => ms * (1 + APART);
const atMost = (ms: number): number => ms * (1 - APART);

/**
 * Two moments at which the peer has no lease are one span of time where no lease can have begun and run out between them. A
 * witness that was started anew since has forgotten a lease, which may have begun just before.
 */
const clearMsAfter = (
  { clearMs, answeredMs, run }: LeaseSeen,
  answer: Extract<LeaseAnswer, { kind: 'held' | 'free' }>,
  nowMs: number,
): number => {
  const goesOn = run === answer.run && nowMs - answeredMs < atMost(LEASE_MS);
  if (goesOn && clearMs < ALWAYS) return clearMs;
  // Between two whole seconds of a clock, so that it may be almost one too many. Source: redis/src/server.c genRedisInfoString.
  const bornMs = nowMs - Math.max(0, answer.uptimeSeconds - 1) * 1000;
  return Math.max(nowMs, bornMs + atLeast(LEASE_MS));
};

/** Whether the lease is ours now. */
export const isOurs = ({ untilMs }: LeaseSeen, nowMs: number): boolean => nowMs < untilMs;

const untilMsAfter = (before: LeaseSeen, answer: LeaseAnswer, isRelease: boolean, nowMs: number): number => {
  switch (answer.kind) {
    case 'held':
      return answer.startedMs + atMost(LEASE_MS) - LATE_MS;
    case 'away':
      return isRelease ? NEVER : before.untilMs;
    case 'free':
      return isRelease ? NEVER : Math.min(before.untilMs, nowMs + LOST_MS);
    case 'taken':
      return NEVER;
  }
};

/** `isRelease`: it was given back, whatever has become of the question. */
export const leaseAfter = (before: LeaseSeen, answer: LeaseAnswer, isRelease: boolean, nowMs: number): LeaseSeen => {
  const lease = { ...before, isAsking: false, untilMs: untilMsAfter(before, answer, isRelease, nowMs) };
  if (answer.kind === 'away') return { ...lease, isAway: true };
  const { startedMs: answeredMs, run } = answer;
  const isLost = answer.kind === 'free' && isOurs(lease, nowMs);
  const tenure = answer.kind === 'held' ? answer.tenure : undefined;
  const known = { ...lease, isAway: false, answeredMs, run, tenure, isLost };
  if (answer.kind === 'taken') return { ...known, clearMs: ALWAYS, takenUntilMs: nowMs + atLeast(answer.leftMs) };
  return { ...known, clearMs: clearMsAfter(before, answer, nowMs), takenUntilMs: NEVER };
};
