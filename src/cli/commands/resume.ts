/** `resume`: what `drain` and `pause` said of this node ends. */
import { describeDrained, describePaused } from '../../core/marks.ts';
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { forEach, labelOf, pairsOfHost } from '../maintenance.ts';
import type { ReadOptions } from '../options.ts';
import type { MarkSession, PeoplesRuntime } from '../runtime.ts';
import type { PairWords } from '../words.ts';

interface Ended {
  readonly what: 'drain' | 'pause';
  readonly says: string;
}

/** The files go first: what the server says of them, the next look puts right where this command is killed here. */
const endAll = async (session: MarkSession): Promise<readonly Ended[]> => {
  const { by, marks, removeDrained, removePaused, tellServer, note } = session;
  const { drained, paused } = marks();
  const ended: Ended[] = [];
  if (await removePaused())
    ended.push({
      what: 'pause',
      says: paused === undefined ? 'paused, and its time was over' : describePaused(paused),
    });
  if (await removeDrained())
    ended.push({ what: 'drain', says: drained === undefined ? 'drained' : describeDrained(drained) });
  await tellServer(false);
  for (const { what, says } of ended) await note('resumed', { what, why: `by ${by}`, was: says });
  return ended;
};

const resumeOne = async (runtime: PeoplesRuntime, pair: PairWords, options: ReadOptions): Promise<Exit> => {
  const session = await runtime.openMarks('resume', pair, options);
  const ended = await endAll(session);
  const returns = ended.some(({ what }) => what === 'drain') ? session.returns() : undefined;
  if (options.json) return exitWith(EXIT.done, JSON.stringify({ command: 'resume', port: pair.port, ended, returns }));
  const label = `redisha ${labelOf('resume', pair)}`;
  if (ended.length === 0) return exitWith(EXIT.done, `${label}: this node was neither drained nor paused`);
  return exitWith(
    EXIT.done,
    [
      ...ended.map(({ says }) => `${label}: ended: ${says}`),
      'From its next look on redisha judges this node as usual: see redisha status.',
      ...(returns === undefined ? [] : [returns]),
    ].join('\n'),
  );
};

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: ReadOptions): Promise<Exit> => {
  const pairs = await pairsOfHost(runtime, words, 'resume', options);
  return forEach(pairs, options.json, (pair) => resumeOne(runtime, pair, options));
};
