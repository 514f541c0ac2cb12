/** The world of a check. What only a change needs is loaded only when something has changed. */
import type { Checked, CheckInput, Notes } from '../app/check.ts';
import { check, peerIn, recallOf } from '../app/check.ts';
import type { Eyes } from '../app/observe.ts';
import type { LastCheck, Log, RedisNode, WatchedNode } from '../app/ports.ts';
import type { SettleWorld } from '../app/settle.ts';
import { settle } from '../app/settle.ts';
import type { CheckOptions, CheckSession, CommonOptions } from '../cli/runtime.ts';
import { checkDeadlines, lookDeadlineMs } from '../config/deadlines.ts';
import type { Settings } from '../config/settings.ts';
import type { Endpoint } from '../core/model.ts';
import { announcedAt, newestAnnouncement } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import { openResolver, systemInterfaces } from '../host/network.ts';
import type { Place } from '../host/paths.ts';
import { readLastCheck, readMemory, writeLastCheck } from '../host/state.ts';
import { isHeld } from '../host/turn.ts';
import { openNode } from '../redis/node.ts';
import { connectionTo, optionWords, settingsFor } from './settings.ts';

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
  /** Where another process keeps this check running. */
  readonly keeper: number | undefined;
  /** The word by which the notify commands name this host. */
  readonly local: string;
  /** The check before this one, and from then on what this one has found. */
  last: LastCheck | undefined;
}

const never = (): Promise<never> => Promise.reject(new Error('a check only looks'));

/** A server outside the pair is not asked by a check: there is no time for a third connection. */
const unasked = (endpoint: Endpoint): RedisNode => {
  return {
    endpoint,
    look: () => Promise.resolve({ kind: 'unreachable', why: 'not asked' }),
    sourceAddress: () => undefined,
    promote: never,
    follow: never,
    followAnew: never,
    startFailover: never,
    abortFailover: never,
    pauseWrites: never,
    resumeWrites: never,
    raiseFence: never,
    lowerFence: never,
    configGet: never,
    close: () => undefined,
  };
};

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
    looker: () => ({ parent: process.ppid, keeper: found.keeper }),
    lastCheck: {
      load: () => found.last,
      save: (last) => {
        found.last = last;
        return writeLastCheck(place, last);
      },
    },
    warnings: settings.warnings,
    log,
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

interface Nodes {
  readonly local: WatchedNode;
  readonly peer: WatchedNode | undefined;
  readonly eyes: Eyes | undefined;
}

const nodes = (found: Found, held: boolean): Nodes => {
  const { settings, at, peer } = found;
  const deadlines = checkDeadlines(settings.check, held);
  const local = openNode(connectionTo(settings, at, deadlines));
  if (peer === undefined) return { local, peer: undefined, eyes: undefined };
  const far = openNode(connectionTo(settings, peer, deadlines));
  const eyes: Eyes = {
    local,
    peer: far,
    interfaces: systemInterfaces,
    resolver: openResolver(deadlines.connectTimeoutMs),
    open: unasked,
  };
  return { local, peer: far, eyes };
};

const notesOf = (place: Place): Notes => ({ said: newestAnnouncement(place), memory: readMemory(place) });

const recall = ({ check: policy }: Settings, notes: Notes): Omit<CheckInput, 'before'> => ({
  ...recallOf(notes, systemClock.nowMs()),
  policy,
  deadlineMs: lookDeadlineMs(policy),
});

const findOut = async (ownScript: OwnScript, at: Endpoint, options: CommonOptions, keeper?: number): Promise<Found> => {
  const settings = await settingsFor(options, { port: String(at.port) });
  const place: Place = { stateDir: settings.files.stateDir, port: at.port };
  const notes = notesOf(place);
  const { said, memory } = notes;
  const peerHost = settings.connection.peer ?? peerIn(notes);
  return {
    place,
    settings,
    options,
    at,
    ownScript,
    peer: peerHost === undefined ? undefined : { host: peerHost, port: settings.connection.peerPort },
    keeper,
    notes,
    local: said?.local ?? memory?.local ?? at.host,
    last: readLastCheck(place),
  };
};

const worldOf = (found: Found, held: boolean) => {
  const settling = settlingOf(found);
  return {
    clock: systemClock,
    ...nodes(found, held),
    commandRunning: () => Promise.resolve(isHeld(found.at.port)),
    settle: (checked: Checked) => settle(settling, checked),
  };
};

const openHeld = async (
  ownScript: OwnScript,
  at: Endpoint,
  options: CheckOptions,
  hold: string,
): Promise<CheckSession> => {
  const startMs = systemClock.nowMs() - 1000 * process.uptime();
  const { holdOf, lookHeld } = await import('./held-check.ts');
  const { startedBy } = options;
  const kept = startedBy === undefined ? undefined : (await import('./kept.ts')).keptBy(startedBy);
  const untilMs = startMs + holdOf(hold) * (kept?.holds ?? 1);
  const found = await findOut(ownScript, at, options, kept?.keeper);
  const { last, settings, place } = found;
  const isPeerNews = (): boolean => found.peer === undefined && peerIn(notesOf(place)) !== undefined;
  const looking = worldOf(found, true);
  const world = {
    ...looking,
    saidAt: () => announcedAt(place),
    recall: () => recall(settings, notesOf(place)),
    isOver: () => false,
    ...kept?.parts({ place, isPeerNews, settle: looking.settle }),
  };
  const mayHold = last !== undefined && last.parent === process.ppid;
  const input = { policy: settings.check.hold, untilMs, before: last, pid: last?.processId, mayHold };
  // Under keepalived nobody sees standard error; a person who tries it would otherwise see nothing until the end.
  const openLog = (): Promise<Log> => logOf({ ...found, options: { ...options, verbose: true } });
  const holding = { world, input, trackFile: options.trackFile, openLog };
  return { look: () => lookHeld(holding), settle: world.settle };
};

const openPlain = async (ownScript: OwnScript, at: Endpoint, options: CheckOptions): Promise<CheckSession> => {
  const found = await findOut(ownScript, at, options);
  const world = worldOf(found, false);
  const input = { ...recall(found.settings, found.notes), before: found.last };
  return { look: () => check(world, input), settle: world.settle };
};

/** A check that cannot look says so where keepalived listens, as one does that answers by its exit code. A keeper does it itself. */
const unfitWhereItFails = async <T>(trackFile: string | undefined, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    if (trackFile !== undefined) (await import('../host/track-file.ts')).tellKeepalived(trackFile, false);
    throw error;
  }
};

export const openCheck = async (ownScript: OwnScript, at: Endpoint, options: CheckOptions): Promise<CheckSession> => {
  const { hold, startedBy } = options;
  if (hold === undefined) return openPlain(ownScript, at, options);
  const trackFile = startedBy === undefined ? options.trackFile : undefined;
  const { look, settle: settled } = await unfitWhereItFails(trackFile, () => openHeld(ownScript, at, options, hold));
  return { look: () => unfitWhereItFails(trackFile, look), settle: settled };
};
