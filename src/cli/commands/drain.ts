/** `drain`: role and address go to the peer, and this node stays unfit until `resume`. */
import type { DrainOutcome } from '../../app/drain/drain.ts';
import { carryOutDrain } from '../../app/drain/drain.ts';
import type { Prepared } from '../../app/drain/prepare.ts';
import { prepareDrain } from '../../app/drain/prepare.ts';
import { describeDrained } from '../../core/marks.ts';
import { EXIT } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitWith } from '../exits.ts';
import { forEach, labelOf, pairsOfHost, reasonIn } from '../maintenance.ts';
import type { DrainOptions } from '../options.ts';
import type { DrainSession, PeoplesRuntime } from '../runtime.ts';
import type { PairWords } from '../words.ts';

const HOLDS =
  'That holds until "redisha resume" on this host. If the peer fails before, nobody takes over until you type it.';

const textOf = (label: string, outcome: DrainOutcome): string => {
  const { drained, wasDrained, hasMoved, unsafe, peer, address, tookMs, notes } = outcome;
  const moved = hasMoved
    ? `role and address ${address} are at the peer, ${peer} (${String(tookMs)} ms)`
    : `the peer, ${peer}, has role and address`;
  const said = wasDrained ? `was ${describeDrained(drained)}` : 'drained';
  return [
    `redisha ${label}: ${said}; ${unsafe === undefined ? moved : `but do not stop this host: ${unsafe}`}`,
    ...(unsafe === undefined
      ? [`It is safe to stop or reboot this host. ${HOLDS}`]
      : ['hint: redisha status, and then redisha drain again']),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
};

const exitOf = (outcome: DrainOutcome, pair: PairWords, json: boolean): Exit => {
  const { unsafe, drained, ...rest } = outcome;
  const code = unsafe === undefined ? EXIT.done : EXIT.unfit;
  if (!json) return exitWith(code, textOf(labelOf('drain', pair), outcome));
  const isSafe = unsafe === undefined;
  return exitWith(
    code,
    JSON.stringify({
      command: 'drain',
      port: pair.port,
      exitCode: code,
      isSafe,
      unsafe,
      until: 'resume',
      ...rest,
      ...drained,
    }),
  );
};

interface Ready {
  readonly pair: PairWords;
  readonly prepared: Prepared;
  readonly tellPeople: DrainSession['tellPeople'];
}

/** Where one of them refuses, none is drained: the host is to be stopped as a whole. */
const prepareAll = async (
  runtime: PeoplesRuntime,
  pairs: readonly PairWords[],
  options: DrainOptions,
): Promise<readonly Ready[]> => {
  const why = reasonIn(options.reason, 'drain');
  const ready: Ready[] = [];
  try {
    for (const pair of pairs) {
      const { drain, by, tellPeople } = await runtime.openDrain(pair, options);
      ready.push({ pair, tellPeople, prepared: await prepareDrain(drain, { by, why, signal: runtime.signal }) });
    }
    return ready;
  } catch (error) {
    for (const { prepared } of ready) await prepared.staged?.discard();
    throw error;
  }
};

export const run = async (runtime: PeoplesRuntime, words: readonly string[], options: DrainOptions): Promise<Exit> => {
  const pairs = await pairsOfHost(runtime, words, 'drain', options);
  const ready = await prepareAll(runtime, pairs, options);
  const exit = await forEach(pairs, options.json, async (pair) => {
    const found = ready.find((one) => one.pair === pair);
    if (found === undefined) throw new Error(`nothing is prepared for ${String(pair.port)}`);
    const outcome = await carryOutDrain(found.prepared);
    await found.tellPeople(runtime.signal);
    return exitOf(outcome, pair, options.json);
  });
  return { ...exit, code: runtime.signalExit() ?? exit.code };
};
