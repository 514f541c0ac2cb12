/**
 * Files and directories whose mode is what the code says. keepalived starts its scripts with a umask of 0177, which turns
 * a directory of mkdir(2) into one that its owner cannot enter: so every mode is set a second time, by chmod.
 */
import {
  accessSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  renameSync,
  type Stats,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

export const MODE = {
  /** State and log: the owner writes, the group reads. */
  directory: 0o750,
  file: 0o640,
} as const;

/** `path`, and every directory that it is in. */
export const partsOf = (path: string): readonly string[] =>
  dirname(path) === path ? [] : [path, ...partsOf(dirname(path))];

/** Root does not go where another user has put a link. Throws ELOOP for one. */
export const assertOwnLink = (found: Stats | undefined): void => {
  if (found?.isSymbolicLink() === true && found.uid !== 0) throw Object.assign(new Error('a link'), { code: 'ELOOP' });
};

/** True afterwards: root follows no link of another user's to `path`. Whoever is not root has the rights of a user, and no more. */
export const assertNoForeignLink = (path: string): void => {
  if (process.geteuid?.() !== 0) return;
  for (const part of partsOf(resolve(path))) assertOwnLink(lstatSync(part, { throwIfNoEntry: false }));
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** The words of the kernel without the path and the call, which the caller's own sentence has: `EACCES`. */
export const reasonOf = (error: unknown): string => codeOf(error) || String(error);

/** Every directory may be entered and the file be read, by anybody. */
export const isOpen = (path: string, bit = 0o004): boolean =>
  (statSync(path).mode & bit) !== 0 && (path === '/' || isOpen(dirname(path), 0o001));

/** False where something is there that this user may not look into. */
export const mayRead = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    return codeOf(error) !== 'EACCES';
  }
};

/**
 * What root has made belongs to the owner of the directory that it is in: keepalived may run redisha as another user, who
 * has to go on with it. Does nothing for anybody else. With `fd` the open file is meant, else what is at `path`, and never
 * what a link there leads to. Never throws: on a file system that knows no owners it stays root's.
 */
export const giveToOwner = (path: string, fd?: number): void => {
  if (process.geteuid?.() !== 0) return;
  try {
    const { uid, gid } = statSync(dirname(path));
    if (uid === 0 && gid === 0) return;
    if (fd === undefined) lchownSync(path, uid, gid);
    else fchownSync(fd, uid, gid);
  } catch {
    // It is there all the same, and root can use it.
  }
};

/** Of the directory that was just made, and of nothing that somebody may have put into its place since. */
const setMode = (path: string, mode: number): void => {
  const fd = openSync(path, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(fd, mode);
    giveToOwner(path, fd);
  } finally {
    closeSync(fd);
  }
};

/**
 * True afterwards: `path` is a directory. Directories that had to be made have exactly `mode`, their parents 0750; one that
 * was there keeps its own. Throws the error of the system.
 */
export const ensureDirectory = (path: string, mode: number = MODE.directory, hasParent = false): void => {
  try {
    assertNoForeignLink(path);
    mkdirSync(path, { mode });
    setMode(path, mode);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && !hasParent && dirname(path) !== path) {
      ensureDirectory(dirname(path));
      // Some file systems say ENOENT of what they will never hold, such as /proc.
      ensureDirectory(path, mode, true);
    } else if (codeOf(error) !== 'EEXIST') throw error;
  }
};

/** Made by this call, so that root never gives away what a link leads to. A dead process may have left one of this name. */
const openNew = (path: string, mode: number): number => {
  try {
    return openSync(path, 'wx', mode);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    unlinkSync(path);
    return openSync(path, 'wx', mode);
  }
};

/**
 * True afterwards: `path` holds `content` with `mode`, for every reader at once. Not durable: after a power cut the old
 * content may be back. For what only this boot needs; it costs no wait for the disk. Throws the error of the system; the temporary file is gone then.
 */
export const replaceFile = (path: string, content: string, mode: number = MODE.file): void => {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  assertNoForeignLink(dirname(path));
  try {
    const fd = openNew(temporary, mode);
    try {
      fchmodSync(fd, mode);
      giveToOwner(temporary, fd);
      writeFileSync(fd, content);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};
