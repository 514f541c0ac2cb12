/** How far a long piece of work is, on a terminal only. */

const EVERY_MS = 100;

export interface Progress {
  /** `part` from 0 to 1. */
  readonly show: (what: string, part: number) => void;
  /** Any line in its place. */
  readonly line: (text: () => string) => void;
  /** True afterwards: the line is free for what comes. */
  readonly end: () => void;
}

export const openProgress = (): Progress => {
  let shownMs = Number.NEGATIVE_INFINITY;
  // A terminal that is closed takes nothing any more, and the work goes on to its end.
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined);
  const line = (text: () => string): void => {
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - shownMs < EVERY_MS) return;
    shownMs = nowMs;
    process.stderr.write(`\r\u001B[K${text()}`);
  };
  return {
    line,
    show(what, part) {
      line(() => `${what} ${(Math.min(1, part) * 100).toFixed(0)} %`);
    },
    end() {
      if (process.stderr.isTTY && shownMs > 0) process.stderr.write('\r\u001B[K');
    },
  };
};
