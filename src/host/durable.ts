/** Files that survive a power cut. Apart from files.ts, since a check needs none and would load what they are made with. */
import { dirname } from 'node:path';
import { disk } from './disk.ts';
import { giveToOwner, MODE } from './files.ts';

/** True afterwards: the entry that was made, renamed or removed in `directory` survives a power cut. */
const syncDirectory = async (directory: string): Promise<void> => {
  const fd = await disk.open(directory, 'r');
  try {
    await disk.fsync(fd);
  } finally {
    await disk.close(fd);
  }
};

/** As `openNew` of files.ts, and nobody waits for the disk. */
const openNew = async (path: string, mode: number): Promise<number> => {
  try {
    return await disk.open(path, 'wx', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await disk.unlink(path);
    return disk.open(path, 'wx', mode);
  }
};

/**
 * True afterwards: `path` holds `content` with `mode`, for every reader at once and after a power cut too.
 * Source: fsync(2): the file and the directory that names it are flushed each by itself. Rejects with the error of the
 * system; the temporary file is gone then.
 */
export const writeFileAtomic = async (path: string, content: string, mode: number = MODE.file): Promise<void> => {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  try {
    const fd = await openNew(temporary, mode);
    try {
      await disk.fchmod(fd, mode);
      giveToOwner(temporary, fd);
      await disk.writeFile(fd, content);
      await disk.fsync(fd);
    } finally {
      await disk.close(fd);
    }
    await disk.rename(temporary, path);
  } catch (error) {
    await disk.unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
};
