/** The commands on this host take turns, one lock for each port, and the newest ends what the older ones wait for. */
import type { Announcement, Turn } from '../app/ports.ts';
import { newerThan, writeAnnouncement } from './announcements.ts';
import { systemClock } from './clock.ts';
import type { ProcessKey } from './identity.ts';
import { ownKey } from './identity.ts';
import { takeLock, type Release } from './lock.ts';
import type { Place } from './paths.ts';

export interface AnnouncingTurn extends Turn {
  /**
   * True afterwards: every older command for this port finds itself superseded, or (`isRecord`) out of the game.
   * @returns why that could not be written down, for the log; the work goes on without.
   */
  announce(said: Omit<Announcement, 'saidMs'>): Promise<string | undefined>;
}

/**
 * The turn of this process, or of the one command of several in it that `own` names, for one port. Nothing is taken or
 * written until it is asked for.
 *
 * `acquire` works without a state directory; `newer` answers `nothing` where it cannot be read.
 * @throws {RedishaError} HOST_FILE from `acquire` where nobody of this user can have the lock.
 */
export const openTurn = (place: Place, own: ProcessKey | undefined = ownKey()): AnnouncingTurn => {
  let release: Release | undefined;
  return {
    async acquire() {
      release ??= await takeLock(place.port);
      return release === undefined ? 'taken' : 'acquired';
    },
    release() {
      const held = release;
      release = undefined;
      return held === undefined ? Promise.resolve() : held();
    },
    newer() {
      return Promise.resolve(own === undefined ? 'nothing' : newerThan(place, own));
    },
    announce(said) {
      const warning =
        own === undefined
          ? 'cannot tell when this process was started: /proc is not readable'
          : writeAnnouncement(place, own, { ...said, saidMs: systemClock.nowMs() });
      return Promise.resolve(warning);
    },
  };
};
