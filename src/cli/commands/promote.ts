/** `promote`: the role moves first, and the address follows. */
import { changeOne } from '../change.ts';
import type { Exit } from '../exits.ts';
import { pairMeant } from '../meant.ts';
import type { PromoteOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';

export const run = async (
  runtime: PeoplesRuntime,
  words: readonly string[],
  options: PromoteOptions,
): Promise<Exit> => {
  const pair =
    words.length === 0
      ? await runtime.knownPair('promote', options)
      : await pairMeant(runtime, words, 'promote', options);
  return changeOne(runtime, 'promote', pair, options);
};
