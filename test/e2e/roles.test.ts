/**
 * Roles do not go to and fro: after a fault they change as often as it takes to put the pair in order, and then no more. The
 * servers are young here and wait before they make a copy, so that any of them can be taken for one that has just restarted.
 */
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import { electable, oneAfterTheOther } from '../lib/kept.ts';
import type { Node, Pair } from '../lib/pair.ts';
import { watchRoles } from '../lib/role-watch.ts';
import { waitFor } from '../lib/wait.ts';
import type { Writer } from '../lib/writer.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

/** What a heal takes at most; test/sim/changes.ts says what for. */
const CHANGES_MAX = 8;
/** A repair is begun anew by a check after ten seconds. */
const QUIET_MS = 12_000;
const MEANWHILE = 2_000;
const PATIENCE_MS = 30_000;

interface Struck {
  readonly pair: Pair;
  readonly master: Node;
  readonly writer: Writer;
}

type Fault = (struck: Struck) => Promise<unknown>;

/** Writes go to the other node for a while. */
const takenOver = async ({ pair, master, writer }: Struck): Promise<void> => {
  await pair.takenOver(pair.other(master), PATIENCE_MS);
  await writer.ackedMore(MEANWHILE, PATIENCE_MS);
};

const FAULTS: readonly (readonly [name: string, Fault])[] = [
  [
    'the master freezes, and thaws',
    async (struck) => {
      struck.master.redis.freeze();
      await takenOver(struck);
      struck.master.redis.thaw();
    },
  ],
  [
    'the master is cut off, and the network heals',
    async (struck) => {
      await struck.master.host.unplug();
      await takenOver(struck);
      await struck.master.host.plug();
    },
  ],
  [
    'the master is killed, and returns',
    async (struck) => {
      await struck.master.redis.kill();
      await takenOver(struck);
      await struck.master.redis.start();
    },
  ],
  [
    'the master restarts empty at once',
    async ({ master: { redis, host } }) => {
      await redis.kill();
      rmSync(host.file('/var/lib/redis/dump.rdb'), { force: true });
      await redis.start();
    },
  ],
];

const isSettled = (pair: Pair, node: Node): Promise<boolean> =>
  pair.settled(node, 0, 0).then(
    () => true,
    () => false,
  );

/** The node that the pair is in order around: of those that may lead for good, which is one alone where it preempts. */
const leaderOf = async (pair: Pair, lasting: readonly Node[]): Promise<Node> => {
  const found = await waitFor(
    'a pair that is in order',
    { deadlineMs: 60_000, holdMs: 2_000, everyMs: 100 },
    async () => {
      const settled = await Promise.all(lasting.map((node) => isSettled(pair, node)));
      return { leader: lasting[settled.indexOf(true)], view: await pair.view() };
    },
    ({ leader }) => leader !== undefined,
  );
  if (found.leader === undefined) throw new Error('nobody leads');
  return found.leader;
};

describe.runIf(hostsPossible)('roles do not go to and fro', () => {
  test.each(['fast', 'article'] as const)('%s', async (profile) => {
    await onPair(
      async ({ pair }) => {
        const writer = await pair.writer();
        const lasting = profile === 'article' ? [pair.a] : [pair.a, pair.b];
        for (const [name, fault] of FAULTS) {
          const master = await leaderOf(pair, lasting);
          await electable(pair);
          await writer.ackedMore(500, PATIENCE_MS);
          const roles = watchRoles([pair.a.redis, pair.b.redis]);
          await fault({ pair, master, writer });
          await leaderOf(pair, lasting);
          const healed = [...roles.changes];
          await waitFor(
            `${name}: no role that changes once the pair is in order`,
            { deadlineMs: QUIET_MS + 2_000, holdMs: QUIET_MS },
            () => roles.changes.slice(healed.length),
            (later) => later.length === 0,
          );
          await roles.stop();
          expect(healed.length, `${name}: ${healed.join(', ')}`).toBeLessThanOrEqual(CHANGES_MAX);
        }
        await writer.end();
      },
      profile === 'article' ? {} : { files: await generated(profile), start: oneAfterTheOther },
    );
  });
});
