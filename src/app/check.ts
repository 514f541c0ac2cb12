/** Looks at this node, and at the peer where it is known, and judges. Changes nothing. */
import type { Remembered } from '../core/memory.ts';
import type { Marks } from '../core/marks.ts';
import type { CheckPolicy, Verdict } from '../core/check-facts.ts';
import type { Condition } from '../core/check/condition.ts';
import { conditionOf, isSameCondition, wasApart } from '../core/check/condition.ts';
import { judge } from '../core/fitness.ts';
import type { NodeView, VrrpState } from '../core/model.ts';
import { isAnswering } from '../core/model.ts';
import type { Whole } from '../core/restart.ts';
import { unrememberedIn } from '../core/restart.ts';
import type { OlderData } from '../core/older-data.ts';
import { isCopiedOver, olderDataIn } from '../core/older-data.ts';
import type { Eyes } from './observe.ts';
import { observe } from './observe.ts';
import type { AddressSeen, Announcement, Clock, Memory, RedisNode } from './ports.ts';

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
  /** `undefined` where nobody knows which address it is, or the kernel does not tell. */
  readonly address?: AddressSeen | undefined;
  /** See {@link CheckFacts}. */
  readonly marks?: Marks;
  readonly startsAtOnce?: boolean;
  readonly hasHeardRival?: boolean;
  /** What the check before this one saw, and since when. */
  readonly before: Before | undefined;
}

interface Before {
  readonly condition: Condition;
  readonly sinceMs: number;
  readonly fit: boolean;
  readonly address?: AddressSeen | undefined;
}

/** What the commands of this host have left behind. */
export interface Notes {
  readonly said: Pick<Announcement, 'local' | 'peer' | 'vrrpState' | 'saidMs'> | undefined;
  readonly memory: Memory | undefined;
  /** What a person has said and what stands now; absent where nobody has said anything. */
  readonly marks?: Marks;
}

/**
 * The command of keepalived that an address moves with needs a moment to be heard. keepalived brings the address before it says
 * MASTER, and takes it away before it says anything else.
 * Source: keepalived/vrrp/vrrp.c vrrp_state_become_master, vrrp_state_leave_master.
 */
export const ADDRESS_MS = 2000;

/**
 * What was seen of the address before, brought up to date. One that nobody has seen before may have been where it is for long:
 * a host that can keep nothing sees it for the first time at every look.
 */
export const seeAddress = (
  before: AddressSeen | undefined,
  isHere: boolean | undefined,
  nowMs: number,
): AddressSeen | undefined => {
  if (isHere === undefined) return undefined;
  if (before === undefined) return { isHere, sinceMs: 0 };
  return before.isHere === isHere ? before : { isHere, sinceMs: nowMs };
};

/**
 * What keepalived said last, unless the kernel knows better. A word may be lost: a process was killed before it wrote it down,
 * could not write it, or was never started.
 */
const believed = (
  said: Notes['said'],
  address: AddressSeen | undefined,
  nowMs: number,
): Pick<CheckInput, 'vrrpState' | 'vrrpAgeMs'> => {
  const vrrpState = said?.vrrpState;
  const vrrpAgeMs = said === undefined ? Number.POSITIVE_INFINITY : nowMs - said.saidMs;
  const word = { vrrpState, vrrpAgeMs };
  if (address === undefined || vrrpAgeMs < ADDRESS_MS || address.isHere === (vrrpState === 'MASTER')) return word;
  if (!address.isHere) return { vrrpState: undefined, vrrpAgeMs };
  const ageMs = nowMs - address.sinceMs;
  return ageMs < ADDRESS_MS ? word : { vrrpState: 'MASTER', vrrpAgeMs: ageMs };
};

/** What a check goes by, besides the options and what it sees. */
export const recallOf = (
  { said, memory, marks }: Notes,
  address: AddressSeen | undefined,
  nowMs: number,
): Pick<CheckInput, 'memory' | 'vrrpState' | 'vrrpAgeMs' | 'address' | 'marks'> => ({
  ...believed(said, address, nowMs),
  address,
  memory,
  ...(marks === undefined ? {} : { marks }),
});

/** The peer, where nobody has configured it. */
export const peerIn = ({ said, memory }: Notes): string | undefined => said?.peer ?? memory?.peer;

/** The word by which the commands of keepalived name this host. */
export const localIn = ({ said, memory }: Notes): string | undefined => said?.local ?? memory?.local;

export interface Checked {
  readonly verdict: Verdict;
  readonly condition: Condition;
  readonly sinceMs: number;
  /** Of the server's process; `undefined` where it did not answer. */
  readonly processId: number | undefined;
  /** What is to be remembered of a pair that is whole and no longer the one that is remembered. */
  readonly unremembered: Whole | undefined;
  readonly address: AddressSeen | undefined;
  /** What a server has lost that came back from a restart and is in step again; asked of a pair that is newly whole. */
  readonly cameBack?: { readonly older: OlderData | undefined; readonly isCopiedOver: boolean };
  /** Whether the local server is to say that its node is drained; `undefined` where it says what is so, or cannot. */
  readonly toTell: boolean | undefined;
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

const cameBackIn = ({ local, peer }: Seen, memory: Remembered | undefined): NonNullable<Checked['cameBack']> => {
  const pair = { local, peer: peer ?? TOO_LATE };
  return { older: olderDataIn(pair, memory), isCopiedOver: isCopiedOver(pair, memory) };
};

/** A replica alone says it. */
const untoldOf = (local: NodeView, marks: Marks | undefined): boolean | undefined => {
  if (!isAnswering(local) || local.redisRole !== 'replica' || local.loading) return undefined;
  const isDrained = marks?.drained !== undefined;
  return isDrained === (local.isDrained === true) ? undefined : isDrained;
};

/** What was seen, judged, with since when it has been so. */
export const assess = (seen: Seen, commandRunning: boolean, input: CheckInput, nowMs: number): Checked => {
  const { before, deadlineMs: _, address, ...known } = input;
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
  const toTell = untoldOf(seen.local, input.marks);
  const checked = { verdict, condition, sinceMs, processId, unremembered, address, toTell };
  return unremembered === undefined ? checked : { ...checked, cameBack: cameBackIn(seen, input.memory) };
};

/** Always resolves, within `deadlineMs` and a little. */
export const check = async (world: CheckWorld, input: CheckInput): Promise<Checked> => {
  const [seen, commandRunning] = await Promise.all([see(world, input.deadlineMs), world.commandRunning()]);
  return assess(seen, commandRunning, input, world.clock.nowMs());
};
