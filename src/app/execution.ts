/** What a running transition hands to its steps: the world, and the one way to wait. */
import { RedishaError } from '../errors.ts';
import type { Policy, Side } from '../core/model.ts';
import type { Eyes } from './observe.ts';
import type { Clock, Journal, Log, RedisNode, Turn } from './ports.ts';

export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly turn: Turn;
  readonly eyes: Eyes;
}

export interface Execution extends World {
  readonly policy: Policy;
  /** Aborted when the process is told to end. */
  readonly signal: AbortSignal;
  readonly superseded: () => Promise<boolean>;
}

export const nodeOf = ({ eyes }: World, side: Side): RedisNode => eyes[side];

export class Superseded extends Error {}

/** Throws when the command has to stop now: a newer one was started, or a signal came. */
export const assertWanted = async ({ signal, superseded }: Execution): Promise<void> => {
  if (signal.aborted) throw new RedishaError('INTERRUPTED', 'interrupted by a signal');
  if (await superseded()) throw new Superseded('a newer command was started for this port');
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
