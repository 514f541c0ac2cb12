/** Writes and removes what a person has said of this node. A mark counts once it would survive a power cut. */
import { dirname } from 'node:path';
import type { Drained, Paused } from '../core/marks.ts';
import { RedishaError } from '../errors.ts';
import { disk, timely } from './disk.ts';
import { UnnamedFile, writeFileAtomic } from './durable.ts';
import { ensureDirectory, MODE, reasonOf } from './files.ts';
import { drainedFile, pausedFile, type Place } from './paths.ts';

/** A mark that is on the disk and does not count yet: no full disk can keep it from being put in its place. */
export interface StagedMark {
  /** True afterwards: it counts, also after a power cut. */
  readonly commit: () => Promise<void>;
  /** True afterwards: it is gone. Never rejects. */
  readonly discard: () => Promise<void>;
}

const notWritten = (path: string, error: unknown): RedishaError =>
  new RedishaError('HOST_FILE', `cannot write ${path}: ${reasonOf(error)}`, {
    hint: `df -h ${dirname(path)}; run it as the user that keepalived runs redisha as, or as root`,
    cause: error,
  });

const ABOUT_DRAINED = 'redisha drain: this node is kept unfit until "redisha resume" is run on this host';
const ABOUT_PAUSED =
  'redisha pause: redisha changes nothing on this host until then, or until "redisha resume" is run here';

const textOf = (about: string, mark: Drained | Paused): string =>
  `${JSON.stringify({ about, ...mark }, undefined, 2)}\n`;

/** @throws {RedishaError} HOST_FILE where there is no room, or no right; nothing has changed then */
export const stageDrained = async (place: Place, mark: Drained): Promise<StagedMark> => {
  const path = drainedFile(place);
  try {
    ensureDirectory(dirname(path));
    const file = await UnnamedFile.create(`${path}.${String(process.pid)}.tmp`, MODE.file);
    try {
      await file.write(textOf(ABOUT_DRAINED, mark));
      await file.flush();
    } catch (error) {
      await file.discard();
      throw error;
    }
    return {
      commit: async () => {
        try {
          await file.commit(path);
        } catch (error) {
          throw notWritten(path, error);
        }
      },
      discard: () => file.discard(),
    };
  } catch (error) {
    throw notWritten(path, error);
  }
};

/** @throws {RedishaError} HOST_FILE */
export const writePaused = async (place: Place, mark: Paused): Promise<void> => {
  const path = pausedFile(place);
  try {
    ensureDirectory(dirname(path));
    await writeFileAtomic(path, textOf(ABOUT_PAUSED, mark));
  } catch (error) {
    throw notWritten(path, error);
  }
};

/** True afterwards: the file is gone. @returns whether it was there. @throws {RedishaError} HOST_FILE */
const remove = async (path: string): Promise<boolean> => {
  try {
    await timely(disk.unlink(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new RedishaError('HOST_FILE', `cannot remove ${path}: ${reasonOf(error)}`, {
      hint: 'run it as the user that keepalived runs redisha as, or as root',
    });
  }
};

export const removeDrained = (place: Place): Promise<boolean> => remove(drainedFile(place));
export const removePaused = (place: Place): Promise<boolean> => remove(pausedFile(place));
