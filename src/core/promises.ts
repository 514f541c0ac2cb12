/**
 * What a pair promises its applications, by the files of `redisha config` that it runs on. The tests that break a pair, the
 * rehearsal of an operator and the documents all take it from here.
 */
import type { ProfileName } from './blueprint.ts';

/** What happens to the master. */
export type Disturbance = 'promote' | 'killed' | 'frozen' | 'gone' | 'cut off' | 'stopped';

/** The longest time without an acknowledged write, for a client that connects again at once, on hosts with time to spare. */
export const PROMISED_MS: Readonly<Record<ProfileName, Readonly<Record<Disturbance, number>>>> = {
  fast: { killed: 200, frozen: 700, gone: 500, 'cut off': 500, promote: 250, stopped: 300 },
  balanced: { killed: 1000, frozen: 3000, gone: 4000, 'cut off': 4000, promote: 1000, stopped: 1000 },
  article: { killed: 7000, frozen: 8500, gone: 10_500, 'cut off': 10_500, promote: 7000, stopped: 1000 },
};

/**
 * What a library may add: it waits longer and longer before it connects again.
 * Source: ioredis 6.0.0 redis/RedisOptions.js retryStrategy: 50, 100, 200 ms and so on, and up to 200 ms each time.
 */
export const LIBRARY_MS = 1000;
