/**
 * A node is cut off for a while and the network heals, again and again, while every client writes the same few keys. What
 * only one side took has to survive as it is: nothing is put aside, and the address does not move back.
 */
import { type Act, Story } from '../test/lib/story.ts';
import { watchRoles } from '../test/lib/role-watch.ts';
import { clockReaches, messageOf, nowMs } from '../test/lib/wait.ts';
import { onProfile } from './address-rig.ts';
import { moved } from './acts.ts';
import type { Tell } from './play.ts';
import { inOrder, otherOf, type Rig, TAKEOVER_MS } from './rig.ts';
import { digits, failed, type Sample } from './samples.ts';

const CUT_MS = 10_000;
const HOT_PER_S = 200;
const SETTLE_MS = 1_000;

export interface HealOptions {
  readonly profile: 'article' | 'balanced' | 'fast';
  /** How often each of the two is cut off. */
  readonly times: number;
}

/** The node that leads is cut off, and no client with it. */
const leaderCut: Act<Rig> = {
  name: 'the leader cut off, then healed',
  whole: true,
  settleMs: SETTLE_MS,
  async play(stage) {
    const { pair } = stage;
    const leader = await inOrder(pair);
    const fromMs = nowMs();
    await leader.host.unplug();
    await pair.takenOver(otherOf(pair, leader), TAKEOVER_MS);
    await clockReaches(fromMs + CUT_MS);
    // What the takeover costs is measured elsewhere.
    stage.mark();
    await leader.host.plug();
    return inOrder(pair);
  },
};

/** The node that follows is cut off: it makes itself a master, and nobody writes there. */
const followerCut: Act<Rig> = {
  ...leaderCut,
  name: 'the other one cut off, then healed',
  async play(stage) {
    const { pair } = stage;
    const follower = otherOf(pair, await inOrder(pair));
    const fromMs = nowMs();
    await follower.host.unplug();
    await clockReaches(fromMs + CUT_MS);
    stage.mark();
    await follower.host.plug();
    return inOrder(pair);
  },
};

const figuresOf = async (story: Story<Rig>, act: Act<Rig>, before: number) => {
  const { a, b } = story.pair;
  const watch = watchRoles([a.redis, b.redis]);
  const account = await story.act(act).finally(() => void watch.stop());
  const putAside = account.missing + account.hotMissing;
  return { account, putAside, roles: watch.changes.length, grown: Math.max(0, putAside - before) };
};

/** One life of a pair: the leader is cut off, then the one that follows, and so on. */
export async function heal({ profile, times }: HealOptions, tell: Tell): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const rig: Rig = await onProfile(profile);
  try {
    const story = new Story(rig, { hotPerS: HOT_PER_S });
    await story.begin();
    let before = 0;
    for (let time = 0; time < times; time += 1) {
      for (const act of [leaderCut, followerCut]) {
        const { account, putAside, roles, grown } = await figuresOf(story, act, before);
        before = putAside;
        const { disorder, gapMs } = account;
        const figures = { seconds: gapMs / 1000, putAside: grown, vanished: account.vanished, roles };
        const wrong = disorder.length === 0 ? {} : { wrong: disorder };
        samples.push({ section: 'heal', what: act.name, column: profile, figures, ...wrong });
        tell(`${profile}: ${act.name}: ${digits(gapMs / 1000)} s, ${grown} put aside, ${roles} role changes`);
      }
      // Every cut begins where the preferred node leads, as far as the files leave it there.
      if (rig.preferred === undefined && (await inOrder(rig)) !== rig.a) await story.act(moved);
    }
  } catch (error) {
    tell(`${profile}: ${messageOf(error)}`);
    samples.push(failed('heal', profile, error));
  } finally {
    await rig.close();
  }
  return samples;
}
