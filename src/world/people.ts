/** The world of the commands for people: what lies on the disk of this host, and the pair as it is known. */
import { localIn, peerIn } from '../app/check.ts';
import type { JournalReader } from '../app/ports/rescues.ts';
import type { PairNodes } from '../app/rescue-target.ts';
import type { StatusWorld } from '../app/status.ts';
import { VERSION } from '../cli/build.ts';
import type { CommonOptions, RescueSession } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import type { Endpoint } from '../core/model.ts';
import { lastOfKeepalived } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import { mayRead } from '../host/files.ts';
import { openJournalReader } from '../host/journal-reader.ts';
import { openJournal } from '../host/journal.ts';
import { openResolver, systemInterfaces } from '../host/network.ts';
import { intentsDirectories, rescueDirectory } from '../host/paths.ts';
import { readMarks } from '../host/marks.ts';
import { openMemory } from '../host/memory.ts';
import { isLocked } from '../host/lock.ts';
import { openNode } from '../redis/node.ts';
import { openRescues } from '../redis/rescue-files.ts';
import { foreseeReplay, replayFile } from '../redis/replay.ts';
import type { Here } from './known.ts';
import { hostSeen } from './host-seen.ts';
import { here, pairOf, placeOf } from './known.ts';
import { logFor } from './log.ts';
import { notesOf } from './looking.ts';
import { fileOutlook, toldIn } from './notes.ts';
import { connectionTo, settingsFor } from './settings.ts';
import { strangerAt } from './stranger.ts';

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

export const openHistory = async (options: CommonOptions): Promise<JournalReader> =>
  openJournalReader((await here(options)).place);

export const openStatus = async (pair: PairWords | undefined, options: CommonOptions): Promise<StatusWorld> => {
  const said = pair === undefined ? undefined : { local: pair.local, peer: pair.peer, port: String(pair.port) };
  const settings = said === undefined ? undefined : await settingsFor(options, said);
  const found = settings === undefined ? await here(options) : { settings, place: placeOf(settings) };
  const words = pair ?? pairOf(found, 'status');
  const { local, peer, port } = words;
  const { connection, policy } = found.settings;
  const { place } = found;
  // A look is for a person who waits: a server that stays silent for frozen_timeout counts as frozen.
  const patience = {
    connectTimeoutMs: connection.connectTimeoutMs,
    commandTimeoutMs: Math.min(connection.commandTimeoutMs, policy.frozenTimeoutMs),
  };
  const open = (endpoint: Endpoint) => openNode(connectionTo(found.settings, endpoint, patience));
  const closed = intentsDirectories(place).find((path) => !mayRead(path));
  return {
    clock: systemClock,
    eyes: {
      local: open({ host: local, port }),
      peer: open({ host: peer, port: connection.peerPort }),
      interfaces: systemInterfaces,
      resolver: openResolver(connection.connectTimeoutMs),
      open,
    },
    memory: openMemory(place, await logFor(found.settings, options, 'status')),
    policy,
    stranger: (side, shown) => strangerAt(found.settings, words, side, shown),
    said: lastOfKeepalived(place),
    closed,
    marks: readMarks(place),
    conf: fileOutlook(found.settings.files.keepalivedConf, { peer, port }),
    host: await hostSeen(found.settings, place, words),
    told: await toldIn(found.settings.files.keepalivedConf, { local, peer, port }),
    commandRunning: () => isLocked(place.port),
    journal: openJournalReader(place),
    rescues: openRescuesOf(found, () => Promise.resolve()),
  };
};
