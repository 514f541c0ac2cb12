/** The files that `redisha config` writes, on real keepalived: every change of the profile, one after the other. */
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import { electable, FOREIGN_ACTS, KEPT_ACTS, oneAfterTheOther } from '../lib/kept.ts';
import { boundOf, hostsPossible, onPair } from './on-a-pair.ts';

/** Redis' own FAILOVER waits for an acknowledgement that a replica sends once a second. */
const FAILOVER_MS = 1000;

describe.runIf(hostsPossible)('generated files', () => {
  test.each(['fast', 'balanced'] as const)(
    '%s: the address follows a role that somebody else moved',
    async (profile) => {
      await onPair(
        async (story) => {
          for (const act of FOREIGN_ACTS) {
            const account = await story.act(act);
            expect(account, act.name).toMatchObject({ vanished: 0, disorder: [] });
            expect(account.gapMs, act.name).toBeLessThanOrEqual(boundOf(profile, 'promote') + FAILOVER_MS);
            await electable(story.pair);
          }
        },
        { files: await generated(profile), start: oneAfterTheOther },
      );
    },
  );

  test.each(['fast', 'balanced'] as const)(
    '%s: every change, nothing lost, the address with the role',
    async (profile) => {
      await onPair(
        async (story) => {
          for (const act of KEPT_ACTS) {
            const account = await story.act(act);
            expect(account, act.name).toMatchObject({ vanished: 0, disorder: [] });
            expect(account.gapMs, act.name).toBeLessThanOrEqual(boundOf(profile, act.name));
            if (act.whole) await electable(story.pair);
          }
        },
        { files: await generated(profile), start: oneAfterTheOther },
      );
    },
  );
});
