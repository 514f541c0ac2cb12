/** One thread of the simulator: tells stretches of seeds. */
import { parentPort } from 'node:worker_threads';
import type { Family, Stretch, Tally } from './many.ts';
import { addUp } from './many.ts';
import { oneSided } from './one-sided.ts';
import { tell } from './run.ts';
import type { Story } from './story.ts';
import { stormy } from './stormy.ts';
import { storyOf } from './story.ts';
import { witnessed } from './witnessed.ts';

// What goes wrong in a story is told by the story; traces that nobody reads cost a tenth of the time.
Error.stackTraceLimit = 0;

const STORIES: Readonly<Record<Family, (seed: number) => Story>> = {
  any: storyOf,
  'one-sided': oneSided,
  stormy,
  witnessed,
};

const tallyOf = async (story: Story): Promise<Tally> => {
  const { seed } = story;
  const { violations, acknowledged, rescued, lostWithDisk, lostByRedis, lostBySafeStart, onWaking } = await tell(story);
  const sums = { histories: 1, acknowledged, rescued, lostWithDisk, lostByRedis, lostBySafeStart, onWaking };
  return { sums, failed: violations.length === 0 ? [] : [{ seed, violations }] };
};

parentPort?.on('message', ({ family, from, to }: Stretch) => {
  void (async () => {
    const tallies: Tally[] = [];
    for (let seed = from; seed < to; seed++) tallies.push(await tallyOf(STORIES[family](seed)));
    parentPort?.postMessage(addUp(tallies));
  })();
});
