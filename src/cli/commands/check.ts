/** `check HOST PORT`. In the start-up path of every check: imports nothing that it does not need. */
import type { Verdict } from '../../core/check-facts.ts';
import type { ReadingVerdict } from '../../core/readable.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { checkMeant } from '../meant.ts';
import type { CheckOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';

const exitOf = (verdict: Verdict | ReadingVerdict, json: boolean): Exit => {
  const { fit, rule, why } = verdict;
  const code = fit ? EXIT.done : EXIT.unfit;
  if (json) return exitWith(code, JSON.stringify(verdict));
  return exitWith(code, `${fit ? 'fit' : 'unfit'}: ${why} (rule ${String(rule)})`);
};

const usage = (message: string): RedishaError => new RedishaError('USAGE', message, { hint: 'redisha check --help' });

export const run = async (runtime: Runtime, words: readonly string[], options: CheckOptions): Promise<Exit> => {
  const at = await checkMeant(runtime, words, options);
  if (options.for !== undefined) {
    if (options.for !== 'read') throw usage(`--for takes the word read, not "${options.for}"`);
    return exitOf(await runtime.checkReading(at, options), options.json);
  }
  const session = await runtime.openCheck(at, options);
  const checked = await session.look();
  await session.settle(checked);
  return exitOf(checked.verdict, options.json);
};
