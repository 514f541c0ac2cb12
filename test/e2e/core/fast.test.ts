/** What holds on every keepalived, on the files that `redisha config --profile fast` writes: one life of a pair. */
import { describe, expect, test } from 'vitest';
import { generated } from '../../lib/generated.ts';
import { CORE_ACTS, cutAndHealed, electable, oneAfterTheOther } from '../../lib/kept.ts';
import { Listener } from '../../lib/listener.ts';
import { ADDRESS, PORT } from '../../lib/pair.ts';
import { boundOf, heardBy, hostsPossible, onPair } from '../on-a-pair.ts';

describe.runIf(hostsPossible)('fast', () => {
  test('killed, frozen, promoted, stopped, cut off: one master with the address, and no write is lost', async () => {
    await onPair(
      async (story) => {
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
          if (act.whole) await electable(story.pair);
        }
      },
      { files: await generated('fast'), start: oneAfterTheOther, hotPerS: 200 },
    );
  });
});
