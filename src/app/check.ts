/** Looks at this node, and at the peer where it is known, and judges. Changes nothing. */
import type { Remembered } from '../core/memory.ts';
import type { CheckPolicy, Verdict } from '../core/check-facts.ts';
import type { Condition } from '../core/check/condition.ts';
import { conditionOf, isSameCondition, wasApart } from '../core/check/condition.ts';
import { judge } from '../core/fitness.ts';
import type { NodeView, VrrpState } from '../core/model.ts';
import { isAnswering } from '../core/model.ts';
import type { Whole } from '../core/restart.ts';
import { unrememberedIn } from '../core/restart.ts';
import type { Eyes } from './observe.ts';
import { observe } from './observe.ts';
import type { Announcement, Clock, Memory, RedisNode } from './ports.ts';

export interface CheckWorld {
  readonly clock: Clock;
  readonly local: RedisNode;
  /** `undefined` where nobody has told yet who the peer is. */
  readonly eyes: Eyes | undefined;
  readonly commandRunning: () => Promise<boolean>;
}

export interface CheckInput {
  readonly policy: CheckPolicy;
  readonly memory: Remembered | undefined;
  readonly deadlineMs: number;
  readonly vrrpState: VrrpState | undefined;
  readonly vrrpAgeMs: number;
  /** See {@link CheckFacts}. */
  readonly startsAtOnce?: boolean;
  readonly hasHeardRival?: boolean;
  /** What the check before this one saw, and since when. */
  readonly before: { readonly condition: Condition; readonly sinceMs: number; readonly fit: boolean } | undefined;
}

/** What the commands of this host have left behind. */
export interface Notes {
  readonly said: Pick<Announcement, 'local' | 'peer' | 'vrrpState' | 'saidMs'> | undefined;
  readonly memory: Memory | undefined;
}

/** keepalived has the address before it says MASTER. Source: keepalived/vrrp/vrrp.c vrrp_state_become_master. */
const ADDRESS_MS = 2000;

/**
 * What keepalived said last, unless the kernel knows better: a process that was killed before it could write down the end of MASTER
 * leaves a word that is not true any more.
 */
const believed = (said: Notes['said'], nowMs: number, hasAddress: () => boolean | undefined): VrrpState | undefined =>
  said?.vrrpState === 'MASTER' && nowMs - said.saidMs >= ADDRESS_MS && hasAddress() === false
    ? undefined
    : said?.vrrpState;

/**
 * What a check goes by, besides the options and what it sees. `hasAddress`: whether the virtual address is on an interface of this
 * host; `undefined` where nobody knows which one it is.
 */
export const recallOf = (
  { said, memory }: Notes,
  nowMs: number,
  hasAddress: () => boolean | undefined,
): Pick<CheckInput, 'memory' | 'vrrpState' | 'vrrpAgeMs'> => ({
  vrrpState: believed(said, nowMs, hasAddress),
  vrrpAgeMs: said === undefined ? Number.POSITIVE_INFINITY : nowMs - said.saidMs,
  memory,
});

/** The peer, where nobody has configured it. */
export const peerIn = ({ said, memory }: Notes): string | undefined => said?.peer ?? memory?.peer;

export interface Checked {
  readonly verdict: Verdict;
  readonly condition: Condition;
  readonly sinceMs: number;
  /** Of the server's process; `undefined` where it did not answer. */
  readonly processId: number | undefined;
  /** What is to be remembered of a pair that is whole and no longer the one that is remembered. */
  readonly unremembered: Whole | undefined;
}

export interface Seen {
  readonly local: NodeView;
  readonly peer: NodeView | undefined;
}

const TOO_LATE: NodeView = { kind: 'frozen', why: 'no answer before the deadline of the check' };

/** Both views, or what is known at the deadline: a slow peer must not make this node unfit. */
const see = async ({ clock, local, eyes }: CheckWorld, deadlineMs: number): Promise<Seen> => {
  let alone: NodeView = TOO_LATE;
  const late = clock.delay(deadlineMs).then((): Seen => ({ local: alone, peer: undefined }));
  const looking: Promise<Seen> =
    eyes === undefined
      ? local.look().then((view) => ({ local: view, peer: undefined }))
      : observe(eyes, (view) => {
          alone = view;
        });
  return Promise.race([late, looking]);
};

/** What was seen, judged, with since when it has been so. */
export const assess = (seen: Seen, commandRunning: boolean, input: CheckInput, nowMs: number): Checked => {
  const { before, deadlineMs: _, ...known } = input;
  const facts = {
    ...seen,
    ...known,
    commandRunning,
    wasFit: before?.fit,
    wasApart: before !== undefined && wasApart(before.condition),
  };
  const condition = conditionOf({ ...facts, unchangedMs: 0 });
  const sinceMs = before !== undefined && isSameCondition(before.condition, condition) ? before.sinceMs : nowMs;
  const verdict = judge({ ...facts, unchangedMs: nowMs - sinceMs });
  const processId = isAnswering(seen.local) ? seen.local.processId : undefined;
  // What a command that is at work leaves behind is its own business.
  const unremembered = commandRunning ? undefined : unrememberedIn(seen.local, seen.peer, input.memory);
  return { verdict, condition, sinceMs, processId, unremembered };
};

/** Always resolves, within `deadlineMs` and a little. */
export const check = async (world: CheckWorld, input: CheckInput): Promise<Checked> => {
  const [seen, commandRunning] = await Promise.all([see(world, input.deadlineMs), world.commandRunning()]);
  return assess(seen, commandRunning, input, world.clock.nowMs());
};
