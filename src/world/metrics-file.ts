/** The metrics of this host in a file that the textfile collector of node_exporter reads. */
import { resolve } from 'node:path';
import { RedishaError } from '../errors.ts';
import { reasonOf, replaceFile } from '../host/files.ts';

/** The collector runs as a user of its own. */
const MODE = 0o644;

/** True afterwards: whoever reads the file gets all of the old text or all of the new one. @throws {RedishaError} HOST_FILE */
export const placeMetrics = (path: string, text: string): void => {
  try {
    replaceFile(resolve(path), text, MODE);
  } catch (error) {
    throw new RedishaError('HOST_FILE', `cannot write ${path}: ${reasonOf(error)}`, {
      hint: '--out names a file in a directory that you may write to, and its name ends in .prom',
      cause: error,
    });
  }
};
