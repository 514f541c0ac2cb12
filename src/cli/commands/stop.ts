/** `stop`, with or without `LOCAL PEER PORT`. */
import type { Exit } from '../exits.ts';
import type { CommonOptions } from '../options.ts';
import { recordStop, runRecord } from '../record.ts';
import type { Runtime } from '../runtime.ts';

export const run = (runtime: Runtime, words: readonly string[], options: CommonOptions): Promise<Exit> =>
  words.length === 0 ? runRecord(runtime, 'stop', undefined, options) : recordStop(runtime, words, options);
