/** redisha's log, as the options of a run want it. */
import type { Log } from '../app/ports.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { FlagKey } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../host/clock.ts';
import { openLog } from '../host/log.ts';
import { settingsFor } from './settings.ts';

/** `command` is the one that speaks. */
export const logFor = ({ files }: Settings, options: CommonOptions, command: string): Promise<Log> =>
  openLog({
    file: files.logFile,
    format: files.logFormat,
    level: files.logLevel,
    command,
    toStderr: options.verbose,
    clock: systemClock,
  });

/** An empty one. */
const NO_FILE = '/dev/null';

/** The settings of a process that may have failed because its configuration cannot be read: then those by default. */
export const settingsInAnyCase = (options: CommonOptions, words: Partial<Record<FlagKey, string>>): Promise<Settings> =>
  settingsFor(options, words).catch(() => settingsFor({ ...options, config: NO_FILE, option: [] }, words));

/** The log of such a process. */
export const logInAnyCase = async (
  options: CommonOptions,
  words: Partial<Record<FlagKey, string>>,
  command: string,
): Promise<Log> => logFor(await settingsInAnyCase(options, words), options, command);
