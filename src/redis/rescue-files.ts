/** The rescues of one port behind the port {@link Rescues}: what lies on the disk, and what it holds. */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Stats } from 'node:fs';
import type { Clock } from '../app/ports.ts';
import type { Following, Pruned, Pruning, RescueFile, Rescues, Sidecar } from '../app/ports/rescues.ts';
import type { Endpoint } from '../core/model.ts';
import { formatEndpoint } from '../core/model.ts';
import { serverOfText } from '../core/program.ts';
import type { Limits } from '../core/rescue-limits.ts';
import { beyondLimits } from '../core/rescue-limits.ts';
import { RedishaError } from '../errors.ts';
import { timely } from '../host/disk.ts';
import { askServer } from './ask-server.ts';
import type { ConnectionOptions } from './connection.ts';
import { withOpenedRescue } from './opened-rescue.ts';
import { assertMemoryFor } from './private-server.ts';
import { findReplayedOf } from './replay.ts';
import { openReplaced } from './replaced-keys.ts';
import { assertRoomIn } from './rescue-file.ts';
import type { Wanted } from './rescue-reader.ts';
import { readSeen, writeSeen } from './rescue-seen.ts';
import type { Rescue, RescueRecord } from './rescue-store.ts';
import {
  asStored,
  assertReadable,
  closed,
  listCutShort,
  listRescues,
  parseName,
  readRecord,
  readRescues,
  removeRescues,
} from './rescue-store.ts';
import { createRescuer } from './rescuer.ts';
import { saveOld } from './save-old.ts';

export interface RescueFilesOptions extends Limits {
  readonly connect: (endpoint: Endpoint) => ConnectionOptions;
  /** This host's own server. */
  readonly local: () => Endpoint;
  readonly directory: string;
  readonly renamedCommands: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'wallIso'>;
  /** Told which older rescues had to go for a new one. */
  readonly onPruned: (removed: readonly string[]) => Promise<void>;
}

/** `20260813T101500Z` as `2026-08-13T10:15:00Z`. */
const isoTime = (stamp: string): string =>
  stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');

const isText = (value: unknown): value is string => typeof value === 'string';

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** A sidecar is a file like any other: anybody may have written anything into it. */
const sidecarOf = (record: RescueRecord | undefined): Sidecar | undefined => {
  if (record === undefined) return undefined;
  const { why, endpoint, replid, server }: Record<string, unknown> = { ...record };
  const content: Record<string, unknown> = { ...record.content };
  const { commands, keys, keyCount, everything } = content;
  return {
    why: isText(why) ? why : '',
    endpoint: isText(endpoint) ? endpoint : '',
    replid: isText(replid) ? replid : '',
    server: isText(server) ? server : undefined,
    commands: numberOf(commands),
    keys: Array.isArray(keys) ? keys.filter(isText) : [],
    keyCount: numberOf(keyCount),
    everything: isText(everything) ? everything : undefined,
  };
};

const asRescueFile = ({ file, stamp, side, bytes, fromOffset, toOffset, record, seen }: Rescue): RescueFile => ({
  name: basename(file),
  file,
  form: fromOffset === undefined ? 'dataset' : 'suffix',
  side,
  when: isoTime(stamp),
  bytes,
  fromOffset,
  toOffset,
  seen,
  sidecar: sidecarOf(record),
});

/** An RDB file that redisha did not save: a backup. */
const asBackup = (file: string, { size, mtime }: Stats): RescueFile => ({
  name: basename(file),
  file,
  form: 'dataset',
  side: undefined,
  when: `${mtime.toISOString().slice(0, 19)}Z`,
  bytes: size,
  fromOffset: undefined,
  toOffset: 0,
  seen: undefined,
  sidecar: undefined,
});

const find = async (directory: string, word: string): Promise<RescueFile> => {
  const file = word.includes('/') ? resolve(word) : join(directory, word);
  const none = (why: string): RedishaError =>
    new RedishaError('USAGE', `${file} is not a rescue: ${why}`, {
      hint: 'redisha rescue list; a backup is named by its path, such as ./dump.rdb',
    });
  const name = parseName(file);
  const isPath = word.includes('/');
  if (name === undefined && !(isPath && file.endsWith('.rdb')))
    throw none(isPath ? 'it does not end in .rdb' : 'its name says neither when nor of what it is');
  try {
    const stats = await timely(stat(file));
    if (!stats.isFile()) throw none('it is not a file');
    if (name !== undefined) {
      const [record, seen] = await Promise.all([readRecord(file), readSeen(file)]);
      return asRescueFile({ ...name, file, bytes: stats.size, record, seen });
    }
    return asBackup(file, stats);
  } catch (error) {
    if (error instanceof RedishaError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw code === 'ENOENT' || code === 'ENOTDIR' ? none(code) : closed(file, code);
  }
};

/** What the servers are: the master whose values are read, the one that follows it, and the one of this host. */
const programsFor = async (
  { connect, local }: RescueFilesOptions,
  master: Endpoint,
  replica: Following | undefined,
): Promise<Pick<Wanted, 'processId' | 'master' | 'replica'>> => {
  const [{ server }, { processId }] = await Promise.all([askServer(connect(master)), askServer(connect(local()))]);
  return {
    processId,
    master: { name: formatEndpoint(master), server },
    replica: replica && { name: formatEndpoint(replica.endpoint), server: replica.program },
  };
};

const rescuerFrom = (options: RescueFilesOptions, from: ConnectionOptions) =>
  createRescuer({ ...options, connect: () => from, onReplaced: () => Promise.resolve() });

const prune = async (directory: string, limits: Limits, { dryRun, unseenToo }: Pruning): Promise<Pruned> => {
  const stored = (await listRescues(directory)).map(asStored);
  const beyond = beyondLimits(stored, limits, stored.at(-1)?.file);
  const going = beyond.filter(({ isSeen }) => isSeen || unseenToo);
  const files = going.map(({ file }) => file);
  const removed = dryRun ? files : await removeRescues(files);
  const removedUnseen = going.filter(({ file, isSeen }) => !isSeen && removed.includes(file)).length;
  return { removed, removedUnseen, keptUnseen: beyond.length - going.length };
};

export const openRescues = (options: RescueFilesOptions): Rescues => {
  const { directory, connect, renamedCommands } = options;
  return {
    directory,
    async list() {
      return (await readRescues(directory)).map(asRescueFile);
    },
    find: (word) => find(directory, word),
    async cutShort() {
      return (await listCutShort(directory)).map((file) => basename(file));
    },
    markSeen: ({ file }, by) => writeSeen(file, { at: new Date().toISOString(), by }),
    async prune(how) {
      await assertReadable(directory);
      return prune(directory, options, how);
    },
    async withOpened({ file, form, sidecar }, { to, master, replica }, signal, onLoading, use) {
      const from = serverOfText(sidecar?.server ?? '');
      const wanted = { file, form, from, to, ...(await programsFor(options, master, replica)) };
      return withOpenedRescue(wanted, renamedCommands, signal, onLoading, use);
    },
    async findReplayed(rescues, on) {
      const files = rescues.flatMap(({ file, fromOffset, toOffset }) => {
        const replid8 = parseName(file)?.replid8;
        return replid8 === undefined || fromOffset === undefined ? [] : [{ file, replid8, fromOffset, toOffset }];
      });
      const found = await findReplayedOf(connect(on), files);
      return rescues.find(({ file }) => file === found?.file);
    },
    openTarget: (endpoint, signal) => openReplaced(connect(endpoint), signal),
    async assertRoom(datasetBytes) {
      await assertMemoryFor('what the master holds', datasetBytes);
      await assertRoomIn(directory, datasetBytes);
    },
    async saveOld(from, standIns, master, why, signal) {
      const programs = await programsFor(options, master.endpoint, undefined);
      // Of no file: the server begins empty, and its program has to read what the master packs.
      const wanted = {
        file: directory,
        form: 'suffix',
        from: programs.master.server,
        to: 'compare',
        ...programs,
      } as const;
      return saveOld({ from, standIns, master, why }, wanted, signal, (own) => rescuerFrom(options, own));
    },
  };
};
