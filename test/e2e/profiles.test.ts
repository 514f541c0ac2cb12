/** The files that `redisha config` writes, on real keepalived: every change of the profile, one after the other. */
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import { electable, FOREIGN_ACTS, KEPT_ACTS, oneAfterTheOther } from '../lib/kept.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

/** What each act may cost without a write, in ms, on a machine with nothing else to do; slack is added. */
const BOUNDS: Readonly<Record<'fast' | 'balanced', Readonly<Record<string, number>>>> = {
  fast: { killed: 200, frozen: 700, gone: 500, promote: 250, stopped: 300 },
  balanced: { killed: 1000, frozen: 3000, gone: 4000, promote: 1000, stopped: 1000 },
};

/** Two cores that are shared with the other tests. */
const SLACK_MS = 1500;

const boundOf = (profile: 'fast' | 'balanced', act: string): number =>
  (Object.entries(BOUNDS[profile]).find(([word]) => act.includes(word))?.[1] ?? 500) + SLACK_MS;

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
