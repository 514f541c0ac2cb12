/** One port of this host with the real servers, files and commands. */
import type { OwnCommand, Resident } from '../app/resident.ts';
import { reside } from '../app/resident.ts';
import type { WatchWorld } from '../app/watch.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords } from '../cli/words.ts';
import { watchDeadlines, watchPolicy } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import { announcedAt } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import type { ProcessKey } from '../host/identity.ts';
import { openMemory } from '../host/memory.ts';
import type { Place } from '../host/paths.ts';
import { openServerState } from '../host/process-table.ts';
import { readLastCheck, writeLastCheck } from '../host/state.ts';
import { isHeld, openTurn } from '../host/turn.ts';
import { noteLook, tellKeepalived, verdictFile } from '../host/verdict-file.ts';
import type { Log } from '../app/ports.ts';
import { changeSession, logOfChange } from './change.ts';
import { nodesFor, notesOf, recallFrom } from './looking.ts';

export interface WatchedPort extends Resident {
  /** How long ago somebody looked; 0 until somebody has for the first time. */
  readonly unlookedMs: () => number;
}

export interface PortOptions {
  readonly settings: Settings;
  readonly pair: PairWords;
  readonly options: CommonOptions;
  readonly log: Log;
  /** Where keepalived reads whether this node is fit. */
  readonly runDirectory: string;
  /** The next name for a command of this process. */
  readonly nextKey: () => ProcessKey | undefined;
  readonly signal: AbortSignal;
}

const placeOf = ({ settings, pair }: PortOptions): Place => ({ stateDir: settings.files.stateDir, port: pair.port });

const nextCommandOf = (port: PortOptions): OwnCommand => {
  const { settings, pair, options } = port;
  const key = port.nextKey();
  return {
    announce: (said) => openTurn(placeOf(port), key).announce(said),
    open: async (intent) => {
      const log = await logOfChange(settings, intent, pair, options);
      return changeSession({ settings, log, command: intent, pair, key });
    },
  };
};

const watchingOf = (port: PortOptions, onLook: () => void): Omit<WatchWorld, 'settle' | 'tell'> => {
  const { settings, pair, runDirectory } = port;
  const place = placeOf(port);
  const at = { host: pair.local, port: pair.port };
  const peer = { host: pair.peer, port: settings.connection.peerPort };
  return {
    clock: systemClock,
    ...nodesFor(settings, at, peer, watchDeadlines(settings.check)),
    commandRunning: () => Promise.resolve(isHeld(pair.port)),
    after: (ms, listener) => {
      const timer = setTimeout(listener, ms);
      return () => {
        clearTimeout(timer);
      };
    },
    saidAt: () => announcedAt(place),
    recall: () => recallFrom(settings, notesOf(place)),
    serverState: openServerState(),
    looked: (fit) => {
      onLook();
      noteLook(runDirectory, pair.port, fit);
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
  const resident = reside({
    port: pair.port,
    pair: { local: pair.local, peer: pair.peer },
    log,
    watching: watchingOf(port, onLook),
    policy: watchPolicy(settings),
    warnings: settings.warnings,
    lastCheck: { read: () => readLastCheck(place), write: (last) => writeLastCheck(place, last) },
    memory: () => openMemory(place, log),
    tell: (fit) => tellKeepalived(verdictFile(runDirectory, pair.port), fit),
    nextCommand: () => nextCommandOf(port),
    signal,
  });
  return { ...resident, unlookedMs: () => (lookedMs === undefined ? 0 : systemClock.nowMs() - lookedMs) };
};
