/**
 * What only this boot needs is kept in memory, below `/run`: no full disk loses it. Where that cannot be written, it is kept
 * where everything else is.
 */
import { existsSync, lchownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { ensureDirectory, reasonOf, replaceFile } from './files.ts';
import type { Place } from './paths.ts';
import { portDirectory, runPortDirectory, STATE_DIRECTORY } from './paths.ts';

/** What root makes belongs to the user that the state belongs to, whoever owns the directory above. */
const makeLike = (path: string, stateDir: string, mode?: number): void => {
  if (existsSync(path)) return;
  ensureDirectory(path, mode);
  if (process.geteuid?.() !== 0) return;
  const owner = statSync(stateDir, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) lchownSync(path, owner.uid, owner.gid);
};

/**
 * True afterwards: the directory of the port below `/run` is there. The one for all ports is made by the installation, or here
 * by root for the usual state directory. Throws the error of the system.
 */
const ensureRunDirectory = (place: Place): void => {
  const { stateDir } = place;
  if (stateDir === STATE_DIRECTORY) makeLike(RUN_DIRECTORY, stateDir, 0o755);
  if (!existsSync(RUN_DIRECTORY)) throw Object.assign(new Error(), { code: 'ENOENT' });
  const directory = runPortDirectory(place);
  makeLike(dirname(directory), stateDir, 0o755);
  makeLike(directory, stateDir);
};

/**
 * True afterwards: one of the files, of which the first is below `/run`, holds `content`.
 * @returns why neither could be written. Never throws.
 */
export const keepFleeting = (place: Place, files: readonly [string, string], content: string): string | undefined => {
  try {
    ensureRunDirectory(place);
    ensureDirectory(dirname(files[0]));
    replaceFile(files[0], content);
    return undefined;
  } catch {
    // The other one is as good, as long as there is room.
  }
  try {
    ensureDirectory(portDirectory(place));
    ensureDirectory(dirname(files[1]));
    replaceFile(files[1], content);
    return undefined;
  } catch (error) {
    return `cannot write ${files[1]}: ${reasonOf(error)}`;
  }
};
