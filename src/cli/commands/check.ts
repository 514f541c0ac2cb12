/** `check HOST PORT`. In the start-up path of every check: imports nothing that it does not need. */
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { CheckOptions, Runtime } from '../runtime.ts';
import { parseCheck } from '../words.ts';

const PLAIN = { config: undefined, option: [], verbose: false, json: false } as const;

/** The words of a check that names no option but `--hold`; `undefined` where an argument parser is needed. */
export const plainCheck = (
  args: readonly string[],
): { words: readonly string[]; options: CheckOptions } | undefined => {
  const [flag, value, ...rest] = args;
  const held = flag === '--hold' && value !== undefined;
  const words = held ? rest : args;
  if (words.length !== 2 || words.some((word) => word.startsWith('-'))) return undefined;
  return { words, options: { ...PLAIN, hold: held ? value : undefined } };
};

export const runCheck = async (runtime: Runtime, words: readonly string[], options: CheckOptions): Promise<Exit> => {
  const session = await runtime.openCheck(parseCheck(words), options, options.hold);
  const checked = await session.look();
  await session.settle(checked);
  const { fit, rule, why, heal } = checked.verdict;
  const code = fit ? EXIT.done : EXIT.unfit;
  if (options.json) return exitWith(code, JSON.stringify({ fit, rule, why, heal }));
  return exitWith(code, `${fit ? 'fit' : 'unfit'}: ${why} (rule ${String(rule)})`);
};
