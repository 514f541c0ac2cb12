/** The article's pair on redisha's executable, under the article's own files: changes of master while both Redises live. */
import { describe, expect, test } from 'vitest';
import { keepalivedBack, keepalivedStopped, promotedByHand } from '../lib/acts.ts';
import type { Finished } from '../lib/process.ts';
import { HANDOVER_MS, hostsPossible, KEEPALIVED_MS, onPair, SKEW_MS } from './on-a-pair.ts';

describe.runIf(hostsPossible)('the article: the master changes', () => {
  test('stopping keepalived on the master leaves one master and loses nothing, nor does starting it again', async () => {
    await onPair(async (story) => {
      const stopped = await story.act(keepalivedStopped);
      expect(stopped).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(stopped.gapMs).toBeLessThanOrEqual(SKEW_MS + HANDOVER_MS);

      const back = await story.act(keepalivedBack);
      expect(back).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(back.gapMs).toBeLessThanOrEqual(HANDOVER_MS);
    });
  });

  test('a promotion by hand loses nothing, and the address follows in keepalived’s own time', async () => {
    await onPair(async (story) => {
      const said: Finished[] = [];
      const account = await story.act(promotedByHand((finished) => said.push(finished)));
      expect(said).toMatchObject([{ code: 0 }]);
      expect(account).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(account.gapMs).toBeLessThanOrEqual(KEEPALIVED_MS + HANDOVER_MS);
    });
  });
});
