/**
 * The same faults for redisha and for the scripts on the article's files, and for redisha on the files that it generates:
 * each contestant has a pair of its own, and two run at once.
 */
import {
  hostGone,
  hostReturns,
  keepalivedBack,
  keepalivedStopped,
  masterReturns,
  partitioned,
  redisFrozen,
  redisKilled,
  redisThawed,
} from '../test/lib/acts.ts';
import { generated } from '../test/lib/generated.ts';
import { type Implementation, redisha, scripts } from '../test/lib/implementation.ts';
import { electable, KEPT_ACTS, oneAfterTheOther } from '../test/lib/kept.ts';
import { Pair, type PairOptions } from '../test/lib/pair.ts';
import { type Account, type Act, Story } from '../test/lib/story.ts';
import { messageOf } from '../test/lib/wait.ts';

/** Acts that belong together, on one pair. */
const STORIES: readonly (readonly Act[])[] = [
  [redisKilled, masterReturns],
  [redisFrozen, redisThawed],
  [hostGone, hostReturns],
  [partitioned],
  [keepalivedStopped, keepalivedBack],
];

export type Tell = (text: string) => void;

/** What became of an act: its account, or why there is none. */
export type Result =
  | { readonly act: string; readonly account: Account }
  | { readonly act: string; readonly failure: string };

export interface Contestant {
  readonly name: string;
  /** One round of every fault. */
  readonly play: (tell: Tell) => Promise<readonly Result[]>;
}

const onArticle = (implementation: Implementation): Contestant => ({
  name: implementation.name,
  async play(tell) {
    const results: Result[] = [];
    for (const acts of STORIES) results.push(...(await playStory(implementation.name, { implementation }, acts, tell)));
    return results;
  },
});

const onGenerated = (profile: 'fast' | 'balanced'): Contestant => ({
  name: profile,
  async play(tell) {
    const files = await generated(profile);
    return playStory(profile, { implementation: redisha, files, start: oneAfterTheOther }, KEPT_ACTS, tell);
  },
});

export const CONTESTANTS: readonly Contestant[] = [
  onArticle(redisha),
  onArticle(scripts),
  onGenerated('balanced'),
  onGenerated('fast'),
];

interface Setting extends PairOptions {
  readonly start?: (pair: Pair) => Promise<void>;
}

async function playStory(
  name: string,
  { start, ...options }: Setting,
  acts: readonly Act[],
  tell: Tell,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const pair = await Pair.create(options);
  try {
    const story = new Story(pair);
    await story.begin(start);
    for (const act of acts) {
      const account = await story.act(act);
      results.push({ act: act.name, account });
      tell(`${name}: ${act.name}: ${Math.round(account.gapMs)} ms, ${account.missing} missing`);
      if (act.whole && start !== undefined) await electable(pair);
    }
  } catch (error) {
    for (const act of acts.slice(results.length)) results.push({ act: act.name, failure: messageOf(error) });
    tell(`${name}: ${messageOf(error)}`);
  } finally {
    await pair.close();
  }
  return results;
}
