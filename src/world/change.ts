/** The world of the commands that change roles or record what keepalived said. */
import { ageOf } from '../app/change.ts';
import type { Eyes } from '../app/observe.ts';
import type { PeoplesHooks } from '../app/hooks.ts';
import type { Log, Rescuer, Untold } from '../app/ports.ts';
import { tellAddresses } from '../app/tell-address.ts';
import { VERSION } from '../cli/build.ts';
import type { ChangeSession, CommonOptions, RecordSession } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { peerDeadlines } from '../config/deadlines.ts';
import { configuredPort, type Settings } from '../config/settings.ts';
import type { Endpoint, Intent, Side } from '../core/model.ts';
import { newestAnnouncement } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import { openJournal } from '../host/journal.ts';
import { tellNeighbours } from '../host/neighbours.ts';
import { readMarks } from '../host/marks.ts';
import { hasAddress, openResolver, systemInterfaces } from '../host/network.ts';
import type { Place } from '../host/paths.ts';
import { knownPorts, rescueDirectory } from '../host/paths.ts';
import type { ProcessKey } from '../host/identity.ts';
import { ownKey } from '../host/identity.ts';
import { openMemory } from '../host/memory.ts';
import { readMemory } from '../host/state.ts';
import { openTurn } from '../host/turn.ts';
import { claimFile, hasten } from '../host/verdict-file.ts';
import { openNode } from '../redis/node.ts';
import type { RescuerOptions } from '../redis/rescuer.ts';
import type { Announcing } from './announcing.ts';
import { announceAndNote } from './announcing.ts';
import type { HooksFor } from './hooks.ts';
import { logFor } from './log.ts';
import { connectionTo, settingsFor } from './settings.ts';
import { strangerAt } from './stranger.ts';
import { masterAddressesOf } from './virtual-address.ts';

const announcer =
  (announcing: Announcing, log: Log, isRecord: boolean): ChangeSession['announce'] =>
  async (command, vrrpState, pair) => {
    const said = { command, vrrpState, isRecord, local: pair?.local, peer: pair?.peer };
    const warning = await announceAndNote(announcing, said);
    if (warning !== undefined) log.warn('not-announced', { warning });
  };

const endpointsOf = (settings: Settings, { local, peer, port }: PairWords): Readonly<Record<Side, Endpoint>> => ({
  local: { host: local, port },
  peer: { host: peer, port: settings.connection.peerPort },
});

const eyesOf = (settings: Settings, pair: PairWords): Eyes => {
  const { local, peer } = endpointsOf(settings, pair);
  const patience = peerDeadlines(settings);
  const open = (endpoint: Endpoint) => openNode(connectionTo(settings, endpoint, patience));
  return {
    local: openNode(connectionTo(settings, local)),
    peer: open(peer),
    interfaces: systemInterfaces,
    resolver: openResolver(settings.connection.connectTimeoutMs),
    open,
  };
};

/** Whatever moves with the pair: `vip` is one address, and that for reading stands in keepalived.conf alone. */
const tellWhatMoves = async ({ connection: { vip }, files }: Settings, pair: PairWords): Promise<Untold | undefined> =>
  tellAddresses(vip, (await import('./notes.ts')).announcedIn(files.keepalivedConf, pair), tellNeighbours);

const isAddressHere = async (
  { connection: { vip }, files }: Settings,
  pair: PairWords,
): Promise<boolean | undefined> => {
  const address = vip ?? (await import('./notes.ts')).announcedIn(files.keepalivedConf, pair).addresses[0];
  return address === undefined ? undefined : hasAddress(address);
};

/** Whoever is asked looks: a master takes no writes until the resident has attached its licence. */
const tellResident = async ({ files }: Settings, pair: PairWords): Promise<void> => {
  await (await import('./notes.ts')).toldIn(files.keepalivedConf, pair);
};

/** Few changes meet data that has diverged: what reads and keeps it is loaded by those, and no start-up waits for it. */
const lateRescuer = (options: RescuerOptions): Rescuer => {
  const opened = async () => (await import('../redis/rescuer.ts')).createRescuer(options);
  return {
    read: async (...args) => (await opened()).read(...args),
    saveSuffix: async (...args) => (await opened()).saveSuffix(...args),
    bytesOf: async (...args) => (await opened()).bytesOf(...args),
    saveDataset: async (...args) => (await opened()).saveDataset(...args),
    hurryCopy: async (...args) => (await opened()).hurryCopy(...args),
    replay: async (...args) => (await opened()).replay(...args),
    whyNotFromNothing: async (...args) => (await opened()).whyNotFromNothing(...args),
    graft: async (...args) => (await opened()).graft(...args),
    findReplayed: async (...args) => (await opened()).findReplayed(...args),
  };
};

export const settingsOfPair = ({ local, peer, port }: PairWords, options: CommonOptions): Promise<Settings> =>
  settingsFor(options, { local, peer, port: String(port) });

/** `undefined` where nobody has named a program: then nothing of it is loaded. */
export const hooksFor = async (options: HooksFor): Promise<PeoplesHooks | undefined> => {
  const { onEvent } = options.settings.files;
  return onEvent === undefined ? undefined : (await import('./hooks.ts')).hooksOf(onEvent, options);
};

export const openChange = async (command: Intent, pair: PairWords, options: CommonOptions): Promise<ChangeSession> => {
  const settings = await settingsOfPair(pair, options);
  const log = await logOfChange(settings, command, pair, options);
  for (const warning of settings.warnings) log.warn('configuration', { warning });
  const hooks = await hooksFor({ settings, log, pair, last: undefined, stays: false });
  return changeSession({ settings, log, pair, key: ownKey(), hooks });
};

export const logOfChange = (
  settings: Settings,
  command: Intent,
  { port, isOneOfSeveral }: PairWords,
  options: CommonOptions,
): Promise<Log> => logFor(settings, options, isOneOfSeveral === true ? `${command}:${String(port)}` : command);

export interface ChangeParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly pair: PairWords;
  /** Which of the commands of this host it is. */
  readonly key: ProcessKey | undefined;
  /** Hears what is written down, and tells people. */
  readonly hooks: PeoplesHooks | undefined;
}

export const changeSession = async (parts: ChangeParts): Promise<ChangeSession> => {
  const { settings, log, pair, key, hooks } = parts;
  const place: Place = { stateDir: settings.files.stateDir, port: pair.port };
  const opened = openJournal({ ...place, version: VERSION, clock: systemClock, log });
  const journal = hooks?.hearing(opened) ?? opened;
  const turn = openTurn(place, key);
  const said = newestAnnouncement(place);
  return {
    world: {
      clock: systemClock,
      log,
      journal,
      turn,
      eyes: eyesOf(settings, pair),
      stranger: (side, shown) => strangerAt(settings, pair, side, shown),
      memory: openMemory(place, log),
      addresses: () => masterAddressesOf(settings, pair),
      isAddressHere: () => isAddressHere(settings, pair),
      ...(settings.witness === undefined
        ? {}
        : { promoted: () => void tellResident(settings, pair).catch(() => undefined) }),
      isOutranked: async () => (await import('./notes.ts')).isOutrankedIn(settings.files.keepalivedConf, pair),
      neighbours: {
        tell: () => tellWhatMoves(settings, pair),
        secondWordMs: async () =>
          (await import('./notes.ts')).announcedIn(settings.files.keepalivedConf, pair).secondWordMs,
      },
      rescuer: lateRescuer({
        connect: (endpoint) => connectionTo(settings, endpoint),
        directory: rescueDirectory(place),
        keep: settings.files.rescueKeep,
        bytesMax: settings.files.rescueBytesMax,
        clock: systemClock,
        onPruned: async (removed) => {
          log.warn('pruned', { removed });
          await journal.append({ event: 'pruned', removed });
        },
        onReplaced: async (elders, file) => {
          log.info('replaced', { elders, file });
          await journal.append({ event: 'replaced', elders, file });
        },
      }),
    },
    policy: settings.policy,
    vrrpAgeMs: ageOf(said, systemClock.nowMs()),
    vrrpNow: () => newestAnnouncement(place)?.vrrpState,
    outlook: async () => {
      const { notes, address } = (await import('./notes.ts')).outlookOf(settings.files.keepalivedConf, pair);
      return { notes, address: settings.connection.vip ?? address };
    },
    hasAddress: (address) => hasAddress(address) === true,
    tellPeople: async (signal) => hooks?.finish(signal),
    marks: () => readMarks(place),
    hasten: async () => {
      const directory = (await import('./notes.ts')).hasteDirectoryIn(settings.files.keepalivedConf, pair);
      return directory === undefined ? () => undefined : hasten(claimFile(directory, pair.port));
    },
    announce: announcer({ turn, place, journal }, log, false),
  };
};

/** Before keepalived has said anything, its file says which ports there are. */
const portsInConf = async ({ files }: Settings): Promise<readonly number[]> =>
  (await import('./notes.ts')).confPairs(files.keepalivedConf).map(({ port }) => port);

export const openRecord = async (
  command: 'fault' | 'stop',
  said: number | undefined,
  options: CommonOptions,
): Promise<RecordSession> => {
  const settings = await settingsFor(options, said === undefined ? {} : { port: String(said) });
  const { stateDir } = settings.files;
  const log = await logFor(settings, options, command);
  return {
    configuredPort: configuredPort(settings),
    knownPorts: async () => {
      const known = knownPorts(stateDir);
      return known.length > 0 ? known : portsInConf(settings);
    },
    log: (event, fields) => log.info(event, fields),
    at: (port) => {
      const place: Place = { stateDir, port };
      const journal = openJournal({ ...place, version: VERSION, clock: systemClock, log });
      const announce = announcer({ turn: openTurn(place), place, journal }, log, true);
      return { remembered: readMemory(place), announce };
    },
  };
};
