/**
 * The journal read from its end, piece by piece: what is asked for is mostly there. What is no entry, such as a line that a full
 * disk cut short, is passed over.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { HistoryReader, JournalReader } from '../app/ports/rescues.ts';
import type { JournalRecord } from '../core/history/record.ts';
import { RedishaError, UNREADABLE_HINT } from '../errors.ts';
import { within } from './deadline.ts';
import { reasonOf } from './files.ts';
import { journalFile, type Place } from './paths.ts';

const DISK_TIMEOUT_MS = 5_000;
const PIECE_BYTES = 64 * 1024;

/** No entry is nearly as long. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;

const LINE_FEED = 0x0a;

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

type Visit = (entry: JournalRecord) => boolean;

/** What the disk does, within its deadline. */
const onDisk = async <T>(file: string, work: Promise<T>): Promise<T> => {
  const failed = (why: string): RedishaError =>
    new RedishaError('HOST_FILE', `cannot read ${file}: ${why}`, { hint: UNREADABLE_HINT });
  try {
    const done = await within(
      DISK_TIMEOUT_MS,
      work.then((value) => ({ value })),
      undefined,
    );
    if (done === undefined) throw failed(`the disk took more than ${String(DISK_TIMEOUT_MS)} ms`);
    return done.value;
  } catch (error) {
    throw error instanceof RedishaError ? error : failed(reasonOf(error));
  }
};

const openAt = async (file: string): Promise<FileHandle | undefined> => {
  const opened = open(file, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return onDisk(file, opened);
};

/** Lines as they are found from the end, the last one first; a piece of the file may begin in the middle of a line. */
class LinesBack {
  readonly #visit: Visit;
  /** The end of a line whose beginning is yet to come, in pieces from the end. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  wantsMore = true;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  take(piece: Buffer): void {
    let end = piece.length;
    while (this.wantsMore && end > 0) {
      const feed = piece.lastIndexOf(LINE_FEED, end - 1);
      if (feed < 0) break;
      this.#keep(piece.subarray(feed + 1, end));
      this.close();
      end = feed;
    }
    if (this.wantsMore) this.#keep(piece.subarray(0, end));
  }

  /** The line is whole. */
  close(): void {
    const isTooLong = this.#restBytes > LINE_BYTES_MAX;
    const line = isTooLong ? '' : Buffer.concat(this.#rest.toReversed()).toString('utf8');
    this.#rest = [];
    this.#restBytes = 0;
    const entry = line === '' ? undefined : entryOf(line);
    if (entry !== undefined) this.wantsMore = this.#visit(entry);
  }

  #keep(part: Buffer): void {
    this.#restBytes += part.length;
    if (this.#restBytes > LINE_BYTES_MAX) this.#rest = [];
    else if (part.length > 0) this.#rest.push(part);
  }
}

/** @returns the number of the file, and whether older entries are wanted. */
const readBack = async (file: string, visit: Visit, other: number | undefined) => {
  const handle = await openAt(file);
  if (handle === undefined) return { inode: undefined, wantsMore: true };
  try {
    const { ino: inode, size } = await onDisk(file, handle.stat());
    // The file may have been moved away between the two reads: then it has been read already.
    if (inode === other) return { inode, wantsMore: false };
    const lines = new LinesBack(visit);
    let place = size;
    while (place > 0 && lines.wantsMore) {
      const length = Math.min(PIECE_BYTES, place);
      place -= length;
      const { buffer, bytesRead } = await onDisk(file, handle.read(Buffer.alloc(length), 0, length, place));
      lines.take(buffer.subarray(0, bytesRead));
    }
    if (lines.wantsMore) lines.close();
    return { inode, wantsMore: lines.wantsMore };
  } finally {
    await handle.close();
  }
};

/** Methods reject with HOST_FILE where the journal is there and cannot be read; without one there are no entries. */
export const openJournalReader = (place: Place): JournalReader & HistoryReader => {
  const back = async (visit: Visit): Promise<void> => {
    const file = journalFile(place);
    const { inode, wantsMore } = await readBack(file, visit, undefined);
    if (wantsMore) await readBack(`${file}.1`, visit, inode);
  };
  return {
    back,
    async last(count, accept = () => true) {
      const found: JournalRecord[] = [];
      if (count < 1) return found;
      await back((entry) => {
        if (accept(entry)) found.push(entry);
        return found.length < count;
      });
      return found.toReversed();
    },
  };
};
