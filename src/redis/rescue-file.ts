/**
 * One rescue on its way to the disk. It has its final name only when it is complete and would survive a power cut, so
 * that a name is a promise; until then it is a `.part` that carries the id of the process that writes it.
 *
 * keepalived starts its scripts with a umask of 0177, which would make a directory that its owner cannot enter: every mode
 * is set a second time. Source: keepalived.conf(5), `umask`; mkdir(2).
 */
import { dirname, join } from 'node:path';
import { RedishaError } from '../errors.ts';
import { disk, timely } from '../host/disk.ts';
import { assertNoForeignLink, setMode, UnnamedFile } from '../host/durable.ts';

/** Rescues hold users' data. */
const MODE = { directory: 0o700, parent: 0o750, file: 0o600 } as const;

/** What is left to everybody else on the file system, Redis' own files among them. */
const MARGIN_BYTES = 1024 * 1024;
/** So often the room is looked at again and what was written is flushed, so that the end has little left to flush. */
const FLUSH_EVERY_BYTES = 8 * 1024 * 1024;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** True afterwards: `path` is a directory; it has exactly `mode` if it had to be made. Rejects with the system's error. */
const ensureDirectory = async (path: string, mode: number): Promise<void> => {
  try {
    await assertNoForeignLink(path);
    await timely(disk.mkdir(path, { mode }));
    await setMode(path, mode);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) {
      await ensureDirectory(dirname(path), MODE.parent);
      await ensureDirectory(path, mode);
      return;
    }
    if (codeOf(error) !== 'EEXIST') throw error;
    const found = await timely(disk.stat(path));
    if (!found.isDirectory()) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
    if (found.uid === process.getuid?.() && (found.mode & 0o700) !== 0o700) await timely(disk.chmod(path, mode));
  }
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** @throws {RedishaError} RESCUE_FAILED when `directory` has no room for `bytes` and a margin. */
const assertRoom = async (directory: string, bytes: number): Promise<void> => {
  const { bavail, bsize } = await timely(disk.statfs(directory));
  const freeBytes = bavail * bsize;
  if (freeBytes >= bytes + MARGIN_BYTES) return;
  throw new RedishaError(
    'RESCUE_FAILED',
    `no room in ${directory}: ${megabytes(bytes + MARGIN_BYTES)} are needed, ${megabytes(freeBytes)} are free`,
    { hint: 'make room, or set another directory in the configuration' },
  );
};

/** The same of a directory that is made if it is missing. */
export const assertRoomIn = async (directory: string, bytes: number): Promise<void> => {
  await ensureDirectory(directory, MODE.directory);
  await assertRoom(directory, bytes);
};

export class PartFile {
  readonly #directory: string;
  readonly #file: UnnamedFile;
  #bytes = 0;
  #flushedBytes = 0;
  #expectedBytes: number | undefined;

  /**
   * An empty file in `directory`, which is made if it is missing, with mode 0600.
   * @throws {RedishaError} RESCUE_FAILED when there is no room for `expectedBytes`, or for anything to speak of where the
   * size is not known yet. Rejects with the system's error.
   */
  static async create(directory: string, name: string, expectedBytes: number | undefined): Promise<PartFile> {
    await ensureDirectory(directory, MODE.directory);
    await assertRoom(directory, expectedBytes ?? 0);
    const file = await UnnamedFile.create(join(directory, `${name}.${String(process.pid)}.part`), MODE.file);
    return new PartFile(directory, file, expectedBytes);
  }

  private constructor(directory: string, file: UnnamedFile, expectedBytes: number | undefined) {
    this.#expectedBytes = expectedBytes;
    this.#directory = directory;
    this.#file = file;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The file is going to be this large, or as large as it will be.
   * @throws {RedishaError} RESCUE_FAILED when what is still to come has no room.
   */
  async expect(bytes: number | undefined): Promise<void> {
    this.#expectedBytes = bytes;
    await this.#assertRoom();
  }

  /** True afterwards: `bytes` are in the file, if not yet on the disk. */
  async write(bytes: Buffer): Promise<void> {
    await this.#file.write(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes - this.#flushedBytes < FLUSH_EVERY_BYTES) return;
    this.#flushedBytes = this.#bytes;
    await this.#file.flush();
    await this.#assertRoom();
  }

  /** True afterwards: the file is complete on the disk under `name`. Returns its path. */
  async commit(name: string): Promise<string> {
    const path = join(this.#directory, name);
    await this.#file.commit(path);
    return path;
  }

  /** True afterwards: the file is gone, as far as the disk allows. Never rejects. */
  discard(): Promise<void> {
    return this.#file.discard();
  }

  /** Where the end is not known, room for the next portion, so that nobody finds the disk full to the last byte. */
  async #assertRoom(): Promise<void> {
    const expected = this.#expectedBytes;
    await assertRoom(this.#directory, expected === undefined ? FLUSH_EVERY_BYTES : Math.max(0, expected - this.#bytes));
  }
}
