/**
 * Calls that may wait for a disk, as promises, so that a deadline can be put on them. Made of the callbacks of `node:fs`,
 * which every command has loaded: `node:fs/promises` takes a master more than a millisecond to load.
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { inTime } from './deadline.ts';

export const disk = {
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
  mkdir: promisify(fs.mkdir),
  read: promisify(fs.read),
  readFile: promisify(fs.readFile),
  readdir: promisify(fs.readdir),
  rename: promisify(fs.rename),
  stat: promisify(fs.stat),
  statfs: promisify(fs.statfs),
  unlink: promisify(fs.unlink),
  write: promisify(fs.write),
  writeFile: promisify(fs.writeFile),
} as const;

/** No single call on a disk that works takes as long. */
const CALL_MS = 60_000;

/** The outcome of `call`, or an error when the disk does not answer in time. */
export const timely = <T>(call: Promise<T>): Promise<T> =>
  inTime(CALL_MS, call, () => Object.assign(new Error('the disk does not answer'), { code: 'ETIMEDOUT' }));
