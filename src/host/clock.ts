/** The clock of the host, the same for all processes of one boot. */
import type { Clock } from '../app/ports.ts';

/**
 * Whole milliseconds of CLOCK_MONOTONIC: they count from the boot, never jump, and two processes of this host may compare
 * theirs. They stand still while the host is suspended.
 *
 * Source: libuv src/unix/linux.c uv__hrtime and clock_gettime(2); process.hrtime.bigint() hands the number on unchanged.
 */
const nowMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });

/** Calls `listener` every `ms` until what it returns is called. */
export const every = (ms: number, listener: () => void): (() => void) => {
  const timer = setInterval(listener, ms);
  return () => {
    clearInterval(timer);
  };
};

/** Calls `listener` once, after `ms`, unless what it returns is called before. */
export const after = (ms: number, listener: () => void): (() => void) => {
  const timer = setTimeout(listener, ms);
  return () => {
    clearTimeout(timer);
  };
};

export const systemClock: Clock = {
  nowMs,
  wallIso: () => new Date().toISOString(),
  delay,
  random: Math.random,
};
