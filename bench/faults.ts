/** The same faults for redisha and for the scripts, side by side: each has a pair of its own and both run at once. */
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
import type { Implementation } from '../test/lib/implementation.ts';
import { Pair } from '../test/lib/pair.ts';
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

/** One round of every fault. */
export async function playRound(implementation: Implementation, tell: Tell): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const acts of STORIES) results.push(...(await playStory(implementation, acts, tell)));
  return results;
}

async function playStory(implementation: Implementation, acts: readonly Act[], tell: Tell): Promise<readonly Result[]> {
  const results: Result[] = [];
  const pair = await Pair.create({ implementation });
  try {
    const story = new Story(pair);
    await story.begin();
    for (const act of acts) {
      const account = await story.act(act);
      results.push({ act: act.name, account });
      tell(`${implementation.name}: ${act.name}: ${Math.round(account.gapMs)} ms, ${account.missing} missing`);
    }
  } catch (error) {
    for (const act of acts.slice(results.length)) results.push({ act: act.name, failure: messageOf(error) });
    tell(`${implementation.name}: ${messageOf(error)}`);
  } finally {
    await pair.close();
  }
  return results;
}
