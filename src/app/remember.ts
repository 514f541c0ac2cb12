/** What a command leaves for the next one of this host: who the pair is, and what it was like. */
import type { Remembered, RememberedData } from '../core/memory.ts';
import type { NodeView, PairView } from '../core/model.ts';
import { isAnswering, isMaster, otherSide } from '../core/model.ts';
import { runsOf, wholePair } from '../core/restart.ts';
import { inStep } from '../core/situation.ts';
import type { Step } from '../core/steps.ts';
import type { World } from './execution.ts';
import type { Findings } from './findings.ts';
import type { MemoryStore } from './ports.ts';

interface Recalling {
  readonly memoryBefore: Remembered | undefined;
  readonly findings: Pick<Findings, 'settledRuns' | 'decidedRuns' | 'ledLast' | 'wholeRun'>;
}

interface Remembering extends World, Recalling {
  readonly memory: MemoryStore;
}

/** What is known of local's data now: as it was remembered, and what this command has done about it. */
const knownData = ({ findings: { wholeRun }, memoryBefore: before }: Recalling): RememberedData | undefined =>
  before?.data === undefined || wholeRun === undefined ? before?.data : { ...before.data, wholeRun };

/** What is remembered by now: what was when the command began, and what it has done since. */
export const memoryOf = (recalling: Recalling): Remembered => {
  const { findings, memoryBefore: before } = recalling;
  return {
    keys: before?.keys ?? 0,
    wasMaster: before?.wasMaster,
    runs: findings.settledRuns ?? before?.runs,
    decided: findings.decidedRuns ?? before?.decided,
    data: knownData(recalling),
  };
};

const save = async ({ memory, eyes, log }: Remembering, pair: Remembered): Promise<void> => {
  try {
    await memory.save({ local: eyes.local.endpoint.host, peer: eyes.peer.endpoint.host, ...pair });
  } catch (error) {
    log.warn('pair-not-remembered', { error: String(error) });
  }
};

/**
 * A replica that is not in step yet may have come back with writes that it never sent: it counts as the master that it was
 * until its data is its master's.
 */
const leads = (local: NodeView, { findings, memoryBefore: before }: Remembering): boolean | undefined =>
  isMaster(local) || (isAnswering(local) && inStep(local)) ? isMaster(local) : (findings.ledLast ?? before?.wasMaster);

/** At the end: how many keys the pair has where it is whole, which is one master, and a replica in step with it. */
export const rememberPair = async (remembering: Remembering, { local, peer }: PairView): Promise<void> => {
  const known = { ...memoryOf(remembering), wasMaster: leads(local, remembering) };
  const whole = wholePair(local, peer, known.data);
  await save(
    remembering,
    whole === undefined
      ? known
      : { ...known, keys: whole.keys, runs: whole.runs, decided: undefined, data: whole.data },
  );
};

/** A node is made to follow; or to lead, beside another master, or one that follows it. */
const isDecision = (pair: PairView, step: Step): boolean => {
  if (step.kind !== 'promote') return step.kind === 'follow';
  const other = pair[otherSide(step.side)];
  return isAnswering(other) && (other.redisRole === 'master' || other.upstream?.who === 'other-side');
};

/**
 * At once, since the command may be superseded, or die with the host: who leads may have unsent writes when it comes back.
 * What the side that follows now had alone was saved before, so that the sync to come is no accident as long as both
 * servers run on.
 */
export const rememberSteps = async (
  remembering: Remembering,
  pair: PairView,
  steps: readonly Step[],
): Promise<void> => {
  const { findings } = remembering;
  const isLed = steps.some((step) => step.kind === 'promote' && step.side === 'local');
  const isTaken = steps.some((step) => step.kind === 'handOver' && step.from === 'peer');
  const follow = steps.find((step) => step.kind === 'follow');
  const isDecided = steps.some((step) => isDecision(pair, step));
  const runs = runsOf(pair.local, pair.peer);
  if (follow !== undefined) findings.settledRuns = runs;
  if (isDecided) findings.decidedRuns = runs;
  if (isLed || isTaken) findings.ledLast = true;
  else if (follow?.side === 'local') findings.ledLast = false;
  else if (!isDecided && findings.wholeRun === undefined) return;
  const known = memoryOf(remembering);
  await save(remembering, { ...known, wasMaster: findings.ledLast ?? known.wasMaster });
};

/**
 * Before the role is taken from the peer: this host may die after it has led for a moment, and before {@link rememberSteps}. A
 * replica that is in step is no former master, so that this goes by itself where the role does not move.
 */
export const rememberTaking = async (remembering: Remembering, steps: readonly Step[]): Promise<void> => {
  if (!steps.some((step) => step.kind === 'handOver' && step.from === 'peer')) return;
  await save(remembering, { ...memoryOf(remembering), wasMaster: true });
};
