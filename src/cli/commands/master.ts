/** `master LOCAL PEER PORT`. */
import { changeAll } from '../change.ts';
import type { Exit } from '../exits.ts';
import type { ChangeOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';

export const run = (runtime: Runtime, words: readonly string[], options: ChangeOptions): Promise<Exit> =>
  changeAll(runtime, 'master', words, options);
