/** `promote`: the role moves first, and the address follows. */
import { changeOne } from '../change.ts';
import type { Exit } from '../exits.ts';
import type { PromoteOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import { parsePair } from '../words.ts';

export const run = async (
  runtime: PeoplesRuntime,
  words: readonly string[],
  options: PromoteOptions,
): Promise<Exit> => {
  const pair = words.length === 0 ? await runtime.knownPair('promote', options) : parsePair(words, 'promote');
  return changeOne(runtime, 'promote', pair, options);
};
