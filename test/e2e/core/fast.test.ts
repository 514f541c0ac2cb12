/** What holds on every keepalived, on the files that `redisha config --profile fast` writes: one life of a pair. */
import { describe, expect, test } from 'vitest';
import { generated } from '../../lib/generated.ts';
import { CORE_ACTS, cutAndHealed, electable, oneAfterTheOther } from '../../lib/kept.ts';
import { boundOf, hostsPossible, onPair } from '../on-a-pair.ts';

describe.runIf(hostsPossible)('fast', () => {
  test('killed, frozen, promoted, stopped, cut off: one master with the address, and no write is lost', async () => {
    await onPair(
      async (story) => {
        let before = 0;
        for (const act of CORE_ACTS) {
          const account = await story.act(act);
          const putAside = account.missing + account.hotMissing;
          const byHeal = act === cutAndHealed ? putAside - before : 0;
          // What was on its way to the other node when the network broke.
          expect(byHeal, 'put aside at the heal').toBeLessThan(20);
          before = putAside;
          expect(account, act.name).toMatchObject({ vanished: 0, disorder: [] });
          expect(account.gapMs, act.name).toBeLessThanOrEqual(boundOf('fast', act.name));
          if (act.whole) await electable(story.pair);
        }
      },
      { files: await generated('fast'), start: oneAfterTheOther, hotPerS: 200 },
    );
  });
});
