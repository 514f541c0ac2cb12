/** The world of the commands for people: what lies on the disk of this host, and the pair as it is known. */
import { localIn, peerIn } from '../app/check.ts';
import type { HistoryReader } from '../app/ports/rescues.ts';
import type { PairNodes } from '../app/rescue-target.ts';
import { VERSION } from '../cli/build.ts';
import type { CommonOptions, RescueSession } from '../cli/runtime.ts';
import type { Endpoint } from '../core/model.ts';
import { systemClock } from '../host/clock.ts';
import { openJournalReader } from '../host/journal-reader.ts';
import { openJournal } from '../host/journal.ts';
import { rescueDirectory } from '../host/paths.ts';
import { openNode } from '../redis/node.ts';
import { openRescues } from '../redis/rescue-files.ts';
import { foreseeReplay, replayFile } from '../redis/replay.ts';
import type { Here } from './known.ts';
import { here } from './known.ts';
import { logFor } from './log.ts';
import { notesOf } from './looking.ts';
import { connectionTo } from './settings.ts';

/** Without a word from anybody, the Redis of this host is on the loopback. */
const localOf = ({ settings, place }: Here): Endpoint => {
  const host = settings.connection.local ?? localIn(notesOf(place)) ?? '127.0.0.1';
  return { host, port: place.port };
};

const openRescuesOf = ({ settings, place }: Here, onPruned: (removed: readonly string[]) => Promise<void>) =>
  openRescues({
    clock: systemClock,
    onPruned,
    connect: (endpoint) => connectionTo(settings, endpoint),
    local: () => localOf({ settings, place }),
    directory: rescueDirectory(place),
    keep: settings.files.rescueKeep,
    bytesMax: settings.files.rescueBytesMax,
    renamedCommands: settings.connection.renamedCommands,
  });

/** Without a word from anybody who the peer is stays open. */
const nodesOf = ({ settings, place }: Here): PairNodes => {
  const { connection } = settings;
  const open = (endpoint: Endpoint) => openNode(connectionTo(settings, endpoint));
  const peer = connection.peer ?? peerIn(notesOf(place));
  return {
    local: open(localOf({ settings, place })),
    peer: peer === undefined ? undefined : open({ host: peer, port: connection.peerPort }),
  };
};

export const openRescue = async (options: CommonOptions): Promise<RescueSession> => {
  const found = await here(options);
  const { settings, place } = found;
  const log = await logFor(settings, options, 'rescue');
  const journal = openJournal({ ...place, version: VERSION, clock: systemClock, log });
  return {
    rescues: openRescuesOf(found, async (removed) => {
      log.info('pruned', { removed });
      await journal.append({ event: 'pruned', removed });
    }),
    limits: { keep: settings.files.rescueKeep, bytesMax: settings.files.rescueBytesMax },
    openNodes: () => nodesOf(found),
    replay: (file, on, assertApart) => replayFile(connectionTo(settings, on), file, assertApart),
    foreseeReplay: (file, on) => foreseeReplay(connectionTo(settings, on), file),
    told: openJournalReader(place),
    journal,
    log,
  };
};

export const openHistory = async (options: CommonOptions): Promise<HistoryReader> =>
  openJournalReader((await here(options)).place);
