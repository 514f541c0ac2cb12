/** Another program in the place of this one. */

/**
 * Returns where that is not done: the kernel may have no memory for it, or not allow it. Then this program is to go on.
 * Source: execve(2); Node throws what it says, seen on 26.10.
 */
export const become = (path: string, args: readonly string[], env: Readonly<Record<string, string>>): void => {
  try {
    process.execve?.(path, args, env);
  } catch {
    // Whoever calls goes on.
  }
};
