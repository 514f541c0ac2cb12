/** `fault`, with or without `LOCAL PEER PORT`. */
import { changeAll } from '../change.ts';
import type { Exit } from '../exits.ts';
import type { ChangeOptions } from '../options.ts';
import { runRecord } from '../record.ts';
import type { Runtime } from '../runtime.ts';

export const run = (runtime: Runtime, words: readonly string[], options: ChangeOptions): Promise<Exit> =>
  words.length === 0 ? runRecord(runtime, 'fault', undefined, options) : changeAll(runtime, 'fault', words, options);
