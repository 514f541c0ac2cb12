/** What a process that is started again and again tells once. */
import { join } from 'node:path';
import { replaceFile } from './files.ts';
import { readOwnText } from './own-file.ts';

const LINES_MAX = 32;

const linesIn = (file: string): readonly string[] => {
  try {
    return readOwnText(file).split('\n');
  } catch {
    return [];
  }
};

/** True where it was told since the boot. From now on it was; where that cannot be written down, it is told once more. */
export const isToldBefore = (directory: string, text: string): boolean => {
  const file = join(directory, 'told');
  const line = text.trim().replaceAll('\n', ' ');
  const before = linesIn(file);
  if (before.includes(line)) return true;
  try {
    replaceFile(file, [...before, line].slice(-LINES_MAX).join('\n'));
  } catch {
    // The next process will not know.
  }
  return false;
};
