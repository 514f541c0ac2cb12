/** The article's pair on redisha's executable, under the article's own files: hosts that vanish, networks that break. */
import { describe, expect, test } from 'vitest';
import { hostGone, hostReturns, partitioned } from '../lib/acts.ts';
import { HANDOVER_MS, hostsPossible, onPair, SILENCE_MS } from './on-a-pair.ts';

describe.runIf(hostsPossible)('the article: hosts and networks', () => {
  test('a host without power costs keepalived’s own time; when it boots, it gives the pair no older data', async () => {
    await onPair(async (story) => {
      const gone = await story.act(hostGone);
      expect(gone).toMatchObject({ vanished: 0, disorder: [] });
      expect(gone.gapMs).toBeLessThanOrEqual(SILENCE_MS + HANDOVER_MS);

      const returned = await story.act(hostReturns);
      expect(returned).toMatchObject({ vanished: 0, disorder: [] });
      expect(returned.gapMs).toBeLessThanOrEqual(HANDOVER_MS);
    });
  });

  test('a cut-off master that comes back overwrites nothing, and is found at its address at once', async () => {
    await onPair(async (story) => {
      const healed = await story.act(partitioned);
      expect(healed).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(healed.gapMs).toBeLessThanOrEqual(SILENCE_MS + HANDOVER_MS);
    });
  });
});
