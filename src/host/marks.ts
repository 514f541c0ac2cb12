/**
 * What a person has said of this node, in two small files of the state directory, which survive a reboot. Each says in words what
 * it is and what ends it. A file that is there and makes no sense drains the node all the same; nothing pauses it.
 */
import { existsSync } from 'node:fs';
import type { Drained, Marks, Moment, Paused } from '../core/marks.ts';
import { NO_MARKS, PAUSE_MAX_MS, standing } from '../core/marks.ts';
import { systemClock } from './clock.ts';
import { bootId } from './identity.ts';
import { changedMs, readOwnText } from './own-file.ts';
import { drainedFile, pausedFile, type Place } from './paths.ts';

export const thisMoment = (): Moment => ({ boot: bootId(), nowMs: systemClock.nowMs(), wallMs: Date.now() });

/** `undefined` where there is none. One that cannot be read is there all the same, and makes no sense. */
const textIn = (path: string): string | undefined => {
  try {
    return readOwnText(path);
  } catch {
    return existsSync(path) ? '' : undefined;
  }
};

const fieldsOf = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};

const wordsOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const drainedIn = (text: string): Drained => {
  const { by, at, why } = fieldsOf(text);
  return { by: wordsOf(by) ?? 'somebody', at: wordsOf(at) ?? 'a time that is not known', why: wordsOf(why) };
};

const pausedIn = (text: string): Paused | undefined => {
  const { by, at, why, forMs, boot, sinceMs, until, untilWallMs } = fieldsOf(text);
  if (typeof forMs !== 'number' || typeof sinceMs !== 'number' || typeof untilWallMs !== 'number') return undefined;
  if (typeof boot !== 'string' || typeof until !== 'string' || !(forMs > 0 && forMs <= PAUSE_MAX_MS)) return undefined;
  const said = {
    by: wordsOf(by) ?? 'somebody',
    at: wordsOf(at) ?? 'a time that is not known',
    why: wordsOf(why) ?? '',
  };
  return { ...said, forMs, boot, sinceMs, until, untilWallMs };
};

/** What stands in the files, whether or not its time is over. Never throws. */
export const readKept = (place: Place): Marks => {
  const [drained, paused] = [textIn(drainedFile(place)), textIn(pausedFile(place))];
  if (drained === undefined && paused === undefined) return NO_MARKS;
  return {
    drained: drained === undefined ? undefined : drainedIn(drained),
    paused: paused === undefined ? undefined : pausedIn(paused),
  };
};

/** What stands now. Never throws. */
export const readMarks = (place: Place): Marks => {
  const kept = readKept(place);
  return kept === NO_MARKS ? kept : standing(kept, thisMoment());
};

/** There is the file of a pause whose time is over, or that makes no sense. */
export const isPauseOver = (place: Place): boolean =>
  existsSync(pausedFile(place)) && readMarks(place).paused === undefined;

/** How often the files are looked at. */
const ASK_EVERY_MS = 500;

/** The marks as a process has them that stays. */
export interface MarksWatch {
  /** What stands now. */
  readonly now: () => Marks;
  /** Another number each time that something else stands. */
  readonly changedAt: () => number;
}

const stampOf = (place: Place): string => [drainedFile(place), pausedFile(place)].map(changedMs).join(' ');

/** `onOver`: a pause has come to the end of its time. */
export const watchMarks = (place: Place, onOver: () => void): MarksWatch => {
  let stamp: string | undefined;
  let kept = NO_MARKS;
  let stands = NO_MARKS;
  let changes = 0;
  let askedMs = Number.NEGATIVE_INFINITY;
  const now = (): Marks => {
    if (systemClock.nowMs() - askedMs < ASK_EVERY_MS) return stands;
    askedMs = systemClock.nowMs();
    const found = stampOf(place);
    if (found !== stamp) {
      kept = readKept(place);
      changes += stamp === undefined ? 0 : 1;
    }
    stamp = found;
    stands = kept === NO_MARKS ? kept : standing(kept, thisMoment());
    if (kept.paused !== undefined && stands.paused === undefined) {
      kept = { ...kept, paused: undefined };
      changes += 1;
      onOver();
    }
    return stands;
  };
  return {
    now,
    changedAt: () => {
      now();
      return changes;
    },
  };
};
