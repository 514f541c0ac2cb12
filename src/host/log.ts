/**
 * redisha's own log: one line an event, in a file of its own. A log that cannot be written says so once on stderr, goes on
 * there, and never stops the work.
 */
import { closeSync, constants, fchmodSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Log } from '../app/ports.ts';
import { escaped } from '../printable.ts';
import { assertNoForeignLink, ensureDirectory, giveToOwner, MODE, reasonOf } from './files.ts';
import { WITHOUT_WAITING } from './own-file.ts';
import { type Fields, type Level, LEVELS, hideSecrets, textLine } from './log-line.ts';

export interface LogOptions {
  readonly file: string;
  readonly format: 'text' | 'json';
  readonly level: Level;
  /** The command that speaks. */
  readonly command: string;
  /** Also to stderr, as text: a person is looking on. */
  readonly toStderr: boolean;
  readonly clock: Pick<Clock, 'wallIso'>;
}

type Write = (line: string) => void;

const writeStderr: Write = (line) => {
  try {
    writeSync(2, line);
  } catch {
    // Closed or full: there is nobody left to tell.
  }
};

/** The file open for appending; one that had to be made has mode 0640, one that logrotate made keeps its own. */
const openFile = (file: string): number => {
  assertNoForeignLink(file);
  try {
    const fd = openSync(file, 'ax', MODE.file);
    fchmodSync(fd, MODE.file);
    giveToOwner(file, fd);
    return fd;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return openSync(file, constants.O_WRONLY | constants.O_APPEND | WITHOUT_WAITING);
    if (code !== 'ENOENT') throw error;
    ensureDirectory(dirname(file));
    return openFile(file);
  }
};

const inodeAt = (file: string): number | undefined => {
  try {
    return statSync(file).ino;
  } catch {
    return undefined;
  }
};

/**
 * Lines go to `file`, which is opened by the first, and anew where logrotate has moved it away. One that cannot be written goes
 * to `instead`, and the next one tries the file again.
 */
const fileWriter = (file: string, instead: Write): Write => {
  let opened: { readonly fd: number; readonly inode: number } | undefined;
  let isTold = false;
  const close = (): void => {
    if (opened !== undefined) closeSync(opened.fd);
    opened = undefined;
  };
  return (line) => {
    try {
      if (opened !== undefined && inodeAt(file) !== opened.inode) close();
      if (opened === undefined) {
        const fd = openFile(file);
        opened = { fd, inode: fstatSync(fd).ino };
      }
      if (writeSync(opened.fd, line) < Buffer.byteLength(line)) throw Object.assign(new Error(), { code: 'ENOSPC' });
      isTold = false;
    } catch (error) {
      close();
      if (!isTold) writeStderr(`redisha: cannot write the log ${file}: ${reasonOf(error)}\n`);
      isTold = true;
      instead(line);
    }
  };
};

type Emit = (level: Level, event: string, fields: Fields) => void;

/** pino makes the JSON; it is loaded only for that, and writes through the same door as the text. */
const jsonEmitter = async ({ level, command, clock }: LogOptions, write: Write): Promise<Emit> => {
  const { pino } = await import('pino');
  const logger = pino(
    {
      level,
      messageKey: 'event',
      base: { pid: process.pid, command },
      timestamp: () => `,"time":"${clock.wallIso()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        write(escaped(line));
      },
    },
  );
  return (at, event, fields) => {
    logger[at](fields, event);
  };
};

const textEmitter =
  ({ command, clock }: LogOptions, write: Write): Emit =>
  (level, event, fields) => {
    write(textLine({ at: clock.wallIso(), level, command, pid: process.pid, event, fields }));
  };

/** The log of this process. Nothing is opened before the first line. */
export const openLog = async (options: LogOptions): Promise<Log> => {
  // With stderr open anyway, a line that the file refused is there already.
  const toFile = fileWriter(options.file, options.toStderr ? () => undefined : writeStderr);
  const emitters = [
    options.format === 'json' ? await jsonEmitter(options, toFile) : textEmitter(options, toFile),
    ...(options.toStderr ? [textEmitter(options, writeStderr)] : []),
  ];
  const say =
    (level: Level) =>
    (event: string, fields: Fields = {}): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
      const safe = hideSecrets(fields);
      for (const emit of emitters) emit(level, event, safe);
    };
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
};
