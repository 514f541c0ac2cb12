/** What a command leaves for the next one of this host: who the pair is, and what it was like. */
import type { PairView, Side } from '../core/model.ts';
import { isAnswering, isMaster } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import { runsOf } from '../core/situation.ts';
import type { Findings } from './divergence.ts';
import type { World } from './execution.ts';
import type { Memory, MemoryStore } from './ports.ts';

interface Remembering extends World {
  readonly memory: MemoryStore;
  readonly memoryBefore: Memory | undefined;
  readonly findings: Pick<Findings, 'settledRuns'>;
}

const save = async (
  { memory, eyes, log }: Remembering,
  pair: Pick<Memory, 'keys' | 'wasMaster' | 'runs'>,
): Promise<void> => {
  try {
    await memory.save({ local: eyes.local.endpoint.host, peer: eyes.peer.endpoint.host, ...pair });
  } catch (error) {
    log.warn('the pair could not be remembered', { error: String(error) });
  }
};

/** At the end: how many keys the pair has where it is whole, which is one master, and a replica in step with it. */
export const rememberPair = async (
  remembering: Remembering,
  { local, peer }: PairView,
  { situation }: Plan,
): Promise<void> => {
  const { memoryBefore: before, findings } = remembering;
  const whole =
    situation === 'PeerMasterWithReplica' ||
    (situation === 'LocalMasterWithReplica' && isAnswering(peer) && peer.upstream?.linkUp === true);
  const seen = Math.max(...[local, peer].map((view) => (isAnswering(view) ? view.keys : 0)));
  await save(remembering, {
    keys: whole ? seen : (before?.keys ?? 0),
    wasMaster: isAnswering(local) ? isMaster(local) : before?.wasMaster,
    runs: whole ? runsOf(local, peer) : (findings.settledRuns ?? before?.runs),
  });
};

/**
 * At once, since the command may be superseded: what the side that follows now had alone was saved before, so that the
 * sync to come is no accident as long as both servers run on.
 */
export const rememberFollowing = async (remembering: Remembering, pair: PairView, side: Side): Promise<void> => {
  const { keys = 0, wasMaster } = remembering.memoryBefore ?? {};
  const runs = runsOf(pair.local, pair.peer);
  await save(remembering, { keys, wasMaster: side === 'local' ? false : wasMaster, runs });
};
