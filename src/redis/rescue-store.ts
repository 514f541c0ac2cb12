/**
 * The directory of rescues: each is a file of data and, beside it, a sidecar that says what it is. The name alone says
 * when, whose and which suffix of which history, should the sidecar be lost:
 *
 *     20260813T101500Z-peer-3f2a9c01-1200-4711.resp   a suffix: the writes after offset 1200, up to 4711
 *     20260813T101500Z-local-3f2a9c01-4711.rdb        a dataset as it was at offset 4711
 */
import { constants, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import type { Side } from '../core/model.ts';
import type { Limits, Stored } from '../core/rescue-limits.ts';
import { goByThemselves } from '../core/rescue-limits.ts';
import { RedishaError, UNREADABLE_HINT } from '../errors.ts';
import { disk, readOwnFile, timely } from '../host/disk.ts';
import { PartFile } from './rescue-file.ts';
import type { Seen } from './rescue-seen.ts';
import { readSeen, seenFileOf } from './rescue-seen.ts';
import { isWhole } from './rescue-whole.ts';

/** The sidecar. */
export interface RescueRecord {
  readonly when: string;
  readonly why: string;
  readonly side: Side;
  /** `host:port` of the server that it was read from. */
  readonly endpoint: string;
  /** `Valkey 9.1.2`: which program that was, where it said so. */
  readonly server?: string;
  readonly replid: string;
  readonly bytes: number;
  /** It was made for a merge, whose outcome the next command reads from its name. */
  readonly mayBeReplayed?: true;
  readonly content: SuffixRecord | DatasetRecord;
}

export interface SuffixRecord {
  readonly form: 'suffix';
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly commands: number;
  /** The first 10 000 keys. */
  readonly keys: readonly string[];
  readonly keyCount: number;
  readonly everything: string | undefined;
}

export interface DatasetRecord {
  readonly form: 'dataset';
  /** The offset that the dataset is of. */
  readonly offset: number;
  /** The history's id after the rescue: a server without a backlog begins a new history when it is rescued. */
  readonly replidAfter: string;
}

/** What the name of a rescue says. */
export interface RescueName {
  readonly stamp: string;
  readonly side: Side;
  /** The first 8 digits of the replication id. */
  readonly replid8: string;
  readonly fromOffset: number | undefined;
  readonly toOffset: number;
}

export interface Rescue extends RescueName {
  readonly file: string;
  readonly bytes: number;
  /** `undefined` where the sidecar is missing or cannot be read. */
  readonly record: RescueRecord | undefined;
  /** `undefined` where nobody has looked at it. */
  readonly seen: Seen | undefined;
}

const NAME = /^(\d{8}T\d{6}Z)-(local|peer)-([0-9a-f]{8})-(?:(\d+)-)?(\d+)\.(?:resp|rdb)$/;
const PART = /\.(\d+)\.(?:part|tmp)$/;

/** The sidecar of a rescue. */
export const sidecarOf = (file: string): string => `${file}.json`;

export const parseName = (file: string): RescueName | undefined => {
  const [, stamp, side, replid8, from, to] = NAME.exec(basename(file)) ?? [];
  if (stamp === undefined || replid8 === undefined || (side !== 'local' && side !== 'peer')) return undefined;
  return { stamp, side, replid8, fromOffset: from === undefined ? undefined : Number(from), toOffset: Number(to) };
};

/** `2026-08-13T10:15:00.000Z` as `20260813T101500Z`. */
export const compactTime = (wallIso: string): string => `${wallIso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

/** A server may say anything of itself; into a file name go 8 hexadecimal digits. */
export const shortId = (replid: string): string =>
  replid
    .slice(0, 8)
    .toLowerCase()
    .replaceAll(/[^0-9a-f]/g, '0')
    .padEnd(8, '0');

/** The names in the directory, oldest first; none where it cannot be read. */
const namesIn = async (directory: string): Promise<readonly string[]> => {
  try {
    return (await timely(disk.readdir(directory))).toSorted();
  } catch {
    return [];
  }
};

/** The name that a rescue of the same suffix already has, or `name`. */
export const nameOfSame = async (directory: string, name: string): Promise<string> => {
  const range = name.slice(name.indexOf('-'));
  const names = await namesIn(directory);
  return names.find((other) => NAME.test(other) && other.slice(other.indexOf('-')) === range) ?? name;
};

/** Of one sidecar, and of all in a list, the newest first. Ten thousand keys of a kilobyte and a half fit into it. */
const SIDECARS_BYTES_MAX = 16 * 1024 * 1024;

interface ReadSidecar {
  readonly record: RescueRecord | undefined;
  readonly bytes: number;
}

/** Never rejects. */
const readSidecar = async (file: string, bytesMax: number): Promise<ReadSidecar> => {
  try {
    const text = await readOwnFile(sidecarOf(file), bytesMax);
    const record: unknown = JSON.parse(text);
    const isRecord = typeof record === 'object' && record !== null && 'content' in record;
    return { record: isRecord ? (record as RescueRecord) : undefined, bytes: text.length };
  } catch {
    return { record: undefined, bytes: 0 };
  }
};

/** What the sidecar says; `undefined` where it is missing, too large or no sidecar. Never rejects. */
export const readRecord = async (file: string): Promise<RescueRecord | undefined> =>
  (await readSidecar(file, SIDECARS_BYTES_MAX)).record;

/** Every file that has the name of a rescue, oldest first. */
const namedIn = async (directory: string): Promise<readonly (RescueName & { file: string; stats: Stats })[]> => {
  const found: (RescueName & { file: string; stats: Stats })[] = [];
  for (const name of await namesIn(directory)) {
    const parsed = parseName(name);
    const file = join(directory, name);
    const stats = parsed === undefined ? undefined : await timely(disk.stat(file)).catch(() => undefined);
    if (parsed !== undefined && stats?.isFile() === true) found.push({ ...parsed, file, stats });
  }
  return found;
};

const bytesOf = (record: RescueRecord | undefined): number | undefined => {
  const bytes: unknown = record?.bytes;
  return typeof bytes === 'number' ? bytes : undefined;
};

/** Those of the files that hold a rescue, and those that hold none, or not all of one. */
const sorted = async (
  directory: string,
): Promise<{ readonly whole: readonly Rescue[]; readonly cutShort: readonly { file: string; stats: Stats }[] }> => {
  const whole: Rescue[] = [];
  const cutShort: { file: string; stats: Stats }[] = [];
  let bytesLeft = SIDECARS_BYTES_MAX;
  for (const { stats, ...named } of (await namedIn(directory)).toReversed()) {
    const { file } = named;
    const [{ record, bytes }, seen] = await Promise.all([readSidecar(file, bytesLeft), readSeen(file)]);
    bytesLeft -= bytes;
    if (await isWhole(file, stats.size, bytesOf(record))) whole.push({ ...named, bytes: stats.size, record, seen });
    else cutShort.push({ file, stats });
  }
  return { whole: whole.toReversed(), cutShort: cutShort.toReversed() };
};

/** The rescues in the directory, oldest first; none where it does not exist. */
export const listRescues = async (directory: string): Promise<readonly Rescue[]> => (await sorted(directory)).whole;

/** The files that have the name of a rescue, and hold none or not all of one. */
export const listCutShort = async (directory: string): Promise<readonly string[]> =>
  (await sorted(directory)).cutShort.map(({ file }) => file);

/** True afterwards: the sidecar is beside `file`. Rejects with the system's error. */
export const writeRecord = async (directory: string, file: string, record: RescueRecord): Promise<void> => {
  const name = basename(sidecarOf(file));
  const text = Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`);
  const part = await PartFile.create(directory, name, text.length);
  try {
    await part.write(text);
    await part.commit(name);
  } catch (error) {
    await part.discard();
    throw error;
  }
};

export const asStored = ({ file, bytes, seen }: Rescue): Stored => ({ file, bytes, isSeen: seen !== undefined });

/** Removes the oldest rescues beyond the limits that somebody has seen. Returns the files that are gone. Never rejects. */
export const pruneRescues = async (
  directory: string,
  limits: Limits,
  newest: string | undefined,
): Promise<readonly string[]> => {
  const stored = (await listRescues(directory)).map(asStored);
  return removeRescues(goByThemselves(stored, limits, newest).map(({ file }) => file));
};

/** Returns those of the files that are gone now, with what lies beside them. Never rejects. */
export const removeRescues = async (files: readonly string[]): Promise<readonly string[]> => {
  const removed: string[] = [];
  for (const file of files) {
    try {
      await timely(disk.unlink(file));
      removed.push(file);
    } catch {
      // What cannot be removed now is tried again after the next rescue.
      continue;
    }
    for (const beside of [sidecarOf(file), seenFileOf(file)]) await timely(disk.unlink(beside)).catch(() => undefined);
  }
  return removed;
};

/** Nothing but a name, and at most the format: no value is in it. */
const EMPTY_BYTES_MAX = 9;
/** Nobody who is at work on a file leaves it untouched for as long. */
const UNTOUCHED_MS = 60 * 60_000;

/** True afterwards: no file is left that has the name of a rescue, holds nothing, and is nobody's work. Never rejects. */
export const removeEmpty = async (directory: string): Promise<void> => {
  const latestMs = Date.now() - UNTOUCHED_MS;
  const { cutShort } = await sorted(directory);
  const empty = cutShort.filter(({ stats }) => stats.size <= EMPTY_BYTES_MAX && stats.mtimeMs < latestMs);
  await removeRescues(empty.map(({ file }) => file));
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};

/** True afterwards: no half of a rescue is left by a process that is gone. Never rejects. */
export const removeLeftParts = async (directory: string): Promise<void> => {
  for (const name of await namesIn(directory)) {
    const pid = PART.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      await timely(disk.unlink(join(directory, name))).catch(() => undefined);
  }
};

export const closed = (path: string, why: string): RedishaError =>
  new RedishaError('HOST_FILE', `cannot read ${path}: ${why}`, { hint: UNREADABLE_HINT });

/** No rescue and no right to look are two answers. */
export const assertReadable = async (directory: string): Promise<void> => {
  try {
    await timely(disk.access(directory, constants.R_OK | constants.X_OK));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw closed(directory, code ?? String(error));
  }
};

/** Oldest first. @throws {RedishaError} HOST_FILE where this user may not look */
export const readRescues = async (directory: string): Promise<readonly Rescue[]> => {
  await assertReadable(directory);
  return listRescues(directory);
};
