/** What keepalived would have against running a program. */
import { existsSync, lstatSync, realpathSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { disk } from './disk.ts';

const withParents = (path: string): readonly string[] =>
  path === '/' ? [path] : [path, ...withParents(dirname(path))];

/** What has still to be made is for whoever makes it. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

const statusOf = (path: string): Stats | undefined => {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
};

const [GROUP_WRITES, OTHERS_WRITE, STICKY] = [0o020, 0o002, 0o1000];

const complaintOf = (path: string, found: Stats | undefined): string | undefined => {
  if (found === undefined) return undefined;
  const { uid, gid, mode } = found;
  if (uid !== 0) return `${path} does not belong to root (chown root ${path})`;
  const isExempt = found.isSymbolicLink() || (found.isDirectory() && (mode & STICKY) !== 0);
  const isOpen = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && gid !== 0);
  return isOpen && !isExempt ? `${path} can be written by others than root (chmod go-w ${path})` : undefined;
};

/**
 * A sentence for each part of the path, and of where its links lead, for which `enable_script_security` disables the
 * script. install.sh looks for the same.
 *
 * Source: keepalived/lib/notify.c check_security: every part belongs to root, and none but a directory with the sticky bit
 * is writable for the world or for a group other than root's.
 */
export const unsafeParts = (path: string): readonly string[] =>
  [...new Set([...withParents(path), ...withParents(realpathSync(nearest(path)))])]
    .map((part) => complaintOf(part, statusOf(part)))
    .filter((complaint) => complaint !== undefined);

/** The same of what is there, and this process goes on meanwhile. Rejects where it is not. */
export const unsafePartsOf = async (path: string): Promise<readonly string[]> => {
  const parts = new Set([...withParents(path), ...withParents(await disk.realpath(path))]);
  const complaints: (string | undefined)[] = [];
  for (const part of parts) complaints.push(complaintOf(part, await disk.lstat(part)));
  return complaints.filter((complaint) => complaint !== undefined);
};
