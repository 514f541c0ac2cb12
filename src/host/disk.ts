/**
 * Calls that may wait for a disk, as promises, so that a deadline can be put on them. Made of the callbacks of `node:fs`,
 * which every command has loaded: `node:fs/promises` takes a master more than a millisecond to load.
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { inTime } from './deadline.ts';
import { OWN_BYTES_MAX, sizeOfOwn, WITHOUT_WAITING } from './own-file.ts';
import { known } from './pending.ts';

type Call = (...args: readonly unknown[]) => Promise<unknown>;

const allKnown = <D extends object>(calls: D): D =>
  Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name,
      (...args: readonly unknown[]): Promise<unknown> => known((call as Call)(...args)),
    ]),
  ) as D;

export const disk = allKnown({
  access: promisify(fs.access),
  chmod: promisify(fs.chmod),
  open: promisify(fs.open),
  close: promisify(fs.close),
  fstat: promisify(fs.fstat),
  fchmod: promisify(fs.fchmod),
  fchown: promisify(fs.fchown),
  fdatasync: promisify(fs.fdatasync),
  fsync: promisify(fs.fsync),
  lchown: promisify(fs.lchown),
  lstat: promisify(fs.lstat),
  mkdir: promisify(fs.mkdir),
  read: promisify(fs.read),
  readFile: promisify(fs.readFile),
  readdir: promisify(fs.readdir),
  realpath: promisify(fs.realpath),
  rename: promisify(fs.rename),
  stat: promisify(fs.stat),
  statfs: promisify(fs.statfs),
  unlink: promisify(fs.unlink),
  write: promisify(fs.write),
  writeFile: promisify(fs.writeFile),
} as const);

/** No single call on a disk that works takes as long. */
const CALL_MS = 60_000;

/** The outcome of `call`, or an error when the disk does not answer in time. */
export const timely = <T>(call: Promise<T>): Promise<T> =>
  inTime(CALL_MS, known(call), () => Object.assign(new Error('the disk does not answer'), { code: 'ETIMEDOUT' }));

/** As `readOwnText` of own-file.ts, and nobody waits for the disk. */
export const readOwnFile = async (path: string, bytesMax: number = OWN_BYTES_MAX): Promise<string> => {
  const fd = await timely(disk.open(path, fs.constants.O_RDONLY | WITHOUT_WAITING));
  try {
    const bytes = Buffer.alloc(sizeOfOwn(path, await timely(disk.fstat(fd)), bytesMax));
    let filled = 0;
    for (let more = 1; more > 0 && filled < bytes.length; filled += more)
      more = (await timely(disk.read(fd, bytes, filled, bytes.length - filled, null))).bytesRead;
    return bytes.toString('utf8', 0, filled);
  } finally {
    await timely(disk.close(fd));
  }
};
