/** `check HOST PORT`. In the start-up path of every check: imports nothing that it does not need. */
import { check } from '../../app/check.ts';
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { CommonOptions, Runtime } from '../runtime.ts';
import { parseCheck } from '../words.ts';

export const runCheck = async (runtime: Runtime, words: readonly string[], options: CommonOptions): Promise<Exit> => {
  const session = await runtime.openCheck(parseCheck(words), options);
  const checked = await check(session.world, session.input);
  await session.settle(checked);
  const { fit, rule, why, heal } = checked.verdict;
  const code = fit ? EXIT.done : EXIT.unfit;
  if (options.json) return exitWith(code, JSON.stringify({ fit, rule, why, heal }));
  return exitWith(code, `${fit ? 'fit' : 'unfit'}: ${why} (rule ${String(rule)})`);
};
