/**
 * Waiting for the world: never by the clock alone, always for a condition, always under a deadline, and with the last
 * observation in the failure, so that a red test says what it saw.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface WaitOptions {
  /** How long the condition may take to come true. */
  readonly deadlineMs: number;
  /** How often to look. */
  readonly everyMs?: number;
  /** How long the condition must then stay true without a break (0: once is enough). */
  readonly holdMs?: number;
}

/** Milliseconds on the monotonic clock that every process of the machine shares. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const describe = (seen: unknown): string =>
  seen instanceof Error
    ? seen.message
    : typeof seen === 'string'
      ? seen
      : inspect(seen, { depth: 6, breakLength: 120 });

/** The first observation that `accept` takes (after it held for `holdMs`). An observation that throws counts as "no". */
export async function waitFor<T>(
  what: string,
  options: WaitOptions,
  look: () => T | Promise<T>,
  accept: (seen: T) => boolean,
): Promise<T> {
  const { deadlineMs, everyMs = 50, holdMs = 0 } = options;
  const startMs = nowMs();
  let last: unknown = 'nothing yet';
  let trueSinceMs: number | undefined;
  for (;;) {
    let accepted = false;
    try {
      const seen = await look();
      last = seen;
      accepted = accept(seen);
      if (accepted) {
        trueSinceMs ??= nowMs();
        if (nowMs() - trueSinceMs >= holdMs) return seen;
      }
    } catch (error) {
      last = error;
    }
    if (!accepted) trueSinceMs = undefined;
    if (nowMs() - startMs > deadlineMs) {
      throw new Error(`${what}: not within ${deadlineMs} ms; last seen: ${describe(last)}`);
    }
    await pause(everyMs);
  }
}

/** The clock has passed `atMs`. Only for what a scenario prescribes ("thawed 20 s later"), never to wait for an effect. */
export async function clockReaches(atMs: number): Promise<void> {
  const leftMs = atMs - nowMs();
  if (leftMs > 0) await pause(leftMs);
}

/** `promise`, or an error that names `what` when it takes longer than `deadlineMs`. */
export async function within<T>(what: string, deadlineMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no end within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
