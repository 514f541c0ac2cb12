/**
 * What keepalived has told this host, one file for each process that it told.
 *
 * keepalived neither orders nor serialises its notifies, so the order in which files are written means nothing. The order
 * in which it forked the processes does: each writes a file of its own, named by boot, start and pid, and the newest name
 * wins. Nobody ever writes to the file of another, so there is no race. A process removes what is older than itself; its
 * own file stays after its end, as the record of what keepalived said last. The files are in memory, below `/run`; where
 * that cannot be written they are beside the journal. Both places are read as one.
 * Source: keepalived/lib/notify.c system_call_script, which forks and does not wait.
 */
import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Announcement, Newer } from '../app/ports.ts';
import { bootId, type ProcessKey, startedAfter } from './identity.ts';
import { changedMs, readOwnText } from './own-file.ts';
import { intentsDirectories, type Place } from './paths.ts';
import { keepFleeting } from './run-place.ts';

/** The file; an older redisha wrote no `isRecord`. */
type Written = Omit<Announcement, 'isRecord'> & { readonly isRecord?: boolean };

/** An announcement and the process that made it. */
export interface Announced extends Announcement {
  readonly by: ProcessKey;
}

const FILE = /^([0-9a-z]{8})-(\d{16})-(\d{10})\.json$/;

const boot8 = (): string => bootId().slice(0, 8).padEnd(8, '0');

const nameOf = ({ startTicks, pid }: ProcessKey): string =>
  `${boot8()}-${String(startTicks).padStart(16, '0')}-${String(pid).padStart(10, '0')}.json`;

const keyOf = (name: string, boot: string): ProcessKey | undefined => {
  const [, fileBoot, ticks, pid] = FILE.exec(name) ?? [];
  return fileBoot === boot ? { startTicks: Number(ticks), pid: Number(pid) } : undefined;
};

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

/** The processes of this boot that have announced something, the newest first; none where nothing can be read. */
export const announcers = (place: Place): readonly ProcessKey[] => {
  const boot = boot8();
  return intentsDirectories(place)
    .flatMap(namesIn)
    .map((name) => keyOf(name, boot))
    .filter((key) => key !== undefined)
    .toSorted((one, other) => (startedAfter(one, other) ? -1 : 1));
};

const COMMANDS: readonly string[] = [
  'master',
  'backup',
  'fault',
  'promote',
  'stop',
] satisfies Announcement['command'][];
const VRRP_STATES: readonly string[] = ['MASTER', 'BACKUP', 'FAULT', 'STOP'] satisfies Announcement['vrrpState'][];

/** Another number each time that something has been announced here; one look at each directory. */
export const announcedAt = (place: Place): number => Math.max(...intentsDirectories(place).map(changedMs));

const isOptionalText = (field: unknown): boolean => field === undefined || typeof field === 'string';

const isOptionalFlag = (field: unknown): boolean => field === undefined || typeof field === 'boolean';

const isAnnouncement = (value: unknown): value is Written => {
  if (typeof value !== 'object' || value === null) return false;
  const { command, vrrpState, isRecord, saidMs, local, peer } = value as Record<string, unknown>;
  return (
    COMMANDS.includes(String(command)) &&
    VRRP_STATES.includes(String(vrrpState)) &&
    isOptionalFlag(isRecord) &&
    typeof saidMs === 'number' &&
    isOptionalText(local) &&
    isOptionalText(peer)
  );
};

const read = (place: Place, by: ProcessKey): Announced | undefined => {
  const [first, second] = intentsDirectories(place);
  return readIn(first, by) ?? readIn(second, by);
};

const readIn = (directory: string, by: ProcessKey): Announced | undefined => {
  try {
    const value: unknown = JSON.parse(readOwnText(join(directory, nameOf(by))));
    if (!isAnnouncement(value)) return undefined;
    const { command, vrrpState, isRecord, local, peer, saidMs } = value;
    return { command, vrrpState, isRecord: isRecord === true, local, peer, saidMs, by };
  } catch {
    return undefined;
  }
};

/** What was announced in this boot, the newest first, as far as it can be read; each is read when it is asked for. */
function* announcements(place: Place): Generator<Announced> {
  for (const key of announcers(place)) {
    const found = read(place, key);
    if (found !== undefined) yield found;
  }
}

/**
 * What was announced last in this boot for this port; `undefined` where nothing was, or it cannot be read. Fast.
 *
 * The VRRP state is keepalived's own last word of it: a person who promotes knows only what it was when `promote` began.
 */
export const newestAnnouncement = (place: Place): Announced | undefined => {
  let newest: Announced | undefined;
  for (const found of announcements(place)) {
    newest ??= found;
    if (found.command !== 'promote') return { ...newest, vrrpState: found.vrrpState };
  }
  return newest;
};

/** What keepalived said last in this boot: a person's promote is not among it. */
export const lastOfKeepalived = (place: Place): Announced | undefined => {
  for (const found of announcements(place)) if (found.command !== 'promote') return found;
  return undefined;
};

/** What was announced by processes that were started after `own`; one that cannot be read may be a command. */
export const newerThan = (place: Place, own: ProcessKey): Newer => {
  const newest = announcers(place)[0];
  if (newest === undefined || !startedAfter(newest, own)) return 'nothing';
  return read(place, newest)?.isRecord === true ? 'record' : 'command';
};

/** Whatever is older than `own`, of another boot or half written is worth nothing from now on. */
const removeOlder = (directory: string, own: ProcessKey): void => {
  const boot = boot8();
  for (const name of namesIn(directory)) {
    const whole = name.replace(/\.\d+\.tmp$/, '');
    // What has no name of ours is not ours: a link may have led here.
    if (!FILE.test(whole)) continue;
    const key = keyOf(whole, boot);
    if (key !== undefined && !startedAfter(own, key)) continue;
    try {
      unlinkSync(join(directory, name));
    } catch {
      // Another process was quicker, or the file is not ours to remove: it is only litter.
    }
  }
};

/**
 * True afterwards: the announcement of `own` is on disk, and those of older processes are gone, unless a person made it.
 * @returns why it could not be written, for the log; the work goes on without.
 */
export const writeAnnouncement = (place: Place, own: ProcessKey, said: Announcement): string | undefined => {
  const directories = intentsDirectories(place);
  const [first, second] = directories.map((directory) => join(directory, nameOf(own))) as [string, string];
  const problem = keepFleeting(place, [first, second], `${JSON.stringify(said)}\n`);
  if (problem !== undefined) return problem;
  if (said.command !== 'promote') for (const directory of directories) removeOlder(directory, own);
  return undefined;
};
