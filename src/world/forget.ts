/** What is known of a pair goes; what was saved of its writes stays. */
import { rmSync } from 'node:fs';
import type { CommonOptions, Forgotten } from '../cli/runtime.ts';
import { RedishaError } from '../errors.ts';
import { reasonOf, replaceFile } from '../host/files.ts';
import type { Place } from '../host/paths.ts';
import { drainedFile, forgottenFile, intentsDirectories, isKnown, pausedFile } from '../host/paths.ts';
import { lastCheckFiles, memoryFile, portDirectory } from '../host/paths.ts';
import { isLocked } from '../host/lock.ts';
import { confPairs } from './notes.ts';
import { settingsFor } from './settings.ts';

const remove = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw new RedishaError('HOST_FILE', `cannot remove ${path}: ${reasonOf(error)}`, {
      hint: 'run it as the user that keepalived runs redisha as, or as root',
    });
  }
};

/**
 * True afterwards: nobody takes the pair of this port for one of this host until keepalived or a whole pair is seen there again.
 * @throws {RedishaError} REFUSED_BY_RULE while a command is at work there
 */
export const forget = async (port: number, options: CommonOptions): Promise<Forgotten> => {
  const { files } = await settingsFor(options, { port: String(port) });
  const place: Place = { stateDir: files.stateDir, port };
  if (await isLocked(port))
    throw new RedishaError('REFUSED_BY_RULE', `a command is at work on port ${String(port)}`, {
      hint: 'pgrep -af redisha',
    });
  const wasKnown = isKnown(place);
  const marks = [drainedFile(place), pausedFile(place)];
  for (const path of [memoryFile(place), ...lastCheckFiles(place), ...intentsDirectories(place), ...marks])
    remove(path);
  if (wasKnown) replaceFile(forgottenFile(place), '');
  const isCalled = confPairs(files.keepalivedConf).some((pair) => pair.port === port);
  return { wasKnown, stays: portDirectory(place), calledBy: isCalled ? files.keepalivedConf : undefined };
};
