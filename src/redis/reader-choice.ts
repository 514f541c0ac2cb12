/**
 * Which program of a host is to hold a rescue: one that reads the rescue and exchanges values with the servers of the pair.
 * Nothing is started here, and none is ruled out: a program that is newer than this file may read more than it knows.
 */
import type { ServerVersion } from '../core/program.ts';
import { compareVersions, knowsAllOf, serverText } from '../core/program.ts';
import type { RdbVersion } from './rdb-version.ts';
import { reads, takes } from './rdb-version.ts';

export interface Task {
  /** What a dataset is written in; `undefined` of a suffix. */
  readonly rdb: RdbVersion | undefined;
  /** Which server the rescue is of, as far as it is known. */
  readonly from: ServerVersion | undefined;
  readonly to: 'compare' | 'restore';
  /** The master that its values are compared with or go into; `undefined` where it does not say what it is. */
  readonly master: ServerVersion | undefined;
  /** What follows the master: it gets the values as the program packs them. */
  readonly replica: ServerVersion | undefined;
}

/** A suffix is read by carrying out its commands. */
export const readsRescue = (server: ServerVersion, { rdb, from }: Task): boolean =>
  rdb === undefined ? from === undefined || knowsAllOf(server, from) : reads(server, rdb);

/** Whether the values come over: the master's to the program for a comparison, the program's to the master for a restore. */
export const suitsMaster = (server: ServerVersion, { master, to }: Task): boolean =>
  master === undefined || (to === 'restore' ? takes(master, server) : takes(server, master));

/** A replica is sent RESTORE as its master got it, and drops a value that it does not read. Seen on Valkey 8.1.1 under 9.1.2. */
export const suitsReplica = (server: ServerVersion, { replica, to }: Task): boolean =>
  to === 'compare' || replica === undefined || takes(replica, server);

const isSameProduct = (server: ServerVersion, { from, master }: Task): boolean =>
  server.product === (from ?? master)?.product;

/** What makes a program better than another, the weightiest first. */
const MERITS = [readsRescue, suitsMaster, suitsReplica, isSameProduct];

/** The best first; those that are as good stay as they were. */
export const inOrder = <P extends { readonly server: ServerVersion }>(
  programs: readonly P[],
  task: Task,
): readonly P[] => {
  const worth = ({ server }: P): number => MERITS.reduce((sum, merit) => 2 * sum + Number(merit(server, task)), 0);
  return programs.toSorted((one, other) => worth(other) - worth(one));
};

/**
 * What would do where `server` does not, such as `Redis 8.0.2 or newer`; `undefined` where no program does, as far as is known.
 * A newer program packs values in a newer way, so a restore needs that version.
 */
export const betterThan = (server: ServerVersion, task: Task): string | undefined => {
  const { master, replica, from, to } = task;
  const better = [replica, master, from].find(
    (one) => one !== undefined && readsRescue(one, task) && suitsMaster(one, task) && suitsReplica(one, task),
  );
  if (better === undefined) return undefined;
  const isNoOlder = server.product === better.product && compareVersions(server.version, better.version) >= 0;
  if (to === 'restore') return serverText(better);
  return isNoOlder ? undefined : `${serverText(better)} or newer`;
};
