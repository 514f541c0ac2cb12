/** Notifies of any kind, in any order, overlapping, end in the state of the last ones (invariants I5 and I6). */
import { describe, expect, test } from 'vitest';
import { stormAct } from '../lib/acts.ts';
import type { Pair } from '../lib/pair.ts';
import { storm } from '../lib/storm.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

const DEBUG = ['enable-debug-command yes'];

describe.runIf(hostsPossible)('the article: a storm of notifies', () => {
  test.each([
    { who: 'nobody else calls', start: (pair: Pair) => pair.startByHand(), seed: 11 },
    { who: 'nobody else calls', start: (pair: Pair) => pair.startByHand(), seed: 12 },
    { who: 'keepalived goes on calling', start: (pair: Pair) => pair.start(), seed: 13 },
  ])('a hundred notifies while $who end in one followed master (seed $seed)', async ({ start, seed }) => {
    await onPair(
      async (story) => {
        const { pair } = story;
        const account = await story.act(stormAct(() => storm(pair, { seed, notifies: 100, pauseMaxMs: 120 })));
        expect(account).toMatchObject({ vanished: 0, disorder: [] });
        expect(await pair.b.redis.digest()).toBe(await pair.a.redis.digest());
      },
      { redisLines: DEBUG, start },
    );
  });
});
