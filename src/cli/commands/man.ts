/** `man`: the manual pages. */
import { didYouMean } from '../../core/nearest.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { MANUAL_PAGES } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';

export const run = async (runtime: PeoplesRuntime, [word = 'redisha']: readonly string[]): Promise<Exit> => {
  const page = MANUAL_PAGES.find((name) => name === word);
  if (page === undefined) {
    const meant = didYouMean(word, MANUAL_PAGES);
    throw new RedishaError('USAGE', `there is no page "${word}"; there are ${MANUAL_PAGES.join(' and ')}${meant}`, {
      hint: 'redisha man --help',
    });
  }
  return exitWith(EXIT.done, await runtime.manual(page));
};
