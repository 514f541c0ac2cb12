/** The world of a check. What only a change needs is loaded only when something has changed. */
import type { Checked, CheckInput } from '../app/check.ts';
import { check } from '../app/check.ts';
import type { Eyes } from '../app/observe.ts';
import type { Log, Memory, RedisNode, WatchedNode } from '../app/ports.ts';
import type { CheckOptions, CheckSession, CommonOptions } from '../cli/runtime.ts';
import type { Settings } from '../config/settings.ts';
import { isSameCondition } from '../core/check/condition.ts';
import type { Endpoint } from '../core/model.ts';
import { repairDue } from '../core/repairs.ts';
import type { Announced } from '../host/announcements.ts';
import { announcedAt, newestAnnouncement } from '../host/announcements.ts';
import { systemClock } from '../host/clock.ts';
import { openResolver, systemInterfaces } from '../host/network.ts';
import type { Place } from '../host/paths.ts';
import type { LastCheck } from '../host/state.ts';
import { readLastCheck, readMemory, writeLastCheck } from '../host/state.ts';
import { isHeld } from '../host/turn.ts';
import { openNode } from '../redis/node.ts';
import type { Deadlines } from './settings.ts';
import { connectionTo, optionWords, settingsFor } from './settings.ts';

/** What a check keeps of its deadline for starting up, judging and writing down. */
const RESERVE_MS = 200;
const COMMAND_MIN_MS = 100;

/** The script to start anew, where this is no single executable. */
export type OwnScript = () => Promise<string | undefined>;

/** What the commands of this host have left behind. */
interface Notes {
  readonly said: Announced | undefined;
  readonly memory: Memory | undefined;
}

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

const logChange = async (found: Found, checked: Checked, problem: string | undefined): Promise<void> => {
  const { settings, at } = found;
  const log = await logOf(found);
  const { fit, rule, why, heal } = checked.verdict;
  log[fit ? 'info' : 'warn'](fit ? 'fit' : 'unfit', { port: at.port, rule, why, heal });
  for (const warning of settings.warnings) log.warn('configuration', { warning });
  if (problem !== undefined) log.warn('state-not-written', { problem });
};

const startRepair = async ({ at, peer, local, options, ownScript }: Found, intent: string): Promise<void> => {
  if (peer === undefined) return;
  const { startDetached } = await import('../host/spawn.ts');
  await startDetached({
    script: await ownScript(),
    args: [intent, local, peer.host, String(at.port), '--heal', ...optionWords(options)],
    env: process.env,
  });
};

/** A host that has no process left for a repair is no reason to give the address away. */
const logUnrepaired = async (found: Found, error: unknown): Promise<void> => {
  (await logOf(found)).error('repair-not-started', { port: found.at.port, problem: String(error) });
};

const remember = async (found: Found, { unremembered }: Checked): Promise<void> => {
  const { place, local, peer } = found;
  if (unremembered === undefined || peer === undefined) return;
  const { openMemory } = await import('../host/memory.ts');
  await openMemory(place, await logOf(found)).save({ local, peer: peer.host, ...unremembered });
};

const settle = async (found: Found, checked: Checked): Promise<void> => {
  await remember(found, checked);
  const { place, last } = found;
  const { verdict, condition, sinceMs } = checked;
  const processId = checked.processId ?? last?.processId;
  const nowMs = systemClock.nowMs();
  const { isDue, repairs } = repairDue(last, { condition, heal: verdict.heal, processId }, nowMs);
  const isNew = last?.fit !== verdict.fit || !isSameCondition(last.condition, condition);
  const parent = process.ppid;
  const keeper = found.keeper ?? last?.keeper;
  if (!isNew && !isDue && last.keeper === keeper && last.parent === parent && last.processId === processId) return;
  found.last = {
    fit: verdict.fit,
    condition,
    sinceMs,
    processId,
    repairs,
    parent,
    keeper,
  };
  const problem = writeLastCheck(place, found.last);
  if (isNew) await logChange(found, checked, problem);
  if (isDue && verdict.heal !== undefined)
    await startRepair(found, verdict.heal).catch((error: unknown) => logUnrepaired(found, error));
};

/** A held check waits for an answer as long as it may believe in one; what is too long, it decides itself. */
const deadlinesOf = (settings: Settings, held: boolean): Deadlines => {
  const { connectTimeoutMs, deadlineMs, hold } = settings.check;
  const commandTimeoutMs = held
    ? 2 * hold.busyMs
    : Math.max(COMMAND_MIN_MS, deadlineMs - connectTimeoutMs - RESERVE_MS);
  return { connectTimeoutMs, commandTimeoutMs };
};

interface Nodes {
  readonly local: WatchedNode;
  readonly peer: WatchedNode | undefined;
  readonly eyes: Eyes | undefined;
}

const nodes = (found: Found, held: boolean): Nodes => {
  const { settings, at, peer } = found;
  const deadlines = deadlinesOf(settings, held);
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

const recall = (settings: Settings, { said, memory }: Notes): Omit<CheckInput, 'before'> => ({
  policy: settings.check,
  deadlineMs: settings.check.deadlineMs - RESERVE_MS,
  vrrpState: said?.vrrpState,
  vrrpAgeMs: said === undefined ? Number.POSITIVE_INFINITY : systemClock.nowMs() - said.saidMs,
  memory,
});

const peerIn = ({ said, memory }: Notes): string | undefined => said?.peer ?? memory?.peer;

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

const worldOf = (found: Found, held: boolean) => ({
  clock: systemClock,
  ...nodes(found, held),
  commandRunning: () => Promise.resolve(isHeld(found.at.port)),
  settle: (checked: Checked) => settle(found, checked),
});

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
  const world = {
    ...worldOf(found, true),
    saidAt: () => announcedAt(place),
    recall: () => recall(settings, notesOf(place)),
    isOver: () => false,
    ...kept?.parts({ place, isPeerNews, settle: (checked) => settle(found, checked) }),
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
