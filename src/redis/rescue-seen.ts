/**
 * Who has looked at a rescue: a small file beside it, `NAME.seen`. It is written after the fact and is no part of the rescue,
 * so that nothing which happens to it can cost the rescue anything; where it is missing, nobody has looked.
 */
import { readOwnFile } from '../host/disk.ts';
import { writeFileAtomic } from '../host/durable.ts';

export interface Seen {
  /** ISO 8601. */
  readonly at: string;
  /** `show`, `diff`, `restore`; or `merge`, whose replay brought all of it to the other side. */
  readonly by: string;
}

/** The file that says so. */
export const seenFileOf = (file: string): string => `${file}.seen`;

/** `undefined` where nobody has looked, or the file says nothing of that. Never rejects. */
export const readSeen = async (file: string): Promise<Seen | undefined> => {
  try {
    const seen: unknown = JSON.parse(await readOwnFile(seenFileOf(file)));
    if (typeof seen !== 'object' || seen === null) return undefined;
    const { at, by }: Partial<Record<string, unknown>> = { ...seen };
    return typeof at === 'string' && typeof by === 'string' ? { at, by } : undefined;
  } catch {
    return undefined;
  }
};

/** True afterwards: it survives a power cut that somebody has looked. Rejects with the system's error. */
export const writeSeen = (file: string, seen: Seen): Promise<void> =>
  writeFileAtomic(seenFileOf(file), `${JSON.stringify(seen)}\n`);
