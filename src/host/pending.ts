/**
 * What waits in a thread of the process: for a disk, or for a name server. Such a thread cannot be given up, and Node ends no
 * process before its threads have ended. Source: libuv/src/threadpool.c uv__threadpool_cleanup, which joins them; seen on Node
 * 26.10: `process.exit` waits for a file that is a pipe nobody writes to.
 */

/** The executable has two bundles, and each of them has its own copy of this file. */
const COUNTED = Symbol.for('redisha.pending');

interface Counted {
  [COUNTED]?: Set<object>;
}

const pending = (): Set<object> => ((globalThis as Counted)[COUNTED] ??= new Set());

/** The same work, which {@link isWaiting} knows of until it has settled. */
export const known = async <T>(work: Promise<T>): Promise<T> => {
  const own = {};
  pending().add(own);
  try {
    return await work;
  } finally {
    pending().delete(own);
  }
};

/** Whether the end of this process would have to wait for a thread. */
export const isWaiting = (): boolean => pending().size > 0;
