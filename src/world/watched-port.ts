/** One port of this host with the real servers, files and commands. */
import type { AddressClients } from '../app/clients.ts';
import type { OwnCommand, Resident } from '../app/resident.ts';
import { reside } from '../app/resident.ts';
import type { PortReport } from '../app/status.ts';
import type { WatchWorld } from '../app/watch.ts';
import { VERSION } from '../cli/build.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { watchDeadlines, watchPolicy } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import { announcedAt } from '../host/announcements.ts';
import { after, systemClock } from '../host/clock.ts';
import type { ProcessKey } from '../host/identity.ts';
import { openJournal } from '../host/journal.ts';
import { openMemory } from '../host/memory.ts';
import type { Place } from '../host/paths.ts';
import { openServerState } from '../host/process-table.ts';
import { readLastCheck, writeLastCheck } from '../host/state.ts';
import { isLocked } from '../host/lock.ts';
import { openTurn } from '../host/turn.ts';
import { calmDown, claimFile, noteLook, raisePriority, tellKeepalived, verdictFile } from '../host/verdict-file.ts';
import type { Journal, Log } from '../app/ports.ts';
import { CLAIM } from '../core/watch/claim.ts';
import { clientsOfAddress } from './address-clients.ts';
import { announceAndNote } from './announcing.ts';
import { changeSession, logOfChange } from './change.ts';
import { nodesFor, notesOf, recallFrom } from './looking.ts';
import { explainLocal } from './stranger.ts';
import type { AddressWatch } from './virtual-address.ts';
import { watchAddress } from './virtual-address.ts';

export interface WatchedPort extends Omit<Resident, 'report'> {
  /** How long ago somebody looked; 0 until somebody has for the first time. */
  readonly unlookedMs: () => number;
  readonly report: () => PortReport | undefined;
}

export interface PortOptions {
  readonly settings: Settings;
  readonly pair: PairWords;
  readonly options: CommonOptions;
  readonly log: Log;
  /** keepalived's events are told to it. */
  readonly hearsEvents: boolean;
  /** Where keepalived reads whether this node is fit. */
  readonly runDirectory: string;
  /** The next name for a command of this process. */
  readonly nextKey: () => ProcessKey | undefined;
  readonly signal: AbortSignal;
  /** The virtual address; `undefined` where nobody knows which one it is. */
  readonly address: string | undefined;
}

const placeOf = ({ settings, pair }: PortOptions): Place => ({ stateDir: settings.files.stateDir, port: pair.port });

const journalOf = (port: PortOptions): Journal =>
  openJournal({ ...placeOf(port), version: VERSION, clock: systemClock, log: port.log });

const nextCommandOf = (port: PortOptions): OwnCommand => {
  const { settings, pair, options } = port;
  const key = port.nextKey();
  return {
    announce: (said) => {
      const place = placeOf(port);
      return announceAndNote({ turn: openTurn(place, key), place, journal: journalOf(port) }, said);
    },
    open: async (intent) => {
      const log = await logOfChange(settings, intent, pair, options);
      return changeSession({ settings, log, pair, key });
    },
  };
};

/** Who looks on while the port is watched. */
interface Beside {
  readonly onLook: () => void;
  readonly address: AddressWatch;
  readonly clients: AddressClients;
}

/** Longer than any promote waits for its address: what is still there was left behind by one that was killed. */
const LEFT_BEHIND_MS = 60_000;

const watchingOf = (
  port: PortOptions,
  { onLook, address, clients }: Beside,
): Omit<WatchWorld, 'settle' | 'tell' | 'claim'> => {
  const { settings, pair, runDirectory, hearsEvents } = port;
  const place = placeOf(port);
  const at = { host: pair.local, port: pair.port };
  const peer = { host: pair.peer, port: settings.connection.peerPort };
  return {
    clock: systemClock,
    ...nodesFor(settings, at, peer, watchDeadlines(settings.check)),
    commandRunning: () => isLocked(pair.port),
    after,
    hearsEvents,
    saidAt: () => announcedAt(place) + address.movedAt(),
    recall: () => recallFrom(settings, notesOf(place), address.look()),
    serverState: openServerState(),
    seen: (side, view) => {
      clients.seen(side, view);
    },
    looked: (fit) => {
      onLook();
      noteLook(runDirectory, pair.port, fit);
      calmDown(claimFile(runDirectory, pair.port), 0, LEFT_BEHIND_MS);
    },
  };
};

export const watchPort = (port: PortOptions): WatchedPort => {
  const { settings, pair, log, runDirectory, signal } = port;
  const place = placeOf(port);
  let lookedMs: number | undefined;
  const onLook = (): void => {
    lookedMs = systemClock.nowMs();
  };
  const journal = journalOf(port);
  const address = watchAddress(port.address, readLastCheck(place)?.address, () => {
    clients.arrived();
  });
  const clients = clientsOfAddress({ settings, pair, log, journal, isHere: address.isHere });
  const resident = reside({
    port: pair.port,
    pair: { local: pair.local, peer: pair.peer },
    log,
    watching: watchingOf(port, { onLook, address, clients }),
    policy: watchPolicy(settings),
    warnings: async () => [
      ...settings.warnings,
      ...(await import('./notes.ts')).fileOutlook(settings.files.keepalivedConf, pair).troubles,
    ],
    lastCheck: { read: () => readLastCheck(place), write: (last) => writeLastCheck(place, last) },
    memory: () => openMemory(place, log),
    journal,
    explainLink: () => explainLocal(settings, pair),
    tell: (fit) => tellKeepalived(verdictFile(runDirectory, pair.port), fit),
    claim: (isRaised) => raisePriority(claimFile(runDirectory, pair.port), isRaised ? CLAIM : 0),
    nextCommand: () => nextCommandOf(port),
    signal,
  });
  const report = (): PortReport | undefined => {
    const seen = resident.report();
    return seen === undefined ? undefined : { ...seen, clients: clients.report };
  };
  const hear: Resident['hear'] = (told) => {
    resident.hear(told);
    // Its addresses are on their interfaces before keepalived says so; what comes later, the next look at the kernel finds.
    if (told === 'MASTER') address.look();
  };
  const stop = (): void => {
    clients.stop();
    resident.stop();
  };
  return {
    ...resident,
    hear,
    stop,
    report,
    unlookedMs: () => (lookedMs === undefined ? 0 : systemClock.nowMs() - lookedMs),
  };
};
