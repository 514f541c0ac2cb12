/** The journal read from its end. What is no entry, such as a line that a full disk cut short, is passed over. */
import type { JournalReader, JournalRecord } from '../app/ports/rescues.ts';
import { RedishaError, UNREADABLE_HINT } from '../errors.ts';
import { within } from './deadline.ts';
import { disk } from './disk.ts';
import { reasonOf } from './files.ts';
import { journalFile, type Place } from './paths.ts';

const DISK_TIMEOUT_MS = 5_000;

interface Content {
  readonly inode: number;
  readonly text: string;
}

const readWhole = async (file: string): Promise<Content | undefined> => {
  const fd = await disk.open(file, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (fd === undefined) return undefined;
  try {
    const { ino: inode } = await disk.fstat(fd);
    return { inode, text: await disk.readFile(fd, 'utf8') };
  } finally {
    await disk.close(fd);
  }
};

const read = async (file: string): Promise<Content | undefined> => {
  const failed = (why: string): RedishaError =>
    new RedishaError('HOST_FILE', `cannot read ${file}: ${why}`, {
      hint: UNREADABLE_HINT,
    });
  try {
    const content = await within(DISK_TIMEOUT_MS, readWhole(file), 'late' as const);
    if (content === 'late') throw failed(`the disk took more than ${String(DISK_TIMEOUT_MS)} ms`);
    return content;
  } catch (error) {
    throw error instanceof RedishaError ? error : failed(reasonOf(error));
  }
};

const entryOf = (line: string): JournalRecord | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { at, pid, event } = value as Record<string, unknown>;
    if (typeof at !== 'string' || typeof event !== 'string') return undefined;
    return { ...value, at, event, pid: Number(pid ?? 0) };
  } catch {
    return undefined;
  }
};

/** The entries of `text` from its end, until there are `count`. */
const lastOf = (text: string, count: number, accept: (entry: JournalRecord) => boolean): readonly JournalRecord[] => {
  const found: JournalRecord[] = [];
  let end = text.length;
  while (end > 0 && found.length < count) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const entry = entryOf(text.slice(start, end));
    if (entry !== undefined && accept(entry)) found.push(entry);
    end = start - 1;
  }
  return found.toReversed();
};

/** Methods reject with HOST_FILE where the journal is there and cannot be read; without one there are no entries. */
export const openJournalReader = (place: Place): JournalReader => ({
  async last(count, accept = () => true) {
    const file = journalFile(place);
    const now = await read(file);
    const found = now === undefined ? [] : lastOf(now.text, count, accept);
    if (found.length >= count) return found;
    const before = await read(`${file}.1`);
    // The file may have been moved away between the two reads: then it has been read already.
    if (before === undefined || before.inode === now?.inode) return found;
    return [...lastOf(before.text, count - found.length, accept), ...found];
  },
});
