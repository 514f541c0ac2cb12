/** `forget PORT`: the pair is no longer known on this host. */
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import type { ReadOptions } from '../options.ts';
import type { PeoplesRuntime } from '../runtime.ts';
import { parsePort } from '../words.ts';

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: ReadOptions): Promise<Exit> => {
  const port = parsePort(words[0] ?? '', 'forget');
  const { wasKnown, stays, calledBy } = await runtime.forget(port, options);
  if (options.json) return exitWith(EXIT.done, JSON.stringify({ port, wasKnown, stays, calledBy }));
  const note =
    calledBy === undefined ? '' : `\nnote: ${calledBy} still calls redisha for this port, and makes it known again`;
  return exitWith(
    EXIT.done,
    wasKnown
      ? `forgotten: port ${String(port)}; its journal and its rescues stay in ${stays}${note}`
      : `port ${String(port)} was not known${note}`,
  );
};
