/**
 * Files that have their name only when they are complete and would survive a power cut, so that a name is a promise. Nobody
 * waits longer for a disk than one call may take. Apart from files.ts, since a check needs none of them and would load what
 * they are made with.
 */
import { constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { disk, timely } from './disk.ts';
import { assertOwnLink, MODE, partsOf } from './files.ts';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** As `assertNoForeignLink` of files.ts, and nobody waits for the disk. */
export const assertNoForeignLink = async (path: string): Promise<void> => {
  if (process.geteuid?.() !== 0) return;
  for (const part of partsOf(resolve(path)))
    assertOwnLink(
      await timely(disk.lstat(part)).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }),
    );
};

/** As `giveToOwner` of files.ts, and nobody waits for the disk. Never rejects. */
export const giveToOwner = async (path: string, fd?: number): Promise<void> => {
  if (process.geteuid?.() !== 0) return;
  try {
    const { uid, gid } = await timely(disk.stat(dirname(path)));
    if (uid === 0 && gid === 0) return;
    await timely(fd === undefined ? disk.lchown(path, uid, gid) : disk.fchown(fd, uid, gid));
  } catch {
    // It is there all the same, and root can use it.
  }
};

/** As `setMode` of files.ts, and nobody waits for the disk. */
export const setMode = async (path: string, mode: number): Promise<void> => {
  const fd = await timely(disk.open(path, constants.O_DIRECTORY | constants.O_NOFOLLOW));
  try {
    await timely(disk.fchmod(fd, mode));
    await giveToOwner(path, fd);
  } finally {
    await timely(disk.close(fd));
  }
};

/** True afterwards: the entry that was made, renamed or removed in `directory` survives a power cut. */
const syncDirectory = async (directory: string): Promise<void> => {
  const fd = await timely(disk.open(directory, 'r'));
  try {
    await timely(disk.fsync(fd));
  } finally {
    await timely(disk.close(fd));
  }
};

/** As `openNew` of files.ts, and nobody waits for the disk. */
const openNew = async (path: string, mode: number): Promise<number> => {
  try {
    return await timely(disk.open(path, 'wx', mode));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await timely(disk.unlink(path));
    return timely(disk.open(path, 'wx', mode));
  }
};

export class UnnamedFile {
  readonly #path: string;
  /** `undefined` once it is closed: the kernel may have given the number to another file by then. */
  #fd: number | undefined;

  /** An empty file at `path`, where it stays until it has its name. Rejects with the error of the system; it is gone then. */
  static async create(path: string, mode: number): Promise<UnnamedFile> {
    await assertNoForeignLink(dirname(path));
    const fd = await openNew(path, mode);
    const file = new UnnamedFile(path, fd);
    try {
      await timely(disk.fchmod(fd, mode));
      await giveToOwner(path, fd);
      return file;
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** True afterwards: `bytes` are in the file, if not yet on the disk. */
  async write(bytes: Buffer | string): Promise<void> {
    await timely(disk.writeFile(this.#open(), bytes));
  }

  /** True afterwards: what was written is on the disk. */
  async flush(): Promise<void> {
    await timely(disk.fdatasync(this.#open()));
  }

  /**
   * True afterwards: what was written is at `path`, in the same directory, for every reader at once and after a power cut too.
   * Source: fsync(2): the file and the directory that names it are flushed each by itself.
   */
  async commit(path: string): Promise<void> {
    await timely(disk.fsync(this.#open()));
    await this.#close();
    await timely(disk.rename(this.#path, path));
    await syncDirectory(dirname(path));
  }

  /** True afterwards: a file that has no name yet is gone, as far as the disk allows. Never rejects. */
  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    await timely(disk.unlink(this.#path)).catch(() => undefined);
  }

  #open(): number {
    if (this.#fd === undefined) throw new Error(`${this.#path} is closed`);
    return this.#fd;
  }

  async #close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await timely(disk.close(fd));
  }
}

/**
 * True afterwards: `path` holds `content` with `mode`, for every reader at once and after a power cut too. Rejects with the
 * error of the system; the temporary file is gone then.
 */
export const writeFileAtomic = async (path: string, content: string, mode: number = MODE.file): Promise<void> => {
  const file = await UnnamedFile.create(`${path}.${String(process.pid)}.tmp`, mode);
  try {
    await file.write(content);
    await file.commit(path);
  } catch (error) {
    await file.discard();
    throw error;
  }
};
