/** What a command leaves for the next one of this host: who the pair is, and what it was like. */
import type { RememberedData } from '../core/gap.ts';
import type { NodeView, PairView } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import { inStep, runsOf, wholePair } from '../core/situation.ts';
import type { Step } from '../core/steps.ts';
import type { Findings } from './divergence.ts';
import type { World } from './execution.ts';
import type { Memory, MemoryStore } from './ports.ts';

interface Remembering extends World {
  readonly memory: MemoryStore;
  readonly memoryBefore: Memory | undefined;
  readonly findings: Pick<Findings, 'settledRuns' | 'ledLast' | 'wholeRun'>;
}

/** What is known of local's data now: as it was remembered, and what this command has done about it. */
export const knownData = ({
  memoryBefore: before,
  findings: { wholeRun },
}: Pick<Remembering, 'memoryBefore' | 'findings'>): RememberedData | undefined =>
  before?.data === undefined || wholeRun === undefined ? before?.data : { ...before.data, wholeRun };

const save = async (
  { memory, eyes, log }: Remembering,
  pair: Pick<Memory, 'keys' | 'wasMaster' | 'runs' | 'data'>,
): Promise<void> => {
  try {
    await memory.save({ local: eyes.local.endpoint.host, peer: eyes.peer.endpoint.host, ...pair });
  } catch (error) {
    log.warn('the pair could not be remembered', { error: String(error) });
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
  const { memoryBefore: before, findings } = remembering;
  const data = knownData(remembering);
  const whole = wholePair(local, peer, data);
  await save(remembering, {
    keys: whole?.keys ?? before?.keys ?? 0,
    wasMaster: leads(local, remembering),
    runs: whole?.runs ?? findings.settledRuns ?? before?.runs,
    data: whole?.data ?? data,
  });
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
  const { findings, memoryBefore: before } = remembering;
  const isLed = steps.some((step) => step.kind === 'promote' && step.side === 'local');
  const isTaken = steps.some((step) => step.kind === 'handOver' && step.from === 'peer');
  const follow = steps.find((step) => step.kind === 'follow');
  if (follow !== undefined) findings.settledRuns = runsOf(pair.local, pair.peer);
  if (isLed || isTaken) findings.ledLast = true;
  else if (follow?.side === 'local') findings.ledLast = false;
  else if (follow === undefined && findings.wholeRun === undefined) return;
  await save(remembering, {
    keys: before?.keys ?? 0,
    wasMaster: findings.ledLast ?? before?.wasMaster,
    runs: findings.settledRuns ?? before?.runs,
    data: knownData(remembering),
  });
};
