/**
 * The commands on this host take turns, one lock for each port.
 *
 * The lock is an abstract unix socket: the kernel allows one, and frees it on any death of its owner, so there is no stale
 * lock and no file. It belongs to the network namespace, as do the addresses that it protects. It has no permissions:
 * a local user may take it, and is then told of as `held`. Source: unix(7), "abstract".
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { Announcement, Turn } from '../app/ports.ts';
import { RedishaError } from '../errors.ts';
import { newerThan, writeAnnouncement } from './announcements.ts';
import { systemClock } from './clock.ts';
import type { ProcessKey } from './identity.ts';
import { ownKey } from './identity.ts';
import type { Place } from './paths.ts';

export interface AnnouncingTurn extends Turn {
  /**
   * True afterwards: every older command for this port finds itself superseded, or (`isRecord`) out of the game.
   * @returns why that could not be written down, for the log; the work goes on without.
   */
  announce(said: Omit<Announcement, 'saidMs'>): Promise<string | undefined>;
}

const lockName = (port: number): string => `\0redisha:${String(port)}`;

const codeOf = (error: Error): string | undefined => (error as NodeJS.ErrnoException).code;

const bind = (port: number): Promise<Server | 'held'> =>
  new Promise((resolve, reject) => {
    // Whoever connects only wants to know whether somebody listens.
    const server = createServer((socket) => {
      socket.on('error', () => undefined).destroy();
    });
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve('held');
      else
        reject(
          new RedishaError('HOST_FILE', `cannot take the turn for port ${String(port)}: ${error.message}`, {
            cause: error,
          }),
        );
    });
    server.listen(lockName(port), () => {
      server.unref();
      resolve(server);
    });
  });

/**
 * The turn of this process, or of the one command of several in it that `own` names, for one port. Nothing is taken or
 * written until it is asked for.
 *
 * `acquire` works without a state directory; `newer` answers `nothing` where it cannot be read.
 * @throws {RedishaError} HOST_FILE from `acquire` when the kernel refuses the socket for another reason than its being taken.
 */
export const openTurn = (place: Place, own: ProcessKey | undefined = ownKey()): AnnouncingTurn => {
  let server: Server | undefined;
  return {
    async acquire() {
      if (server !== undefined) return 'acquired';
      const bound = await bind(place.port);
      if (bound === 'held') return 'held';
      server = bound;
      return 'acquired';
    },
    release() {
      const bound = server;
      server = undefined;
      return new Promise((resolve) => {
        if (bound === undefined) resolve();
        else bound.close(() => resolve());
      });
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

/**
 * Whether a command for this port has its turn right now. Does not take it, and opens no socket: a check asks this often.
 * Source: proc(5), /proc/net/unix: one line a socket, the name last, `@` for the zero byte of an abstract one.
 */
export const isHeld = (port: number): boolean =>
  readFileSync('/proc/self/net/unix', 'utf8').includes(` @${lockName(port).slice(1)}\n`);
