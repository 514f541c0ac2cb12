/**
 * A server says that its node is drained, so that the other node need not be asked: by its `replica-priority`, which stands in
 * INFO of every replica. It carries what it replaced (`DRAINED_BASE` plus the old value), as the fence does, and goes with a
 * restart of the server. Sentinel and others that elect by it take such a replica last.
 * Source: redis.conf, replica-priority; redis/src/sentinel.c compareSlavesForPromotion.
 */
import type { Connection } from './connection.ts';
import { readParameter } from './parameters.ts';

const DRAINED_BASE = 1_000_000;

export const saysDrained = (priority: number): boolean => priority >= DRAINED_BASE;

/** What the priority is to be, so that it says whether the node is drained. */
export const priorityFor = (priority: number, isDrained: boolean): number =>
  (priority % DRAINED_BASE) + (isDrained ? DRAINED_BASE : 0);

/** The name from before Redis 5 is one of its aliases. Source: Redis 5.0 release notes. */
const NAMES = ['replica-priority', 'slave-priority'] as const;

/** True afterwards: INFO of the server says whether the node is drained, for as long as it is a replica. */
export const tellDrained = async (connection: Connection, isDrained: boolean): Promise<void> => {
  for (const name of NAMES) {
    const value = await readParameter(connection, name);
    if (value === undefined) continue;
    const wanted = String(priorityFor(Number(value), isDrained));
    if (value !== wanted) await connection.call('CONFIG', 'SET', name, wanted);
    return;
  }
};
