/** What `status` looks at: the pair as it is known, this host, and what lies on its disk. Loads no more than it needs. */
import { readMarks } from '../host/marks.ts';
import type { StatusWorld } from '../app/status.ts';
import type { PortReport, Told } from '../app/told.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import type { Endpoint } from '../core/model.ts';
import { lastOfKeepalived } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import { mayRead } from '../host/files.ts';
import { openJournalReader } from '../host/journal-reader.ts';
import { isLocked } from '../host/lock.ts';
import { loadMemory } from '../host/memory.ts';
import { openResolver, systemInterfaces } from '../host/network.ts';
import { intentsDirectories, rescueDirectory } from '../host/paths.ts';
import { openNode } from '../redis/node.ts';
import { readRescues } from '../redis/rescue-store.ts';
import { hostSeen } from './host-seen.ts';
import type { Here } from './known.ts';
import type { ReadConf } from './keepalived-conf.ts';
import { readingOnce } from './keepalived-conf.ts';
import { eachHere, here, pairOf, placeOf } from './known.ts';
import { fileOutlook, toldIn } from './notes.ts';
import { connectionTo, settingsFor } from './settings.ts';
import { strangerAt } from './stranger.ts';

/** Older than this it is looked for again: the resident asks a peer that does not answer at least every second. */
const KNOWN_MS = 3000;

/** A peer that would cost a time-out, which the resident has just waited for. */
const knownSilent = (resident: Told['resident'] | undefined): PortReport['peerSilent'] => {
  const found = resident?.peerSilent;
  const isCostly = found?.view.kind === 'unreachable' || found?.view.kind === 'frozen';
  return isCostly && found.ageMs < KNOWN_MS ? found : undefined;
};

const statusWorld = async (found: Here, words: PairWords, read: ReadConf): Promise<StatusWorld> => {
  const { local, peer, port } = words;
  const { settings, place } = found;
  const { connection, policy } = settings;
  const { keepalivedConf } = settings.files;
  const asked = toldIn(keepalivedConf, words, read);
  // While the resident answers.
  const atHome = {
    host: await hostSeen(settings, place, words, read),
    conf: fileOutlook(keepalivedConf, { peer, port }, read),
    said: lastOfKeepalived(place),
    marks: readMarks(place),
    closed: intentsDirectories(place).find((path) => !mayRead(path)),
  };
  // A look is for a person who waits: a server that stays silent for frozen_timeout counts as frozen.
  const patience = {
    connectTimeoutMs: connection.connectTimeoutMs,
    commandTimeoutMs: Math.min(connection.commandTimeoutMs, policy.frozenTimeoutMs),
  };
  const open = (endpoint: Endpoint) => openNode(connectionTo(settings, endpoint, patience));
  const told = await asked;
  const known = knownSilent(told?.resident);
  return {
    ...atHome,
    clock: systemClock,
    peerAgeMs: known?.ageMs ?? 0,
    eyes: {
      peerKnown: known?.view,
      local: open({ host: local, port }),
      peer: open({ host: peer, port: connection.peerPort }),
      interfaces: systemInterfaces,
      resolver: openResolver(connection.connectTimeoutMs),
      open,
    },
    memory: { load: () => loadMemory(place) },
    policy,
    stranger: (side, shown) => strangerAt(settings, words, side, shown),
    told,
    hasWitness: settings.witness !== undefined,
    commandRunning: () => isLocked(place.port),
    journal: openJournalReader(place),
    rescues: { list: () => readRescues(rescueDirectory(place)) },
  };
};

export const openStatus = async (pair: PairWords | undefined, options: CommonOptions): Promise<StatusWorld> => {
  const said = pair === undefined ? undefined : { local: pair.local, peer: pair.peer, port: String(pair.port) };
  const settings = said === undefined ? undefined : await settingsFor(options, said);
  const read = readingOnce();
  const found = settings === undefined ? await here(options, read) : { settings, place: placeOf(settings) };
  return statusWorld(found, pair ?? pairOf(found, 'status', read), read);
};

export const openEachStatus = async (options: CommonOptions): Promise<readonly StatusWorld[]> => {
  const read = readingOnce();
  const found = await eachHere(options, read);
  return Promise.all(found.map((one) => statusWorld(one, pairOf(one, 'status', read), read)));
};

export const placeMetrics = async (path: string, text: string): Promise<void> =>
  (await import('./metrics-file.ts')).placeMetrics(path, text);
