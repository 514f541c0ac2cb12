/** `watch LOCAL PEER NAME=PORT[,PORT] … FIFO`, which keepalived starts once. */
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { CommonOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { parseWatch } from '../words.ts';

export const run = async (runtime: Runtime, words: readonly string[], options: CommonOptions): Promise<Exit> => {
  const parsed = parseWatch(words);
  await ('pair' in parsed ? runtime.attend(parsed.pair, options) : runtime.watch(parsed, options));
  return exitWith(runtime.signalExit() ?? EXIT.done);
};
