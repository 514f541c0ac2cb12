/** One thread of the simulator: tells stretches of seeds. */
import { parentPort } from 'node:worker_threads';
import type { Stretch, Tally } from './many.ts';
import { addUp } from './many.ts';
import { tell } from './run.ts';
import { storyOf } from './story.ts';

// What goes wrong in a story is told by the story; traces that nobody reads cost a tenth of the time.
Error.stackTraceLimit = 0;

const tallyOf = async (seed: number): Promise<Tally> => {
  const { violations, acknowledged, rescued, lostWithDisk, lostByRedis, lostBySafeStart } = await tell(storyOf(seed));
  const sums = { histories: 1, acknowledged, rescued, lostWithDisk, lostByRedis, lostBySafeStart };
  return { sums, failed: violations.length === 0 ? [] : [{ seed, violations }] };
};

parentPort?.on('message', ({ from, to }: Stretch) => {
  void (async () => {
    const tallies: Tally[] = [];
    for (let seed = from; seed < to; seed++) tallies.push(await tallyOf(seed));
    parentPort?.postMessage(addUp(tallies));
  })();
});
