/**
 * journal.jsonl: one line for each thing that was seen, decided or done. The line is written by one call to a file that is
 * open for appending, so that lines of two processes never mix. Source: write(2), O_APPEND.
 *
 * It survives a kill but is not flushed: a failover does not wait for a disk. Rescue files are flushed, and named so that
 * they explain themselves without the journal.
 */
import { open, rename, stat } from 'node:fs/promises';
import type { Clock, Journal, JournalEntry, Log } from '../app/ports.ts';
import { within } from './deadline.ts';
import { ensureDirectory, MODE, reasonOf } from './files.ts';
import { journalFile, type Place, portDirectory } from './paths.ts';

const DISK_TIMEOUT_MS = 2_000;

/** With its predecessor `journal.jsonl.1` the journal never takes more than twice this, and one line. */
export const JOURNAL_BYTES_MAX = 10 * 1024 * 1024;

export interface JournalOptions extends Place {
  readonly version: string;
  readonly clock: Pick<Clock, 'wallIso'>;
  readonly log: Log;
}

const appendLine = async (place: Place, line: string): Promise<void> => {
  const file = journalFile(place);
  ensureDirectory(portDirectory(place));
  const handle = await open(file, 'a', MODE.file);
  try {
    const found = await handle.stat();
    if (found.size === 0) await handle.chmod(MODE.file);
    await handle.appendFile(line);
    // The file that is moved away must be the one that is full: another process may have moved it a moment ago.
    if (found.size >= JOURNAL_BYTES_MAX && (await stat(file)).ino === found.ino) await rename(file, `${file}.1`);
  } finally {
    await handle.close();
  }
};

/** The journal of one port. What cannot be written is logged once, and the work goes on. */
export const openJournal = ({ version, clock, log, ...place }: JournalOptions): Journal => {
  let complained = false;
  const complain = (why: string): void => {
    if (!complained) log.warn('journal-not-written', { file: journalFile(place), why });
    complained = true;
  };
  return {
    async append(entry: JournalEntry) {
      const line = `${JSON.stringify({ at: clock.wallIso(), pid: process.pid, version, ...entry })}\n`;
      try {
        const written = appendLine(place, line).then(() => 'written' as const);
        if ((await within(DISK_TIMEOUT_MS, written, 'late')) === 'late') {
          complain(`the disk took more than ${String(DISK_TIMEOUT_MS)} ms`);
        }
      } catch (error) {
        complain(reasonOf(error));
      }
    },
  };
};
