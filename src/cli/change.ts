/** What `master`, `backup`, `fault`, `promote` and `notify` share: whatever may change a role. */
import type { Arrival } from '../app/change.ts';
import { change, keptOut, outlookFor } from '../app/change.ts';
import { whyNotFollowed } from '../app/explain-link.ts';
import { whyMarked } from '../app/marked.ts';
import { foresee } from '../app/transition.ts';
import type { Plan } from '../core/plan.ts';
import { describeNode } from '../core/situation.ts';
import type { Intent, PairView } from '../core/model.ts';
import { RedishaError } from '../errors.ts';
import type { Exit } from './exits.ts';
import { exitOfAll, exitOfDryRun, exitOfError, exitOfOutcome, exitWith } from './exits.ts';
import { pairsMeant } from './meant.ts';
import type { NotifyOptions } from './options.ts';
import type { ChangeSession, Runtime } from './runtime.ts';
import { hanging } from './text.ts';
import type { PairWords } from './words.ts';

/** Of the options what only some of these commands have. */
interface SomeOptions extends NotifyOptions {
  readonly force?: boolean;
  readonly heal?: boolean;
}

/** Why a promote that looks well would be refused all the same. */
const refusals = async (
  session: ChangeSession,
  plan: Plan,
  { localSeenByPeer }: PairView,
): Promise<readonly string[]> => {
  const kept = keptOut(session);
  const cause = plan.steps[0]?.kind === 'handOver' ? await whyNotFollowed(session.world, localSeenByPeer) : undefined;
  return [whyMarked(session.marks()), kept, cause?.why]
    .filter((why) => why !== undefined)
    .map((why) => `it would be refused: ${why}`);
};

const dryRun = async (command: Intent, session: ChangeSession, options: SomeOptions): Promise<Exit> => {
  const { world, policy, vrrpAgeMs } = session;
  const { json, force: forced = false } = options;
  const { pair, plan } = await foresee(world, { intent: command, policy, forced, vrrpAgeMs });
  const [local, peer] = [describeNode(pair.local), describeNode(pair.peer)];
  const { situation, rule, name, why } = plan;
  const refused = command === 'promote' && !forced ? await refusals(session, plan, pair) : [];
  world.eyes.local.close();
  world.eyes.peer.close();
  const outlook = await outlookFor(command, session);
  const notes = [...outlook.notes, ...plan.warnings, ...refused];
  return exitOfDryRun(command, { situation, rule, name, why, local, peer, steps: [...plan.steps], notes }, json);
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

/** Carries out one command for one pair. */
export const changeOne = async (
  runtime: Runtime,
  command: Intent,
  pair: PairWords,
  options: SomeOptions,
): Promise<Exit> => {
  const session = await runtime.openChange(command, pair, options);
  if (options.dryRun) return dryRun(command, session, options);
  const { json, force: forced = false, heal: healing = false } = options;
  const { outcome, arrival } = await change(
    {
      ...session,
      announce: (intent, vrrpState) => session.announce(intent, vrrpState, pair),
      tell: (note) => {
        if (!json) runtime.tell(hanging(`note: ${note}`, 2));
      },
    },
    { ...session, intent: command, forced, healing, signal: runtime.signal },
  );
  await session.tellPeople(runtime.signal);
  const exit = exitOfOutcome(command, outcome, json, pair.isOneOfSeveral === true ? pair.port : undefined);
  if (outcome.result === 'interrupted') return { ...exit, code: runtime.signalExit() ?? exit.code };
  return arrival === undefined ? exit : withArrival(exit, arrival, json);
};

/** Each port has a turn, a journal and an outcome of its own: one that cannot be settled holds up none of the others. */
export const changeAll = async (
  runtime: Runtime,
  command: Exclude<Intent, 'promote'>,
  words: readonly string[],
  options: SomeOptions,
  name: string = command,
): Promise<Exit> => {
  const settle = async (pair: PairWords): Promise<Exit> => {
    try {
      return await changeOne(runtime, command, pair, options);
    } catch (error) {
      return exitOfError(error, options.json);
    }
  };
  return exitOfAll(await Promise.all((await pairsMeant(runtime, words, name, options)).map(settle)));
};
