/** Rescue files, and the port by which the use cases read, save and replay what one side alone has. */
import { RedishaError } from '../../src/errors.ts';
import type { ReplayOutcome, Rescuer, SuffixRange, SuffixContent } from '../../src/app/ports.ts';
import { Ids } from './ids.ts';
import type { Process } from './process.ts';
import { Lost } from './process.ts';
import { SETTINGS } from './settings.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';
import type { Entry } from './stream.ts';
import { indexOf, NAMES } from './words.ts';

export interface RescueFile {
  readonly ids: Ids;
  readonly keys: readonly string[];
  readonly deleted: readonly string[];
  /** What a replay of it leaves on the server; a dataset has none. */
  readonly marker: string | undefined;
  bytes: number;
}

/** The rescue directories of both hosts. Disks of hosts do not fail here, only those of Redis do. */
export class Rescues {
  readonly files = new Map<string, RescueFile>();
  /** Every write that is in a file which the journal names. */
  readonly named = new Ids();
  namedCount = 0;

  add(file: RescueFile, form: 'resp' | 'rdb'): string {
    const name = `rescue-${String(this.files.size + 1)}.${form}`;
    this.files.set(name, file);
    return name;
  }

  name(file: string): void {
    this.namedCount++;
    for (const id of this.files.get(file)?.ids ?? []) this.named.add(id);
  }
}

const PROGRESS_EVERY_MS = 500;

const failed = (why: string): RedishaError => new RedishaError('RESCUE_FAILED', why);

const addressed = (host: string): Index => {
  const index = indexOf(host);
  if (index === undefined) throw new Error(`no such host: ${host}`);
  return index;
};

const notHeard = (error: unknown): unknown => {
  if (!(error instanceof Lost)) return error;
  return error.kind === 'frozen' ? failed('frozen') : new RedishaError('REDIS_UNREACHABLE', error.kind);
};

const ask = async <T>(process: Process, to: Index, run: (server: Server) => T): Promise<T> => {
  try {
    return await process.request(to, run, SETTINGS.connection);
  } catch (error) {
    throw notHeard(error);
  }
};

/** Source: syncCommand, for SYNC and PSYNC alike. */
const assertServes = (server: Server): void => {
  if (server.loading) throw failed('LOADING');
  if (server.master !== undefined && server.replication.upstream !== 'up') throw failed('NOMASTERLINK');
};

/** Source: src/redis/suffix.ts, whose refusals these are. */
const entriesOf = (server: Server, { replid, fromOffset, toOffset }: SuffixRange): readonly Entry[] => {
  const second = replid === server.replid2 && fromOffset + 1 <= server.secondOffset;
  if (replid !== server.replid && !second) throw failed('its history has changed');
  assertServes(server);
  if (server.backlog?.covers(fromOffset + 1) !== true) throw failed('its backlog does not reach back that far');
  if (toOffset > server.offset) throw failed('it has not reached that offset');
  return server.backlog.range(fromOffset, toOffset);
};

/** What a replay deleted in the end it may have set before. */
const isChange = ({ marker, deleted }: Entry, key: string): boolean => marker !== undefined || !deleted.includes(key);

const contentOf = (entries: readonly Entry[]): SuffixContent => {
  const keys = [...new Set(entries.flatMap((entry) => entry.keys))].toSorted();
  const changed = new Set(entries.flatMap((entry) => entry.keys.filter((key) => isChange(entry, key))));
  return {
    commands: entries.reduce((sum, { ids }) => sum + ids.length, 0),
    keys,
    removed: keys.filter((key) => !changed.has(key)),
    everything: undefined,
  };
};

/** The keys that are not there when all of it has been carried out. */
const deletedBy = (entries: readonly Entry[]): readonly string[] => {
  const gone = new Set<string>();
  for (const { keys, deleted } of entries) {
    for (const key of keys) gone.delete(key);
    for (const key of deleted) gone.add(key);
  }
  return [...gone];
};

/** Waits while a server streams, and tells of the progress. */
const streaming = async (process: Process, ms: number, onProgress: () => void): Promise<void> => {
  const { engine } = process.host.base;
  const endMs = engine.nowMs + ms;
  while (engine.nowMs < endMs) {
    await process.sleep(Math.min(PROGRESS_EVERY_MS, endMs - engine.nowMs));
    onProgress();
  }
};

const replay = async (
  process: Process,
  name: string,
  on: Index,
  assertApart: () => Promise<void>,
): Promise<ReplayOutcome> => {
  const file = process.host.rescues.files.get(name);
  const { witness } = process.host.base;
  if (file?.marker === undefined) throw failed('its name is not that of a suffix');
  const { marker, ids, keys, deleted, bytes } = file;
  const watched = await ask(process, on, (server) =>
    server.data.markers.has(marker) ? undefined : { life: server.life, touched: server.touched(keys) },
  );
  if (watched === undefined) return 'done before';
  await assertApart();
  await ask(process, on, (server) => {
    if (server.fenced || !server.counting.isEnough) throw new RedishaError('STEP_FAILED', 'NOREPLICAS');
    if (server.master !== undefined) throw new RedishaError('SITUATION_CHANGED', 'it is not a master any more');
    if (server.loading || server.paused) throw new RedishaError('STEP_FAILED', 'it takes no writes now');
    if (server.life !== watched.life || server.touched(keys) !== watched.touched)
      throw new RedishaError('SITUATION_CHANGED', 'one of the keys was written there at this moment');
    for (const id of ids) if (server.data.ids.has(id)) witness.doubled(on, id);
    server.note(() => `takes ${String(ids.size)} writes of ${NAMES[on === 0 ? 1 : 0]} from ${name}`);
    server.feed({ kind: 'write', ids: [...ids], keys, deleted, bytes, marker });
  });
  return 'done';
};

export const rescuerOf = (process: Process): Rescuer => ({
  read: async (range) =>
    contentOf(await ask(process, addressed(range.endpoint.host), (server) => entriesOf(server, range))),
  saveSuffix: async (range) => {
    const entries = await ask(process, addressed(range.endpoint.host), (server) => entriesOf(server, range));
    await process.sleep(2);
    const ids = new Ids();
    for (const entry of entries) for (const id of entry.ids) ids.add(id);
    const { replid, fromOffset, toOffset } = range;
    const marker = `${replid}:${String(fromOffset)}-${String(toOffset)}`;
    return process.host.rescues.add(
      { ids, keys: contentOf(entries).keys, deleted: deletedBy(entries), marker, bytes: toOffset - fromOffset },
      'resp',
    );
  },
  saveDataset: async (endpoint, _reason, onProgress) => {
    const to = addressed(endpoint.host);
    const { syncDelayMs, transferMs } = process.host.base.config;
    const life = await ask(process, to, (server) => {
      assertServes(server);
      server.replication.beginHistory();
      return server.life;
    });
    await streaming(process, syncDelayMs, onProgress);
    const same = (server: Server): Server => {
      if (server.life !== life) throw failed('the stream broke');
      return server;
    };
    const ids = await ask(process, to, (server) => new Ids(same(server).data.ids));
    await streaming(process, transferMs, onProgress);
    await ask(process, to, same);
    return process.host.rescues.add({ ids, keys: [], deleted: [], marker: undefined, bytes: 0 }, 'rdb');
  },
  // A model server does not tell what it loaded, as Redis before 7.0.
  whyNotFromNothing: () => Promise.resolve('it does not tell what it loaded'),
  graft: () => Promise.reject(failed('nothing is known to have begun empty')),
  bytesOf: () => Promise.resolve(undefined),
  hurryCopy: async (master) => {
    try {
      await ask(process, addressed(master.host), (server) => {
        for (const link of server.replication.replicas) link.beginCopy();
      });
      return undefined;
    } catch (error) {
      if (error instanceof RedishaError) return error.message;
      throw error;
    }
  },
  replay: (file, on, assertApart) => replay(process, file, addressed(on.host), assertApart),
  findReplayed: async ({ replid, fromOffset }, on) => {
    const begins = `${replid}:${String(fromOffset)}-`;
    const files = [...process.host.rescues.files].filter(([, { marker }]) => marker?.startsWith(begins) === true);
    const markers = await ask(process, addressed(on.host), ({ data }) => new Set(data.markers));
    const [file, { marker }] = files.findLast((known) => markers.has(known[1].marker ?? '')) ?? ['', {}];
    return marker === undefined ? undefined : { file, toOffset: Number(marker.slice(begins.length)) };
  },
});
