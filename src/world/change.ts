/** The world of the commands that change roles or record what keepalived said. */
import type { Eyes } from '../app/observe.ts';
import type { Log, RedisNode, Salvage, Untold } from '../app/ports.ts';
import { VERSION } from '../cli/build.ts';
import type { ChangeOptions, ChangeSession, CommonOptions, RecordSession } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { peerDeadlines } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint, Intent, Side } from '../core/model.ts';
import { newestAnnouncement } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import { openJournal } from '../host/journal.ts';
import { tellNeighbours } from '../host/neighbours.ts';
import { hasAddress, openResolver, systemInterfaces } from '../host/network.ts';
import type { Place } from '../host/paths.ts';
import { knownPorts, rescueDirectory } from '../host/paths.ts';
import type { ProcessKey } from '../host/identity.ts';
import { ownKey } from '../host/identity.ts';
import { openMemory } from '../host/memory.ts';
import { readMemory } from '../host/state.ts';
import type { AnnouncingTurn } from '../host/turn.ts';
import { openTurn } from '../host/turn.ts';
import { openNode } from '../redis/node.ts';
import type { SalvageOptions } from '../redis/salvage.ts';
import { logFor } from './log.ts';
import { connectionTo, settingsFor } from './settings.ts';

const announcer =
  (turn: AnnouncingTurn, log: Log, isRecord: boolean): ChangeSession['announce'] =>
  async (command, vrrpState, pair) => {
    const warning = await turn.announce({ command, vrrpState, isRecord, local: pair?.local, peer: pair?.peer });
    if (warning !== undefined) log.warn('not-announced', { warning });
  };

const eyesOf = (settings: Settings, { local, peer, port }: PairWords): Eyes => {
  const patience = peerDeadlines(settings);
  const open = (endpoint: Endpoint) => openNode(connectionTo(settings, endpoint, patience));
  return {
    local: openNode(connectionTo(settings, { host: local, port })),
    peer: open({ host: peer, port: settings.connection.peerPort }),
    interfaces: systemInterfaces,
    resolver: openResolver(settings.connection.connectTimeoutMs),
    open,
  };
};

const strangerAt = (settings: Settings, { local, peer, port }: PairWords, side: Side): RedisNode => {
  const endpoint = side === 'local' ? { host: local, port } : { host: peer, port: settings.connection.peerPort };
  return openNode({ ...connectionTo(settings, endpoint), username: undefined, password: undefined });
};

/** @returns why the network was not told of one of them, or that there is none. */
const tellAll = async (addresses: readonly string[]): Promise<string | undefined> => {
  if (addresses.length === 0) return 'the virtual address is not known: neither configured nor in keepalived.conf';
  const reasons = await Promise.all(addresses.map(tellNeighbours));
  return reasons.find((why) => why !== undefined);
};

/** Whatever moves with the pair: `vip` is one address, and that for reading stands in keepalived.conf alone. */
const tellWhatMoves = async (
  { connection: { vip }, files }: Settings,
  pair: PairWords,
): Promise<Untold | undefined> => {
  const { addresses, refreshMs } = (await import('./notes.ts')).announcedIn(files.keepalivedConf, pair);
  const why = await tellAll([...new Set([...(vip === undefined ? [] : [vip]), ...addresses])]);
  return why === undefined ? undefined : { why, keepalivedEveryMs: refreshMs };
};

/** Few changes meet data that has diverged: what reads and keeps it is loaded by those, and no start-up waits for it. */
const lateSalvage = (options: SalvageOptions): Salvage => {
  const opened = async () => (await import('../redis/salvage.ts')).createSalvage(options);
  return {
    read: async (...args) => (await opened()).read(...args),
    saveSuffix: async (...args) => (await opened()).saveSuffix(...args),
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

export const openChange = async (command: Intent, pair: PairWords, options: ChangeOptions): Promise<ChangeSession> => {
  const settings = await settingsOfPair(pair, options);
  const log = await logOfChange(settings, command, pair, options);
  for (const warning of settings.warnings) log.warn('configuration', { warning });
  return changeSession({ settings, log, command, pair, key: ownKey() });
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
  readonly command: Intent;
  readonly pair: PairWords;
  /** Which of the commands of this host it is. */
  readonly key: ProcessKey | undefined;
}

export const changeSession = async (parts: ChangeParts): Promise<ChangeSession> => {
  const { settings, log, command, pair, key } = parts;
  const place: Place = { stateDir: settings.files.stateDir, port: pair.port };
  const journal = openJournal({ ...place, version: VERSION, clock: systemClock, log });
  const turn = openTurn(place, key);
  const said = newestAnnouncement(place);
  const outlook =
    command === 'promote'
      ? (await import('./notes.ts')).outlookOf(settings.files.keepalivedConf, pair)
      : { notes: [], address: undefined };
  return {
    world: {
      clock: systemClock,
      log,
      journal,
      turn,
      eyes: eyesOf(settings, pair),
      stranger: (side) => strangerAt(settings, pair, side),
      memory: openMemory(place, log),
      neighbours: { tell: () => tellWhatMoves(settings, pair) },
      salvage: lateSalvage({
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
    vrrpAgeMs: said === undefined ? 0 : systemClock.nowMs() - said.saidMs,
    vrrpNow: () => newestAnnouncement(place)?.vrrpState,
    notes: outlook.notes,
    address: settings.connection.vip ?? outlook.address,
    hasAddress: (address) => hasAddress(address) === true,
    announce: announcer(turn, log, false),
  };
};

export const openRecord = async (
  command: 'fault' | 'stop',
  port: number | undefined,
  options: CommonOptions,
): Promise<RecordSession> => {
  const settings = await settingsFor(options, port === undefined ? {} : { port: String(port) });
  const { stateDir } = settings.files;
  const log = await logFor(settings, options, command);
  const configured = settings.sources.get('port')?.from === 'default' ? [] : [settings.connection.port];
  const ports = configured.length > 0 ? configured : knownPorts(stateDir);
  const place: Place = { stateDir, port: port ?? ports[0] ?? settings.connection.port };
  return {
    knownPorts: ports,
    remembered: readMemory(place),
    log: (event, fields) => log.info(event, fields),
    announce: announcer(openTurn(place), log, true),
  };
};
