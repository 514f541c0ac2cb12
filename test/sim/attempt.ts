/** Does it, and tells later what came of it. */
export const attempt = <T>(run: () => T, resolve: (value: T) => void, reject: (why: unknown) => void): (() => void) => {
  try {
    const value = run();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
};
