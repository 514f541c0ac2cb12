/** What a running transition hands to its steps: the world, and the one way to wait. */
import { RedishaError } from '../errors.ts';
import type { Intent, PairView, Policy, Side } from '../core/model.ts';
import { isMaster } from '../core/model.ts';
import type { Felt } from './felt.ts';
import type { Eyes } from './observe.ts';
import type { Clock, Journal, Log, RedisNode, Turn } from './ports.ts';

export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly turn: Turn;
  readonly eyes: Eyes;
  /** The virtual addresses that move with the role; absent, or none, where nobody knows. */
  readonly addresses?: () => Promise<readonly string[]>;
  /** Whether the virtual address is on an interface of this host now; absent, or `undefined`, where nobody knows. */
  readonly isAddressHere?: () => Promise<boolean | undefined>;
  /** Hears at once that this command has made a side a master; absent where nobody has to know. */
  readonly promoted?: (side: Side) => void;
  /** keepalived.conf starts this node as BACKUP, and keepalived tells nobody of another node with the address. */
  readonly isOutranked?: () => Promise<boolean>;
}

export interface Execution extends World {
  readonly policy: Policy;
  /** Aborted when the process is told to end. */
  readonly signal: AbortSignal;
  /** What this command is to do by now; rejects with {@link Superseded} when a newer one does it. */
  readonly wanted: () => Promise<Intent>;
  /** What clients may have seen of what was done, for the journal. */
  readonly felt: Felt;
  /** What the present plan is for. */
  intent: Intent;
}

export const nodeOf = ({ eyes }: World, side: Side): RedisNode => eyes[side];

export class Superseded extends Error {}

/**
 * What a command is to do by now.
 *
 * Nobody acts on an announcement that only records, so it ends no work under way: a check starts a repair and answers
 * unfit in the same moment, and keepalived records the FAULT that follows from it. It takes the node out of the game,
 * though: from then on the work is `fault`, which tidies as far as that is safe. A person's promote has no such part.
 */
export const wantedOf = async ({ turn }: World, intent: Intent): Promise<Intent> => {
  const newer = await turn.newer();
  if (newer === 'nothing') return intent;
  if (newer === 'command' || intent === 'promote') throw new Superseded('a newer command was started for this port');
  return 'fault';
};

/** Throws when the command has to stop now, or its plan has: a newer one was started, or a signal came. */
export const assertWanted = async ({ signal, wanted, intent }: Execution): Promise<void> => {
  if (signal.aborted) throw new RedishaError('INTERRUPTED', 'interrupted by a signal');
  if ((await wanted()) !== intent) throw new RedishaError('SITUATION_CHANGED', 'keepalived has taken this node out');
};

/**
 * The command is for the node with the address, and would take the role there. But the address is there no more; or it will not
 * stay: two nodes that meet again both have it, both put the pair in order, and keepalived has not yet said which of them keeps
 * it. Who is outranked leaves the role where the other one has taken it to, for otherwise each would take it from the other.
 * A node that has just followed by this command takes its role back all the same.
 */
export const isAddressGoing = async (
  { intent, isAddressHere, isOutranked }: Execution,
  { local, peer }: Pick<PairView, Side>,
  hasFollowed: boolean,
): Promise<boolean> => {
  if (intent !== 'master' || isMaster(local) || !isMaster(peer)) return false;
  if ((await isAddressHere?.()) === false) return true;
  return !hasFollowed && (await isOutranked?.()) === true;
};

/** Resolves with the first defined answer of `look`; `undefined` at the deadline. Stops when the command is not wanted. */
export const poll = async <T>(
  execution: Execution,
  { everyMs, timeoutMs }: { readonly everyMs: number; readonly timeoutMs: number },
  look: () => Promise<T | undefined>,
): Promise<T | undefined> => {
  const endMs = execution.clock.nowMs() + timeoutMs;
  for (;;) {
    await assertWanted(execution);
    const found = await look();
    if (found !== undefined) return found;
    if (execution.clock.nowMs() >= endMs) return undefined;
    await execution.clock.delay(everyMs, execution.signal);
  }
};
