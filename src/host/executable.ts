/** Whether the program on disk is still the one that runs here. */
import { statSync } from 'node:fs';

const birthOf = (path: string): string | undefined => {
  try {
    const { dev, ino, mtimeMs } = statSync(path);
    return [dev, ino, mtimeMs].join(':');
  } catch {
    return undefined;
  }
};

/** Tells from now on whether another file stands in the place of each of `paths`; one that is gone for a moment is none. */
export const openChanges = (paths: readonly string[]): (() => boolean) => {
  const before = paths.map(birthOf);
  return () =>
    paths.some((path, place) => {
      const now = birthOf(path);
      return now !== undefined && now !== before[place];
    });
};
