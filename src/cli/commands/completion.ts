/** `completion`: what a shell needs. */
import { didYouMean } from '../../core/nearest.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { SHELLS } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';

export const run = async (runtime: PeoplesRuntime, [word = '']: readonly string[]): Promise<Exit> => {
  const shell = SHELLS.find((name) => name === word);
  if (shell === undefined) {
    throw new RedishaError('USAGE', `completion takes one of ${SHELLS.join(', ')}${didYouMean(word, SHELLS)}`, {
      hint: 'redisha completion --help',
    });
  }
  return exitWith(EXIT.done, await runtime.completion(shell));
};
