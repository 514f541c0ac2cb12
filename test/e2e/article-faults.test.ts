/** The article's pair on redisha's executable, under the article's own files: what happens when the master fails. */
import { describe, expect, test } from 'vitest';
import { masterReturns, redisFrozen, redisKilled, redisThawed } from '../lib/acts.ts';
import { CHECKS_MS, HANDOVER_MS, hostsPossible, KEEPALIVED_MS, onPair, SLACK_MS } from './on-a-pair.ts';

describe.runIf(hostsPossible)('the article: the master fails', () => {
  test('a killed Redis costs keepalived’s own time and no write, its return costs half a second and no write', async () => {
    await onPair(async (story) => {
      const killed = await story.act(redisKilled);
      expect(killed).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(killed.gapMs).toBeLessThanOrEqual(KEEPALIVED_MS + SLACK_MS);

      const returned = await story.act(masterReturns);
      expect(returned).toMatchObject({ missing: 0, vanished: 0, disorder: [] });
      expect(returned.gapMs).toBeLessThanOrEqual(HANDOVER_MS);
    });
  });

  test('a frozen Redis is replaced in 8 s; when it thaws there is one master, and every write is live or rescued', async () => {
    await onPair(async (story) => {
      const frozen = await story.act(redisFrozen);
      expect(frozen).toMatchObject({ vanished: 0, disorder: [] });
      expect(frozen.gapMs).toBeLessThanOrEqual(CHECKS_MS + SLACK_MS);

      const thawed = await story.act(redisThawed);
      expect(thawed).toMatchObject({ vanished: 0, disorder: [] });
      expect(thawed.gapMs).toBeLessThanOrEqual(HANDOVER_MS);
    });
  });
});
