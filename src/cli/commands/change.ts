/** `master`, `backup`, `fault`, `promote` and `notify`: whatever may change a role. */
import type { Arrival } from '../../app/change.ts';
import { change, keptOut } from '../../app/change.ts';
import { foresee } from '../../app/transition.ts';
import { describeNode } from '../../core/situation.ts';
import type { Intent } from '../../core/model.ts';
import { RedishaError } from '../../errors.ts';
import type { Exit } from '../exits.ts';
import { exitOfAll, exitOfDryRun, exitOfError, exitOfOutcome, exitWith } from '../exits.ts';
import type { ChangeOptions, ChangeSession, PeoplesRuntime, Runtime } from '../runtime.ts';
import type { PairWords } from '../words.ts';
import { pairMeant, pairsMeant } from '../meant.ts';
import { parseVrrpState } from '../words.ts';
import { recordStop, runRecord } from './record.ts';

const dryRun = async (command: Intent, session: ChangeSession, options: ChangeOptions): Promise<Exit> => {
  const { world, policy, vrrpAgeMs } = session;
  const { pair, plan } = await foresee(world, { intent: command, policy, forced: options.force, vrrpAgeMs });
  const [local, peer] = [describeNode(pair.local), describeNode(pair.peer)];
  const { situation, rule, name, why } = plan;
  world.eyes.local.close();
  world.eyes.peer.close();
  const kept = command === 'promote' && !options.force ? keptOut(session) : undefined;
  const notes = [...session.notes, ...plan.warnings, ...(kept === undefined ? [] : [`it would be refused: ${kept}`])];
  return exitOfDryRun(
    command,
    { situation, rule, name, why, local, peer, steps: [...plan.steps], notes },
    options.json,
  );
};

const wordsOf = ({ address, isHere, tookMs, hasRole }: Arrival): string => {
  const took = `${(tookMs / 1000).toFixed(1)} s`;
  if (isHere) return `the address ${address} is here (${took})`;
  return `the address ${address} has not come within ${took}; ${hasRole ? 'the role has' : 'and the role has gone back'}`;
};

/** A role without its address is not what a person asked for. */
const withArrival = (exit: Exit, arrival: Arrival, json: boolean): Exit => {
  const words = wordsOf(arrival);
  if (arrival.isHere) return json ? exit : exitWith(exit.code, `${exit.stdout}${words}`);
  const missing = new RedishaError('STEP_FAILED', words, { hint: 'redisha status, on both nodes' });
  return { ...exitOfError(missing, json), stdout: exit.stdout };
};

const runOne = async (runtime: Runtime, command: Intent, pair: PairWords, options: ChangeOptions): Promise<Exit> => {
  const session = await runtime.openChange(command, pair, options);
  if (options.dryRun) return dryRun(command, session, options);
  const { json, force: forced, heal: healing } = options;
  const { outcome, arrival } = await change(
    {
      ...session,
      announce: (intent, vrrpState) => session.announce(intent, vrrpState, pair),
      tell: (note) => {
        if (!json) runtime.tell(`note: ${note}`);
      },
    },
    { ...session, intent: command, forced, healing, signal: runtime.signal },
  );
  const exit = exitOfOutcome(command, outcome, json, pair.isOneOfSeveral === true ? pair.port : undefined);
  if (outcome.result === 'interrupted') return { ...exit, code: runtime.signalExit() ?? exit.code };
  return arrival === undefined ? exit : withArrival(exit, arrival, json);
};

/** Each port has a turn, a journal and an outcome of its own: one that cannot be settled holds up none of the others. */
const changeAll = async (
  runtime: Runtime,
  command: Exclude<Intent, 'promote'>,
  pairs: readonly PairWords[],
  options: ChangeOptions,
): Promise<Exit> => {
  const settle = async (pair: PairWords): Promise<Exit> => {
    try {
      return await runOne(runtime, command, pair, options);
    } catch (error) {
      return exitOfError(error, options.json);
    }
  };
  return exitOfAll(await Promise.all(pairs.map(settle)));
};

export const runChange = async (
  runtime: Runtime,
  command: 'master' | 'backup',
  words: readonly string[],
  options: ChangeOptions,
): Promise<Exit> => changeAll(runtime, command, await pairsMeant(runtime, words, command, options), options);

export const runFault = async (runtime: Runtime, words: readonly string[], options: ChangeOptions): Promise<Exit> =>
  words.length === 0
    ? runRecord(runtime, 'fault', undefined, options)
    : changeAll(runtime, 'fault', await pairsMeant(runtime, words, 'fault', options), options);

export const runPromote = async (
  runtime: PeoplesRuntime,
  words: readonly string[],
  options: ChangeOptions,
): Promise<Exit> => {
  const pair =
    words.length === 0
      ? await runtime.knownPair('promote', options)
      : await pairMeant(runtime, words, 'promote', options);
  return runOne(runtime, 'promote', pair, options);
};

/** keepalived adds KIND, NAME, STATE and PRIORITY to the words of its `notify` line. */
export const runNotify = async (runtime: Runtime, words: readonly string[], options: ChangeOptions): Promise<Exit> => {
  const pairs = await pairsMeant(runtime, words.slice(0, 3), 'notify', options);
  const vrrpState = parseVrrpState(words[5] ?? '');
  switch (vrrpState) {
    case 'MASTER':
      return changeAll(runtime, 'master', pairs, options);
    case 'BACKUP':
      return changeAll(runtime, 'backup', pairs, options);
    case 'FAULT':
      return changeAll(runtime, 'fault', pairs, options);
    case 'STOP':
      return recordStop(runtime, pairs, options);
  }
};
