/** The article's pair, Redis' default settings: a Redis that restarts with less than it had costs nobody's data. */
import { describe, expect, test } from 'vitest';
import { bothRestarted, restartedEmpty, restartedStale } from '../lib/restarts.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

/** Either of the two copies alone would wait for so long: `repl-diskless-sync-delay`, as Redis has it by default. */
const COPY_DELAY_MS = 5_000;

describe.runIf(hostsPossible)('the article: restarts that keepalived does not notice', () => {
  test.each([restartedStale, bothRestarted])('$name: every write is live or rescued', async (act) => {
    await onPair(async (story) => {
      const account = await story.act(act);
      expect(account).toMatchObject({ vanished: 0, disorder: [] });
    });
  });

  test('the master restarts empty at once: what it took meanwhile is live, and no copy is waited for', async () => {
    await onPair(async (story) => {
      const account = await story.act(restartedEmpty);
      expect(account).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(account.gapMs).toBeLessThan(COPY_DELAY_MS);
    });
  });
});
