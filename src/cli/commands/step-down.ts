/** `step-down`: before keepalived of this host is stopped, the role goes to the peer. */
import { stepDown } from '../../app/drain/step-down.ts';
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { forEach, labelOf, pairsOfHost } from '../maintenance.ts';
import type { ReadOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: ReadOptions): Promise<Exit> => {
  const pairs = await pairsOfHost(runtime, words, 'step-down', options);
  return forEach(pairs, options.json, async (pair) => {
    const { drain } = await runtime.openDrain(pair, options);
    const { hasMoved, says } = await stepDown(drain, runtime.signal);
    const told = options.json
      ? JSON.stringify({ command: 'step-down', port: pair.port, exitCode: EXIT.done, hasMoved, says })
      : `redisha ${labelOf('step-down', pair)}: ${says}`;
    return exitWith(EXIT.done, told);
  });
};
