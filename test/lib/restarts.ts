/** Acts in which Redis comes back before keepalived has noticed that it was gone, with less than it had. */
import { rmSync } from 'node:fs';
import type { Node } from './pair.ts';
import type { Act } from './story.ts';
import { waitFor } from './wait.ts';

const SETTLE_MS = 60_000;

/** The disk of the node has no dataset any more. */
const loseDisk = ({ host }: Node): void => {
  rmSync(host.file('/var/lib/redis/dump.rdb'), { force: true });
};

const save = ({ redis }: Node): Promise<unknown> =>
  waitFor(
    'the dump',
    { deadlineMs: 10_000, everyMs: 50 },
    async () => String(await redis.ask('SAVE')),
    (reply) => reply === 'OK',
  );

/** Redis itself wipes the replica some 5 s later, were nobody quicker. */
export const restartedEmpty: Act = {
  name: 'the master restarts empty at once',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.redis.kill();
    loseDisk(pair.a);
    await pair.a.redis.start();
    return pair.a;
  },
};

export const restartedStale: Act = {
  name: 'the master restarts at once with an old dataset',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair, writer }) {
    await save(pair.a);
    await writer.ackedMore(1_000, 15_000);
    await pair.a.redis.kill();
    await pair.a.redis.start();
    return pair.a;
  },
};

/** A clean stop waits for the replica, so that the backup has every write when it is stopped too. */
export const bothRestarted: Act = {
  name: 'both restart, the master with nothing on disk',
  whole: true,
  settleMs: SETTLE_MS,
  async play({ pair }) {
    await pair.a.redis.stop();
    loseDisk(pair.a);
    await pair.b.redis.stop();
    await Promise.all([pair.a.redis.start(), pair.b.redis.start()]);
    return pair.a;
  },
};
