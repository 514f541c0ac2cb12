/** The world of a check, which looks once. What only a change needs is loaded only when something has changed. */
import { isAttendantMissing } from '../app/attendant.ts';
import type { Checked, Notes } from '../app/check.ts';
import { check, localIn, peerIn } from '../app/check.ts';
import type { AddressSeen, LastCheck, Log } from '../app/ports.ts';
import type { SettleWorld } from '../app/settle.ts';
import { settle } from '../app/settle.ts';
import type { CheckSession, CommonOptions } from '../cli/runtime.ts';
import { checkDeadlines } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../core/model.ts';
import { systemClock } from '../host/clock.ts';
import { within } from '../host/deadline.ts';
import { isPauseOver } from '../host/marks.ts';
import type { Place } from '../host/paths.ts';
import { RUN_DIRECTORY } from '../core/blueprint.ts';
import { readLastCheck, writeLastCheck } from '../host/state.ts';
import { isLocked } from '../host/lock.ts';
import { secondsSinceLook, sinceAskedMs } from '../host/verdict-file.ts';
import { nodesFor, notesOf, recallFrom } from './looking.ts';
import { optionWords, settingsFor } from './settings.ts';
import { lookAtAddress, virtualAddressOf } from './virtual-address.ts';

/** The script to start anew, where this is no single executable. */
export type OwnScript = () => Promise<string | undefined>;

interface Found {
  readonly place: Place;
  readonly settings: Settings;
  readonly options: CommonOptions;
  readonly at: Endpoint;
  readonly ownScript: OwnScript;
  readonly peer: Endpoint | undefined;
  /** As they were when the check began. */
  readonly notes: Notes;
  /** The word by which the notify commands name this host. */
  readonly local: string;
  readonly address: AddressSeen | undefined;
  /** The check before this one, and from then on what this one has found. */
  last: LastCheck | undefined;
}

const logOf = async ({ settings, options }: Found): Promise<Log> =>
  (await import('./log.ts')).logFor(settings, options, 'check');

/** What only a check needs that has something to say, to remember or to repair is loaded by that one. */
const settlingOf = (found: Found): SettleWorld => {
  const { at, local, peer, options, place, settings, ownScript } = found;
  const log = (): Promise<Log> => logOf(found);
  return {
    clock: systemClock,
    port: at.port,
    pair: () => (peer === undefined ? undefined : { local, peer: peer.host }),
    lastCheck: {
      load: () => found.last,
      save: (last) => {
        found.last = last;
        return writeLastCheck(place, last);
      },
    },
    warnings: async () => {
      const { fileOutlook } = await import('./notes.ts');
      const { troubles } = fileOutlook(settings.files.keepalivedConf, { peer: peer?.host, port: at.port });
      return [...settings.warnings, ...troubles];
    },
    log,
    explainLink: async () =>
      peer === undefined
        ? undefined
        : (await import('./stranger.ts')).explainLocal(settings, { local: at.host, peer: peer.host, port: at.port }),
    journal: async () => {
      const [{ openJournal }, { VERSION }] = await Promise.all([
        import('../host/journal.ts'),
        import('../cli/build.ts'),
      ]);
      return openJournal({ ...place, version: VERSION, clock: systemClock, log: await log() });
    },
    tellDrained: async (isDrained) => (await import('./marked.ts')).tellServer(settings, at, isDrained),
    memory: async () => (await import('../host/memory.ts')).openMemory(place, await log()),
    startRepair: async (intent, names) => {
      const { startDetached } = await import('../host/spawn.ts');
      await startDetached({
        script: await ownScript(),
        args: [intent, names.local, names.peer, String(at.port), '--heal', ...optionWords(options)],
        env: process.env,
      });
    },
  };
};

const findOut = async (ownScript: OwnScript, at: Endpoint, options: CommonOptions): Promise<Found> => {
  const settings = await settingsFor(options, { port: String(at.port) });
  const place: Place = { stateDir: settings.files.stateDir, port: at.port };
  const notes = notesOf(place);
  const peerHost = settings.connection.peer ?? peerIn(notes);
  const last = readLastCheck(place);
  const address = await virtualAddressOf(settings, { peer: peerHost, port: at.port });
  return {
    place,
    settings,
    options,
    at,
    ownScript,
    peer: peerHost === undefined ? undefined : { host: peerHost, port: settings.connection.peerPort },
    notes,
    local: localIn(notes) ?? at.host,
    address: lookAtAddress(address, last?.address),
    last,
  };
};

/** The script of the old name asks the resident first: where none looks, one is started for the next time. */
const startAttendant = async ({ at, peer, options, ownScript }: Found): Promise<void> => {
  const askedMs = sinceAskedMs(RUN_DIRECTORY, at.port);
  if (peer === undefined || askedMs === undefined) return;
  if (!isAttendantMissing({ askedMs, secondsSinceLook: secondsSinceLook(RUN_DIRECTORY, at.port) })) return;
  const { startDetached } = await import('../host/spawn.ts');
  const args = ['watch', ...optionWords(options), at.host, peer.host, String(at.port)];
  await startDetached({ script: await ownScript(), args, env: process.env });
};

/** A disk that is slower than this keeps no verdict back. */
const DISK_TIMEOUT_MS = 500;

export const openCheck = async (ownScript: OwnScript, at: Endpoint, options: CommonOptions): Promise<CheckSession> => {
  const found = await findOut(ownScript, at, options);
  const { settings, peer, notes, address, last } = found;
  const settling = settlingOf(found);
  const world = {
    clock: systemClock,
    ...nodesFor(settings, at, peer, checkDeadlines(settings.check)),
    commandRunning: () => isLocked(at.port),
  };
  const settleAll = async (checked: Checked): Promise<void> => {
    if (isPauseOver(found.place)) {
      const [{ endOverdue }, log, journal] = await Promise.all([
        import('./marked.ts'),
        settling.log(),
        settling.journal(),
      ]);
      await within(DISK_TIMEOUT_MS, endOverdue(found.place, log, journal), undefined);
    }
    await settle(settling, checked);
    await startAttendant(found);
  };
  return {
    look: () => check(world, { ...recallFrom(settings, notes, address), before: last }),
    settle: settleAll,
  };
};
