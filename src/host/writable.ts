/** Whether a user may write somewhere, judged by owner and mode, also for somebody who is not that user. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { reasonOf } from './files.ts';
import type { User } from './users.ts';
import { usersHere } from './users.ts';

const nameOf = (uid: number): string => usersHere().find((user) => user.uid === uid)?.name ?? String(uid);

const [WRITE, ENTER] = [0o2, 0o1];

/** Source: path_resolution(7): the class of the owner, else of the group, else of the others; the superuser is let in. */
const may = (path: string, { uid, gids }: User, bits: number): boolean => {
  if (uid === 0) return true;
  const found = statSync(path);
  const shift = found.uid === uid ? 6 : gids.includes(found.gid) ? 3 : 0;
  return ((found.mode >> shift) & bits) === bits;
};

const parentsOf = (path: string): readonly string[] =>
  path === '/' ? [] : [...parentsOf(dirname(path)), dirname(path)];

/** What has still to be made is made in the first directory above it that is there. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

/** Less than this is taken by the next few lines. */
const ROOM_BYTES = 64 * 1024;

const hasRoom = (path: string, { uid }: User): boolean => {
  const { bsize, bavail, bfree, files, ffree } = statfsSync(path);
  if (files > 0 && ffree === 0) return false;
  return (uid === 0 ? bfree : bavail) * bsize >= ROOM_BYTES;
};

export interface NotWritable {
  readonly path: string;
  readonly code: 'ENOSPC' | 'EACCES' | 'EROFS' | 'ENOTDIR';
  /** Whom what is there belongs to. */
  readonly owner: string;
}

/** Why the user could not write there; `undefined` where nothing stands in the way. Nothing is written. Never throws. */
export const whyNotWritable = (path: string, user: User): NotWritable | undefined => {
  const there = nearest(resolve(path));
  try {
    const found = statSync(there);
    const owner = (): string => nameOf(found.uid);
    if (there !== path && !found.isDirectory()) return { path: there, code: 'ENOTDIR', owner: owner() };
    const isIn = parentsOf(there).every((parent) => may(parent, user, ENTER));
    if (!isIn || !may(there, user, found.isDirectory() ? WRITE | ENTER : WRITE))
      return { path: there, code: 'EACCES', owner: owner() };
    if (!hasRoom(there, user)) return { path: there, code: 'ENOSPC', owner: owner() };
    return whyNotByKernel(there, owner);
  } catch {
    return undefined;
  }
};

/** A disk that is mounted read-only says so to everybody. */
const whyNotByKernel = (path: string, owner: () => string): NotWritable | undefined => {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error) === 'EROFS' ? { path, code: 'EROFS', owner: owner() } : undefined;
  }
};
