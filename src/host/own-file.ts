/**
 * Files of our own, read as if anybody had made them: whoever may write to their directory may put a pipe, a device or a huge file
 * there. Nobody waits for the other end of a pipe, and no more is read than such a file holds.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

/** Of what redisha keeps between two processes: the largest holds a few kilobytes. */
export const OWN_BYTES_MAX = 256 * 1024;

/** Whoever opens so waits for nobody. Source: fifo(7), open(2). */
export const WITHOUT_WAITING = constants.O_NONBLOCK | constants.O_NOCTTY;

const failed = (code: string): Error => Object.assign(new Error(code), { code });

/** The bytes to read. Throws where that is no regular file, or larger than `bytesMax`. `/dev/null` is an empty file. */
export const sizeOfOwn = (path: string, found: Stats, bytesMax: number): number => {
  if (!found.isFile() && path !== '/dev/null') throw failed('no regular file');
  if (found.size > bytesMax) throw failed(`larger than ${String(bytesMax)} bytes`);
  return found.size;
};

/** What the file at `path` holds. Throws the error of the system, or one whose `code` says in words why it is not read. */
export const readOwn = (path: string, bytesMax: number = OWN_BYTES_MAX): Buffer => {
  const fd = openSync(path, constants.O_RDONLY | WITHOUT_WAITING);
  try {
    const bytes = Buffer.alloc(sizeOfOwn(path, fstatSync(fd), bytesMax));
    let filled = 0;
    for (let more = 1; more > 0 && filled < bytes.length; filled += more)
      more = readSync(fd, bytes, filled, bytes.length - filled, null);
    return bytes.subarray(0, filled);
  } finally {
    closeSync(fd);
  }
};

/** The same as text. */
export const readOwnText = (path: string, bytesMax?: number): string => readOwn(path, bytesMax).toString('utf8');

/** 0 where nothing is there, or nobody may look: whoever cannot read it goes on without. */
export const changedMs = (path: string): number => {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
};
