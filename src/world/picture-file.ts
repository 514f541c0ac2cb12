/** A picture that somebody has asked for, in the place that was named. */
import { resolve } from 'node:path';
import { RedishaError } from '../errors.ts';
import { writeFileAtomic } from '../host/durable.ts';
import { reasonOf } from '../host/files.ts';

const MODE = 0o644;

/** @throws {RedishaError} HOST_FILE */
export const writePicture = async (path: string, text: string): Promise<void> => {
  try {
    await writeFileAtomic(resolve(path), text, MODE);
  } catch (error) {
    throw new RedishaError('HOST_FILE', `cannot write ${path}: ${reasonOf(error)}`, {
      hint: '--picture names a file in a directory that you may write to',
    });
  }
};
