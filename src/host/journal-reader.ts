/**
 * The journal read from its end, in pieces, since it may be long and whoever asks mostly wants its last lines. What is no entry, such as
 * a line that a full disk cut short, is passed over.
 */
import { constants } from 'node:fs';
import type { HistoryReader, JournalReader } from '../app/ports/rescues.ts';
import type { JournalRecord } from '../core/history/record.ts';
import { RedishaError, UNREADABLE_HINT } from '../errors.ts';
import { within } from './deadline.ts';
import { disk } from './disk.ts';
import { reasonOf } from './files.ts';
import { JOURNAL_BYTES_MAX } from './journal.ts';
import { sizeOfOwn, WITHOUT_WAITING } from './own-file.ts';
import { journalFile, type Place } from './paths.ts';

const DISK_TIMEOUT_MS = 5_000;
const PIECE_BYTES = 64 * 1024;
/** No entry of ours is as long. */
const LINE_BYTES_MAX = 1024 * 1024;
/** What stands before that was not written by a journal that makes room for itself. */
const READ_BYTES_MAX = 2 * JOURNAL_BYTES_MAX;

/** @returns whether older entries are wanted */
type Visit = (entry: JournalRecord) => boolean;

interface Read {
  readonly inode: number;
  readonly wantsMore: boolean;
}

const openFile = async (file: string): Promise<number | undefined> => {
  try {
    return await disk.open(file, constants.O_RDONLY | WITHOUT_WAITING);
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw error;
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

/** The lines in the first `size` bytes, the last of them first. Of one that is too long some part is left out. */
async function* linesFromEnd(fd: number, size: number): AsyncGenerator<string> {
  const first = Math.max(0, size - READ_BYTES_MAX);
  let begun = Buffer.alloc(0);
  for (let end = size; end > first; end -= PIECE_BYTES) {
    const start = Math.max(first, end - PIECE_BYTES);
    const { buffer, bytesRead } = await disk.read(fd, Buffer.alloc(end - start), 0, end - start, start);
    const bytes = Buffer.concat([buffer.subarray(0, bytesRead), begun]);
    let to = bytes.length;
    for (let at = bytes.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1)) {
      yield bytes.toString('utf8', at + 1, to);
      to = at;
    }
    begun = to > LINE_BYTES_MAX ? Buffer.alloc(0) : bytes.subarray(0, to);
  }
  yield begun.toString('utf8');
}

const readFrom = async (fd: number, file: string, visit: Visit, other: number | undefined): Promise<Read> => {
  const stats = await disk.fstat(fd);
  // The file may have been moved away between the two reads: then it has been read already.
  if (stats.ino === other) return { inode: stats.ino, wantsMore: false };
  for await (const line of linesFromEnd(fd, sizeOfOwn(file, stats, Number.POSITIVE_INFINITY))) {
    const entry = entryOf(line);
    if (entry !== undefined && !visit(entry)) return { inode: stats.ino, wantsMore: false };
  }
  return { inode: stats.ino, wantsMore: true };
};

const readEnd = async (file: string, visit: Visit, other: number | undefined): Promise<Read | undefined> => {
  const fd = await openFile(file);
  if (fd === undefined) return undefined;
  try {
    return await readFrom(fd, file, visit, other);
  } finally {
    await disk.close(fd);
  }
};

const read = async (file: string, visit: Visit, other: number | undefined): Promise<Read | undefined> => {
  const failed = (why: string): RedishaError =>
    new RedishaError('HOST_FILE', `cannot read ${file}: ${why}`, {
      hint: UNREADABLE_HINT,
    });
  try {
    const found = await within(DISK_TIMEOUT_MS, readEnd(file, visit, other), 'late' as const);
    if (found === 'late') throw failed(`the disk took more than ${String(DISK_TIMEOUT_MS)} ms`);
    return found;
  } catch (error) {
    throw error instanceof RedishaError ? error : failed(reasonOf(error));
  }
};

/** Methods reject with HOST_FILE where the journal is there and cannot be read; without one there are no entries. */
export const openJournalReader = (place: Place): JournalReader & HistoryReader => {
  const back = async (visit: Visit): Promise<void> => {
    const file = journalFile(place);
    const newest = await read(file, visit, undefined);
    if (newest?.wantsMore !== false) await read(`${file}.1`, visit, newest?.inode);
  };
  return {
    back,
    async last(count, accept = () => true) {
      const found: JournalRecord[] = [];
      if (count <= 0) return found;
      await back((entry) => {
        if (accept(entry)) found.push(entry);
        return found.length < count;
      });
      return found.toReversed();
    },
  };
};
