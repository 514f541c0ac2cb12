/** What holds on every keepalived, on the article's own files: one life of a pair. */
import { describe, expect, test } from 'vitest';
import {
  keepalivedBack,
  keepalivedStopped,
  masterReturns,
  partitioned,
  promotedByHand,
  redisFrozenFor,
  redisKilled,
  redisThawed,
} from '../../lib/acts.ts';
import { Listener } from '../../lib/listener.ts';
import { ADDRESS, PORT } from '../../lib/pair.ts';
import type { Finished } from '../../lib/process.ts';
import type { Act } from '../../lib/story.ts';
import {
  CHECKS_MS,
  HANDOVER_MS,
  heardBy,
  hostsPossible,
  KEEPALIVED_MS,
  onPair,
  SILENCE_MS,
  SKEW_MS,
} from '../on-a-pair.ts';

/** What happens, and what it costs keepalived itself. */
const life = (said: (finished: Finished) => void): readonly (readonly [Act, number])[] => [
  [redisKilled, KEEPALIVED_MS],
  [masterReturns, 0],
  [redisFrozenFor(10_000), CHECKS_MS],
  [redisThawed, 0],
  [keepalivedStopped, SKEW_MS],
  [keepalivedBack, 0],
  [promotedByHand(said), KEEPALIVED_MS],
  [partitioned, SILENCE_MS],
];

describe.runIf(hostsPossible)('the article', () => {
  test('killed, frozen, stopped, promoted, cut off: one master with the address, and no write is lost', async () => {
    await onPair(async (story) => {
      const said: Finished[] = [];
      const listener = await Listener.start(story.pair.client, ADDRESS, PORT);
      for (const [number, [act, ownMs]] of life((finished) => said.push(finished)).entries()) {
        const account = await story.act(act);
        expect(account, act.name).toMatchObject({ vanished: 0, disorder: [] });
        expect(account.gapMs, act.name).toBeLessThanOrEqual(ownMs + HANDOVER_MS);
        await heardBy(listener, story.pair, `${String(number)} ${act.name}`);
      }
      expect(said).toMatchObject([{ code: 0 }]);
    });
  });
});
