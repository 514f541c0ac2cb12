/** redisha's log, as the options of a run want it. */
import type { Log } from '../app/ports.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../host/clock.ts';
import { openLog } from '../host/log.ts';

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
