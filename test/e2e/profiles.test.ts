/** The files that `redisha config` writes, on real keepalived: every change of the profile, one after the other. */
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import { KEPT_ACTS } from '../lib/kept.ts';
import type { Pair } from '../lib/pair.ts';
import { waitFor } from '../lib/wait.ts';
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

/** A fault meets a pair whose other node may be elected: a new replica is not while its first full sync runs. */
const electable = async ({ a, b }: Pair): Promise<void> => {
  await waitFor(
    'a node in MASTER and none in FAULT',
    { deadlineMs: 30_000 },
    () => [a, b].map(({ keepalived }) => keepalived.vrrpState),
    (states) => states.includes('MASTER') && !states.includes('FAULT'),
  );
};

/** Whoever comes first keeps the address, so that `a` is given the time to be first. */
const oneAfterTheOther = async (pair: Pair): Promise<void> => {
  await pair.a.redis.start();
  await pair.a.keepalived.start();
  await pair.takenOver(pair.a);
  await pair.b.redis.start();
  await pair.b.keepalived.start();
  await pair.settled(pair.a);
  await electable(pair);
};

describe.runIf(hostsPossible)('generated files', () => {
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
