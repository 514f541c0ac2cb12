/** The article's pair, Redis' default settings: a Redis that restarts with less than it had costs nobody's data. */
import { describe, expect, test } from 'vitest';
import { bothRestarted, restartedEmpty, restartedStale } from '../lib/restarts.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

describe.runIf(hostsPossible)('the article: restarts that keepalived does not notice', () => {
  test.each([restartedEmpty, restartedStale, bothRestarted])('$name: every write is live or rescued', async (act) => {
    await onPair(async (story) => {
      const account = await story.act(act);
      expect(account).toMatchObject({ vanished: 0, disorder: [] });
    });
  });
});
