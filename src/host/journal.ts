/**
 * journal.jsonl: one line for each thing that was seen, decided or done. The line is written by one call to a file that is
 * open for appending, so that lines of two processes never mix. Source: write(2), O_APPEND.
 *
 * It survives a kill but is not flushed: a failover does not wait for a disk. Rescue files are flushed, and named so that
 * they explain themselves without the journal.
 */
import { constants } from 'node:fs';
import type { Clock, Journal, JournalEntry, Log } from '../app/ports.ts';
import { within } from './deadline.ts';
import { disk } from './disk.ts';
import { assertNoForeignLink, ensureDirectory, giveToOwner, MODE, reasonOf } from './files.ts';
import { hideSecrets } from './log-line.ts';
import { escaped } from '../printable.ts';
import { WITHOUT_WAITING } from './own-file.ts';
import { journalFile, type Place, portDirectory } from './paths.ts';

const DISK_TIMEOUT_MS = 2_000;

/** With its predecessor `journal.jsonl.1` the journal never takes more than twice this, and one line. */
export const JOURNAL_BYTES_MAX = 10 * 1024 * 1024;

export interface JournalOptions extends Place {
  readonly version: string;
  readonly clock: Pick<Clock, 'wallIso'>;
  readonly log: Log;
}

/** Whether the last byte ends a line; a full disk may have cut it short. */
const endsLine = async (fd: number, size: number): Promise<boolean> => {
  if (size === 0) return true;
  const { buffer, bytesRead } = await disk.read(fd, Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 0 || buffer[0] === 0x0a;
};

/** The journal open for appending. Only what this call has made is given away, so never what a link leads to. */
const openFile = async (file: string): Promise<number> => {
  assertNoForeignLink(file);
  try {
    return await disk.open(file, constants.O_RDWR | constants.O_APPEND | WITHOUT_WAITING);
  } catch (error) {
    if (reasonOf(error) !== 'ENOENT') throw error;
  }
  try {
    const fd = await disk.open(file, 'ax+', MODE.file);
    giveToOwner(file, fd);
    return fd;
  } catch (error) {
    // Another process was quicker.
    if (reasonOf(error) !== 'EEXIST') throw error;
    return disk.open(file, constants.O_RDWR | constants.O_APPEND | WITHOUT_WAITING);
  }
};

const appendLine = async (place: Place, line: string): Promise<void> => {
  const file = journalFile(place);
  ensureDirectory(portDirectory(place));
  const fd = await openFile(file);
  try {
    const found = await disk.fstat(fd);
    if (!found.isFile()) throw Object.assign(new Error(), { code: 'no regular file' });
    if (found.size === 0) await disk.fchmod(fd, MODE.file);
    const bytes = Buffer.from((await endsLine(fd, found.size)) ? line : `\n${line}`);
    const { bytesWritten } = await disk.write(fd, bytes);
    if (bytesWritten < bytes.length) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    // The file that is moved away must be the one that is full: another process may have moved it a moment ago.
    if (found.size >= JOURNAL_BYTES_MAX && (await disk.stat(file)).ino === found.ino)
      await disk.rename(file, `${file}.1`);
  } finally {
    await disk.close(fd);
  }
};

/** The journal of one port, in the order of the calls. What cannot be written is logged once, and the work goes on. */
export const openJournal = ({ version, clock, log, ...place }: JournalOptions): Journal => {
  let complained = false;
  let before: Promise<unknown> = Promise.resolve();
  const complain = (why: string): void => {
    if (!complained) log.warn('journal-not-written', { file: journalFile(place), why });
    complained = true;
  };
  return {
    async append(entry: JournalEntry) {
      const record = { at: clock.wallIso(), pid: process.pid, version, ...hideSecrets(entry) };
      try {
        const written = before
          .then(() => appendLine(place, `${escaped(JSON.stringify(record))}\n`))
          .then(() => 'written' as const);
        before = written.catch(() => undefined);
        if ((await within(DISK_TIMEOUT_MS, written, 'late')) === 'late') {
          complain(`the disk took more than ${String(DISK_TIMEOUT_MS)} ms`);
        }
      } catch (error) {
        complain(reasonOf(error));
      }
    },
  };
};
