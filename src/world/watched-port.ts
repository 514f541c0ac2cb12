/** One port of this host with the real servers, files and commands. */
import type { AddressClients } from '../app/clients.ts';
import type { PeoplesHooks } from '../app/hooks.ts';
import { refuseBetween } from '../app/refusals.ts';
import type { OwnCommand, Resident } from '../app/resident.ts';
import { reside } from '../app/resident.ts';
import type { PortReport } from '../app/told.ts';
import type { WatchWorld } from '../app/watch.ts';
import { VERSION } from '../cli/build.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { watchDeadlines, watchPolicy } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { NodeView } from '../core/model.ts';
import { announcedAt } from '../host/announcements.ts';
import { after, systemClock } from '../host/clock.ts';
import type { ProcessKey } from '../host/identity.ts';
import { openJournal } from '../host/journal.ts';
import { type MarksWatch, readMarks, watchMarks } from '../host/marks.ts';
import { openMemory } from '../host/memory.ts';
import type { Place } from '../host/paths.ts';
import { openServerState } from '../host/process-table.ts';
import { readLastCheck, writeLastCheck } from '../host/state.ts';
import { isLocked } from '../host/lock.ts';
import { openTurn } from '../host/turn.ts';
import { calmDown, claimFile, noteLook, raisePriority, tellKeepalived, verdictFile } from '../host/verdict-file.ts';
import type { Journal, Log } from '../app/ports.ts';
import type { LicencePosition } from '../core/licence/model.ts';
import { nameOfPause } from '../core/marks.ts';
import { CLAIM } from '../core/watch/claim.ts';
import type { FirstWrite } from '../core/watch/first-write.ts';
import { seekFirstWrite } from '../core/watch/first-write.ts';
import type { RunningLicence } from '../app/licence.ts';
import { clientsOfAddress } from './address-clients.ts';
import { announceAndNote } from './announcing.ts';
import { changeSession, logOfChange } from './change.ts';
import { licenceOf } from './licence.ts';
import { nodesFor, notesOf, recallFrom } from './looking.ts';
import { endOverdue, tellServer } from './marked.ts';
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
  /** Tells people of what is written down. */
  readonly hooks: PeoplesHooks | undefined;
  /** The virtual address; `undefined` where nobody knows which one it is. */
  readonly address: string | undefined;
}

const placeOf = ({ settings, pair }: PortOptions): Place => ({ stateDir: settings.files.stateDir, port: pair.port });

const journalOf = (port: PortOptions): Journal =>
  openJournal({ ...placeOf(port), version: VERSION, clock: systemClock, log: port.log });

const nextCommandOf = (port: PortOptions): OwnCommand => {
  const { settings, pair, options, hooks } = port;
  const key = port.nextKey();
  return {
    announce: (said) => {
      const place = placeOf(port);
      return announceAndNote({ turn: openTurn(place, key), place, journal: journalOf(port) }, said);
    },
    open: async (intent) => {
      const log = await logOfChange(settings, intent, pair, options);
      return changeSession({ settings, log, pair, key, hooks });
    },
  };
};

const MAY_WRITE: ReadonlySet<LicencePosition['kind']> = new Set(['licensed', 'unwitnessed', 'whole', 'unbound']);

/** Who looks on while the port is watched. */
interface Beside {
  readonly onLook: () => void;
  readonly onLocal: (view: NodeView) => void;
  readonly licence: RunningLicence | undefined;
  readonly address: AddressWatch;
  readonly clients: AddressClients;
  readonly marks: MarksWatch;
}

const watchingOf = (
  port: PortOptions,
  { onLook, onLocal, licence, address, clients, marks }: Beside,
): Omit<WatchWorld, 'settle' | 'tell' | 'claim'> => {
  const { settings, pair, runDirectory, hearsEvents } = port;
  const place = placeOf(port);
  const at = { host: pair.local, port: pair.port };
  const peer = { host: pair.peer, port: settings.connection.peerPort };
  return {
    clock: systemClock,
    ...nodesFor(settings, at, peer, watchDeadlines(settings.check), () => nameOfPause(marks.now())),
    commandRunning: () => isLocked(pair.port),
    after,
    hearsEvents,
    // Beyond what the address counts, so that the two never make up for each other.
    saidAt: () => announcedAt(place) + address.movedAt() + 8 * marks.changedAt(),
    recall: () => recallFrom(settings, notesOf(place, marks.now()), address.look()),
    serverState: openServerState(),
    seen: (side, view, startedMs) => {
      clients.seen(side, view);
      if (side === 'local') onLocal(view);
      licence?.seen(side, view, startedMs);
    },
    ...(licence === undefined ? {} : { unheard: licence.seen }),
    looked: (fit) => {
      onLook();
      noteLook(runDirectory, pair.port, fit);
      calmDown(claimFile(runDirectory, pair.port));
    },
  };
};

/** The first write since local became the master, as soon as a look sees it; nobody waits for that to be written down. */
const writesTo = (journal: Journal): Beside['onLocal'] => {
  let before: FirstWrite | undefined;
  return (view) => {
    const { next, isSeen } = seekFirstWrite(before, view);
    before = next;
    if (isSeen) void journal.append({ event: 'writes-seen' });
  };
};

const warningsOf = async ({ settings, pair }: PortOptions): Promise<readonly string[]> => [
  ...settings.warnings,
  ...(await import('./notes.ts')).fileOutlook(settings.files.keepalivedConf, pair).troubles,
];

/** An address goes within seconds of its role, by the slowest of the files. */
const REFUSED_MS = 15_000;

const refusalsOf = ({ address, pair, log, signal }: PortOptions): Beside['onLocal'] => {
  if (address === undefined) return () => undefined;
  const at = { address, port: pair.port };
  return refuseBetween({
    refuse: async () => {
      const { refuseComers } = await import('../host/refuse.ts');
      return refuseComers({ at, limitMs: REFUSED_MS, clock: systemClock, signal });
    },
    log,
  });
};

const hearsLocal = (port: PortOptions, journal: Journal): Beside['onLocal'] => {
  const listeners = [writesTo(journal), refusalsOf(port)];
  return (view) => {
    for (const listener of listeners) listener(view);
  };
};

/** With a witness, only a node that may write has a claim to the address: where the two meet again, it stays at the writes. */
const claimOf = (tell: (isRaised: boolean) => string | undefined) => {
  let isWanted = false;
  let mayWrite = true;
  return {
    raise: (isRaised: boolean): string | undefined => {
      isWanted = isRaised;
      return tell(isWanted && mayWrite);
    },
    moved: (position: LicencePosition['kind']): void => {
      const before = mayWrite;
      mayWrite = MAY_WRITE.has(position);
      if (isWanted && mayWrite !== before) tell(mayWrite);
    },
  };
};

const reportOf = (
  resident: Resident,
  clients: AddressClients,
  licence: RunningLicence | undefined,
): PortReport | undefined => {
  const seen = resident.report();
  // A command of this host asks when it has made local a master.
  licence?.hurry();
  const held = licence === undefined ? {} : { licence: licence.report() };
  return seen === undefined ? undefined : { ...seen, clients: clients.report, ...held };
};

export const watchPort = (port: PortOptions): WatchedPort => {
  const { settings, pair, log, runDirectory, signal, hooks } = port;
  const place = placeOf(port);
  let lookedMs: number | undefined;
  const onLook = (): void => {
    lookedMs = systemClock.nowMs();
  };
  const journal = hooks?.hearing(journalOf(port)) ?? journalOf(port);
  const address = watchAddress(port.address, readLastCheck(place)?.address, () => {
    clients.arrived();
  });
  const marks = watchMarks(place, () => void endOverdue(place, log, journal));
  const parts = { settings, pair, log, journal };
  const clients = clientsOfAddress({ ...parts, isHere: address.isHere });
  const claim = claimOf((isRaised) => raisePriority(claimFile(runDirectory, pair.port), isRaised ? CLAIM : 0));
  const peerSilentMs = (): number => resident.peerSilentMs();
  const licence = licenceOf({ ...parts, runDirectory, address: port.address, moved: claim.moved, peerSilentMs });
  const resident = reside({
    port: pair.port,
    pair: { local: pair.local, peer: pair.peer },
    log,
    watching: watchingOf(port, { onLook, onLocal: hearsLocal(port, journal), licence, address, clients, marks }),
    licence,
    policy: watchPolicy(settings),
    warnings: () => warningsOf(port),
    lastCheck: { read: () => readLastCheck(place), write: (last) => writeLastCheck(place, last) },
    memory: () => openMemory(place, log),
    journal,
    explainLink: () => explainLocal(settings, pair),
    tellDrained: (isDrained) => tellServer(settings, { host: pair.local, port: pair.port }, isDrained),
    // Not as it was a moment ago: whoever has typed `pause` has been answered that nothing begins any more.
    paused: () => readMarks(place).paused,
    tell: (fit) => tellKeepalived(verdictFile(runDirectory, pair.port), fit),
    claim: claim.raise,
    nextCommand: () => nextCommandOf(port),
    signal,
  });
  const hear: Resident['hear'] = (told) => {
    resident.hear(told);
    // Its addresses are on their interfaces before keepalived says so; what comes later, the next look at the kernel finds.
    if (told === 'MASTER') address.look();
    if (told !== 'rival') licence?.hurry();
  };
  const stop = (): void => {
    clients.stop();
    hooks?.stop();
    licence?.stop();
    resident.stop();
  };
  return {
    ...resident,
    hear,
    stop,
    report: () => reportOf(resident, clients, licence),
    unlookedMs: () => (lookedMs === undefined ? 0 : systemClock.nowMs() - lookedMs),
  };
};
