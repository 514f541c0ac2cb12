/** Files that survive a power cut. Apart from files.ts, since a check needs none and would load what they are made with. */
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MODE } from './files.ts';

/** True afterwards: the entry that was made, renamed or removed in `directory` survives a power cut. */
const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
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
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
};
