/**
 * One lock for each port of this host. The kernel frees it on any death of its owner, so there is no stale lock.
 *
 * Where `install.sh` or keepalived has made the run directory, it is a lock of SQLite on a file there that only the script
 * user and root may open. On a host without that directory it is an abstract unix socket, which any local user can take.
 * Source: sqlite.org/lockingv3.html, EXCLUSIVE: one connection has it, and it is an fcntl(2) lock of the process;
 * unix(7), "abstract".
 */
import { closeSync, fchmodSync, lstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { RedishaError, RUN_DIRECTORY_HINT } from '../errors.ts';
import { giveToOwner, reasonOf } from './files.ts';

/** Resolves when the lock is free again. */
export type Release = () => Promise<void>;

const MODE_OWNER = 0o600;

/** Source: sqlite3.h, SQLITE_BUSY. */
const SQLITE_BUSY = 5;

/** Whoever only looks whether the lock is had is in its way for a fraction of this. */
const LOOK_MS = 1;

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const lockFile = (directory: string, port: number): string => join(directory, `${String(port)}-lock`);

const socketName = (port: number): string => `\0redisha:${String(port)}`;

const notTaken = (port: number, error: unknown): RedishaError =>
  new RedishaError('HOST_FILE', `cannot take the lock of port ${String(port)}: ${reasonOf(error)}`, {
    cause: error,
    hint: RUN_DIRECTORY_HINT,
  });

/**
 * True afterwards: the file is there, and is no link. It is never opened again by us: whoever closes any descriptor of a
 * file loses the locks that its process has there. Source: fcntl(2), "Advisory record locking".
 */
const makeFile = (path: string): void => {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) return;
  let fd: number;
  try {
    fd = openSync(path, 'wx', MODE_OWNER);
  } catch (error) {
    // Another process was quicker.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) return;
    throw error;
  }
  try {
    fchmodSync(fd, MODE_OWNER);
    giveToOwner(path, fd);
  } finally {
    closeSync(fd);
  }
};

const isBusy = (error: unknown): boolean => (error as { readonly errcode?: unknown }).errcode === SQLITE_BUSY;

const lockByFile = async (path: string): Promise<Release | undefined> => {
  makeFile(path);
  // Only who takes the lock pays for loading it.
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { timeout: LOOK_MS });
  try {
    // Nothing is ever written, so no journal is to lie beside the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return () => {
    database.close();
    return Promise.resolve();
  };
};

const lockByName = (port: number): Promise<Release | undefined> =>
  new Promise((resolve, reject) => {
    // Whoever connects only wants to know whether somebody listens.
    const server = createServer((socket) => {
      socket.on('error', () => undefined).destroy();
    });
    server.once('error', (error) => {
      if (reasonOf(error) === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(socketName(port), () => {
      server.unref();
      resolve(() => new Promise((closed) => server.close(() => closed())));
    });
  });

/**
 * Resolves with what frees it; `undefined` where another one has it.
 * @throws {RedishaError} HOST_FILE where nobody of this user can have it
 */
export const takeLock = async (port: number, directory = RUN_DIRECTORY): Promise<Release | undefined> => {
  try {
    return await (isDirectory(directory) ? lockByFile(lockFile(directory, port)) : lockByName(port));
  } catch (error) {
    throw notTaken(port, error);
  }
};

/** Where SQLite locks, in a file of any size. Source: sqlite.org/fileformat.html, "The Lock-Byte Page". */
const LOCK_BYTE = '1073741824';

/**
 * The line of a lock that is wanted and not had begins with an arrow. Source: proc_locks(5), and fs/locks.c
 * lock_get_status: number, kind, "ADVISORY", "WRITE", pid, device and inode, first byte, last byte.
 */
const hasLockAt = (path: string): boolean => {
  const inode = String(statSync(path).ino);
  return readFileSync('/proc/locks', 'latin1')
    .split('\n')
    .map((line) => line.split(/ +/))
    .some(([, kind, , , , file = '', start]) => kind === 'POSIX' && file.endsWith(`:${inode}`) && start === LOCK_BYTE);
};

/**
 * A reader is let in unless somebody has the lock, and leaves at once. Whoever may not read the file asks the kernel.
 *
 * Why: the kernel stops all locks of the host to list them, and waits for a moment in which no processor is busy with one. Here
 * that took 9 to 25 ms, in the middle of a failover. Source: linux/fs/locks.c locks_start, percpu_down_write.
 */
const isLockedFile = async (path: string): Promise<boolean> => {
  const { DatabaseSync } = await import('node:sqlite');
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    database.exec('SELECT 1 FROM sqlite_schema');
    return false;
  } catch (error) {
    return isBusy(error) || hasLockAt(path);
  } finally {
    database?.close();
  }
};

/** Source: proc(5), /proc/net/unix: one line a socket, the name last, `@` for the zero byte of an abstract one. */
const hasName = (port: number): boolean =>
  readFileSync('/proc/self/net/unix', 'latin1').includes(` @${socketName(port).slice(1)}\n`);

/** What this process or its host has no more of. Source: errno(3). */
const USED_UP = ['EMFILE', 'ENFILE', 'ENOMEM'];

/**
 * Whether somebody has the lock right now, as far as this process can find out; where it has no more files or memory to do so,
 * somebody may. Does not take it. Never rejects.
 */
export const isLocked = async (port: number, directory = RUN_DIRECTORY): Promise<boolean> => {
  try {
    if (!isDirectory(directory)) return hasName(port);
    const file = lockFile(directory, port);
    return lstatSync(file, { throwIfNoEntry: false })?.isFile() === true && (await isLockedFile(file));
  } catch (error) {
    return USED_UP.includes(reasonOf(error));
  }
};
