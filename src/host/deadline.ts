/** The one limit on waiting: a stalled disk, a dead name server or a silent peer keeps nobody. */

/**
 * Calls `late` after `ms`, unless it is stopped. What has come meanwhile is heard first: a process that was kept from
 * running finds its timers due before it has read anything. Source: libuv's loop, timers before poll before check.
 */
export const startClock = (ms: number, late: () => void): (() => void) => {
  let last: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    last = setImmediate(late);
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
};

/** What `work` comes to, or `late` when it has not settled within `ms`; it goes on unseen then. Rejects as `work` does. */
export const within = async <T, L>(ms: number, work: Promise<T>, late: L): Promise<T | L> => {
  let stopClock: (() => void) | undefined;
  const end = new Promise<L>((resolve) => {
    stopClock = startClock(ms, () => {
      resolve(late);
    });
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    stopClock?.();
    work.catch(() => undefined);
  }
};

const LATE = Symbol('late');

/** What `work` comes to. Rejects as `work` does, and with `late` as {@link within} gives it up. */
export const inTime = async <T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> => {
  const found = await within(ms, work, LATE);
  if (found === LATE) throw late();
  return found;
};
