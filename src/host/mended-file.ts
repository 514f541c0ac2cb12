/**
 * A file of another program, such as keepalived.conf, in which lines are changed: with a copy of what was there beside it, and
 * with the owner and the mode that it had. Whoever is let down by a file that is half written finds none.
 */
import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { RedishaError } from '../errors.ts';
import { disk, timely } from './disk.ts';
import { assertNoForeignLink, UnnamedFile } from './durable.ts';
import { reasonOf } from './files.ts';
import { readOwnText } from './own-file.ts';

const BYTES_MAX = 4 * 1024 * 1024;

/** A file as it was looked at. */
export interface Looked {
  readonly path: string;
  readonly content: string;
  readonly stats: Stats;
}

/** Who a file may belong to that this process changes. */
const isOurs = ({ uid }: Stats): boolean => uid === (process.geteuid?.() ?? 0);

/** In words why nothing is changed there; `undefined` where it may be. */
const whyNotThis = (path: string, stats: Stats): string | undefined => {
  if (stats.isSymbolicLink()) return `${path} is a link`;
  if (!stats.isFile()) return `${path} is no file`;
  if (!isOurs(stats)) return `${path} belongs to another user (${String(stats.uid)})`;
  if (stats.nlink > 1) return `${path} has a second name, which would keep what is there now`;
  const above = lstatSync(dirname(path));
  return above.uid === 0 || isOurs(above)
    ? undefined
    : `${dirname(path)} belongs to another user (${String(above.uid)})`;
};

/** The file, or in words why it is not to be changed. Never throws. */
export const lookAtFile = (path: string): Looked | string => {
  try {
    const stats = lstatSync(path);
    return whyNotThis(path, stats) ?? { path, stats, content: readOwnText(path, BYTES_MAX) };
  } catch (error) {
    return `${path}: ${reasonOf(error)}`;
  }
};

const place = async (
  { stats: { uid, gid, mode } }: Looked,
  path: string,
  content: string,
  atLast: () => void,
): Promise<void> => {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  const file = await UnnamedFile.create(temporary, 0o600);
  try {
    await file.write(content);
    await timely(disk.lchown(temporary, uid, gid));
    await timely(disk.chmod(temporary, mode & 0o7777));
    atLast();
    await file.commit(path);
  } catch (error) {
    await file.discard();
    throw error;
  }
};

export const backupOf = (path: string, stamp: string): string => `${path}.before-${stamp}`;

/**
 * True afterwards: `content` is in the file, for every reader at once, and what was there is in its backup.
 * @throws {RedishaError} HOST_FILE where somebody has changed it since it was looked at, or it cannot be written: nothing has
 * changed then but that the backup may be there
 */
export const replaceLooked = async (looked: Looked, content: string, stamp: string): Promise<string> => {
  const { path } = looked;
  const backup = backupOf(path, stamp);
  const assertUnchanged = (): void => {
    const now = lookAtFile(path);
    if (typeof now !== 'string' && now.stats.ino === looked.stats.ino && now.content === looked.content) return;
    throw new RedishaError('HOST_FILE', `${path} has changed since it was looked at`, { hint: 'redisha doctor --fix' });
  };
  try {
    await assertNoForeignLink(path);
    assertUnchanged();
    await place(looked, backup, looked.content, () => undefined);
    await place(looked, path, content, assertUnchanged);
    return backup;
  } catch (error) {
    if (error instanceof RedishaError) throw error;
    throw new RedishaError('HOST_FILE', `cannot write ${path}: ${reasonOf(error)}`, {
      hint: `ls -ld ${path} ${dirname(path)}`,
      cause: error,
    });
  }
};
