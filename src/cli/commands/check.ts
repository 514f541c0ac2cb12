/** `check HOST PORT`. In the start-up path of every check: imports nothing that it does not need. */
import type { Verdict } from '../../core/check-facts.ts';
import type { ReadingVerdict } from '../../core/readable.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { CheckOptions, Runtime } from '../runtime.ts';
import { parseCheck } from '../words.ts';

const exitOf = (verdict: Verdict | ReadingVerdict, json: boolean): Exit => {
  const { fit, rule, why } = verdict;
  const code = fit ? EXIT.done : EXIT.unfit;
  if (json) return exitWith(code, JSON.stringify(verdict));
  return exitWith(code, `${fit ? 'fit' : 'unfit'}: ${why} (rule ${String(rule)})`);
};

const usage = (message: string): RedishaError => new RedishaError('USAGE', message, { hint: 'redisha check --help' });

export const runCheck = async (runtime: Runtime, words: readonly string[], options: CheckOptions): Promise<Exit> => {
  const at = parseCheck(words);
  if (options.for !== undefined) {
    if (options.for !== 'read') throw usage(`--for takes the word read, not "${options.for}"`);
    if (options.hold !== undefined) throw usage('--hold and --for read do not go together: a read check looks once');
    return exitOf(await runtime.checkReading(at, options), options.json);
  }
  if (options.trackFile !== undefined && options.hold === undefined) {
    throw usage('--track-file needs --hold: a check that looks once answers by its exit code');
  }
  if (options.trackFile !== undefined && !options.trackFile.startsWith('/')) {
    throw usage(`--track-file takes the path that keepalived watches, from / on, not "${options.trackFile}"`);
  }
  if (options.trackFile === undefined && options.respawn) throw usage('--respawn needs --track-file');
  if (options.trackFile === undefined && options.startedBy !== undefined)
    throw usage('--started-by needs --track-file');
  if (options.respawn) {
    await runtime.keepChecking(at, options);
    return exitWith(runtime.signalExit() ?? EXIT.done);
  }
  const session = await runtime.openCheck(at, options);
  const checked = await session.look();
  await session.settle(checked);
  return exitOf(checked.verdict, options.json);
};
