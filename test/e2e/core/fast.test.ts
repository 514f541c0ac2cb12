/** What holds on every keepalived, on the files that `redisha config --profile fast` writes: one life of a pair. */
import { describe, expect, test } from 'vitest';
import { redisKilled } from '../../lib/acts.ts';
import { passage } from '../../lib/at-the-address.ts';
import { generated } from '../../lib/generated.ts';
import { CORE_ACTS, cutAndHealed, electable, oneAfterTheOther } from '../../lib/kept.ts';
import { Listener } from '../../lib/listener.ts';
import type { Node, Pair } from '../../lib/pair.ts';
import { ADDRESS, PORT } from '../../lib/pair.ts';
import { waitFor } from '../../lib/wait.ts';
import { SLACK_MS, boundOf, heardBy, hostsPossible, onPair } from '../on-a-pair.ts';

/** Its connection ends before the address has come; on a busy machine that is seen later. */
const HEARD_MS = 1_000 + SLACK_MS;

/** What led from the first bad look to a write, as the node that took over tells it. */
const CHAIN = ['first-bad-look', 'keepalived', 'decision', 'promoted', 'address', 'first-write-seen'];

const tellsWhy = (pair: Pair, node: Node): Promise<readonly string[]> =>
  waitFor(
    `${CHAIN.join(', ')} in the history of ${node.host.name}`,
    { deadlineMs: 30_000, everyMs: 500 },
    async () => {
      const { stdout } = await pair.redisha(node, ['history', 'why', '--json', '-o', `port=${String(PORT)}`]);
      const links = stdout.split('\n').filter(Boolean);
      return links.map((line) => (JSON.parse(line) as { readonly kind: string }).kind);
    },
    (kinds) => CHAIN.every((kind) => kinds.includes(kind)),
  );

describe.runIf(hostsPossible)('fast', () => {
  test('killed, frozen, promoted, stopped, cut off: one master with the address, and no write is lost', async () => {
    await onPair(
      async (story) => {
        const { pair } = story;
        for (const node of [pair.b, pair.a]) {
          const { errors, heardAfterMs, counted, longestGapMs } = await passage(pair, node, `to ${node.host.name} `);
          const told = errors.filter(
            ({ ECONNRESET = 0, ...others }) => ECONNRESET > 1 || Object.keys(others).length > 0,
          );
          expect(told, 'who is told more than one end of a connection').toEqual([]);
          expect(counted[0], 'INCRs of the new master, and of what was acknowledged').toBe(counted[1]);
          expect(Math.max(...heardAfterMs), 'who only listens').toBeLessThanOrEqual(HEARD_MS);
          expect(longestGapMs).toBeLessThanOrEqual(boundOf('fast', 'promote'));
          await pair.settled(node);
          await electable(pair);
        }
        await pair.a.redis.ask('FLUSHALL');
        let before = 0;
        const listener = await Listener.start(story.pair.client, ADDRESS, PORT);
        for (const [number, act] of CORE_ACTS.entries()) {
          const account = await story.act(act);
          const putAside = account.missing + account.hotMissing;
          // Only what was on its way to the other node when the network broke.
          const putAsideMax = act === cutAndHealed ? 20 : Number.POSITIVE_INFINITY;
          expect(putAside - before, act.name).toBeLessThanOrEqual(putAsideMax);
          before = putAside;
          expect(account, act.name).toMatchObject({ vanished: 0, disorder: [] });
          expect(account.gapMs, act.name).toBeLessThanOrEqual(boundOf('fast', act.name));
          await heardBy(listener, story.pair, `${String(number)} ${act.name}`);
          if (act === redisKilled) await tellsWhy(pair, pair.b);
          if (act.whole) await electable(story.pair);
        }
      },
      { files: await generated('fast'), start: oneAfterTheOther, hotPerS: 200 },
    );
  });
});
