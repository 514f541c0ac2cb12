/** A limit on waiting for the host itself: a stalled disk or a dead name server keeps nobody. */

/** What `work` comes to, or `late` when it has not settled within `ms`; it goes on unseen then. Rejects as `work` does. */
export const within = async <T, L>(ms: number, work: Promise<T>, late: L): Promise<T | L> => {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<L>((resolve) => {
    timer = setTimeout(resolve, ms, late);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
};
