/**
 * What two real servers of different versions cannot do: an older replica does not load the full copy of a newer master. A test
 * that needs it on such a pair is skipped, with what the server itself says, and counted.
 */
import { TestRunner } from 'vitest';
import { readsCopyOf } from '../../src/core/program.ts';
import type { RedisServer } from './redis.ts';
import { isSince, serverOf } from './server.ts';

const programOf = (node: string): Parameters<typeof readsCopyOf>[0] => {
  const { product, version } = serverOf(node);
  return { product, version: [...version, 0] };
};

/** Whether a can follow b as b follows a. */
export const copiesBack = readsCopyOf(programOf('a'), programOf('b'));

/** Whether a, where it is older than b, counts the commands of b that it refuses. Without that it never leads after b. */
export const countsRefused = copiesBack || isSince(serverOf('a'), [6, 2]);

/** What the replica says of the copy, in a run whose two servers cannot do it. Source: redis/src/rdb.c rdbLoadRio. */
export const unreadableCopy = (replica: RedisServer): string | undefined =>
  copiesBack ? undefined : /Can't handle RDB format version \d+/.exec(replica.log)?.[0];

/** The test ends here as skipped, if that is why it cannot go on. */
export const skipWhereUnreadable = (replica: RedisServer): void => {
  const why = unreadableCopy(replica);
  if (why !== undefined) TestRunner.getCurrentTest()?.context.skip(`an older replica of a newer master: ${why}`);
};
