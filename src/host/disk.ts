/**
 * Calls that may wait for a disk, as promises, so that a deadline can be put on them. Made of the callbacks of `node:fs`,
 * which every command has loaded: `node:fs/promises` takes a master more than a millisecond to load.
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';

export const disk = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  fstat: promisify(fs.fstat),
  fchmod: promisify(fs.fchmod),
  fsync: promisify(fs.fsync),
  read: promisify(fs.read),
  readFile: promisify(fs.readFile),
  rename: promisify(fs.rename),
  stat: promisify(fs.stat),
  unlink: promisify(fs.unlink),
  write: promisify(fs.write),
  writeFile: promisify(fs.writeFile),
} as const;
