/** A replica that redisha told to follow gets its copy at once, where it needs one: clients may be waiting for it. */
import type { Side } from '../core/model.ts';
import { isAnswering, otherSide } from '../core/model.ts';
import { nodeOf } from './execution.ts';
import type { Applying } from './findings.ts';

/** Before 6.2 a replica asks its master up to a second after it was told to follow. */
const WAIT_MS = 1500;
const LOOK_EVERY_MS = 20;

/** Whether a replica waits at the master, or `side` needs no copy; `undefined` where neither is to be seen yet. */
const seen = async (applying: Applying, side: Side): Promise<'waits' | 'linked' | undefined> => {
  const [loser, master] = await Promise.all([nodeOf(applying, side).look(), nodeOf(applying, otherSide(side)).look()]);
  if (isAnswering(loser) && loser.upstream?.linkUp === true) return 'linked';
  return isAnswering(master) && master.replicas.some(({ online }) => !online) ? 'waits' : undefined;
};

/** True afterwards, as far as the master allows: the copy that `side` needs has begun. Never fails. */
export const hurryCopy = async (applying: Applying, side: Side): Promise<void> => {
  const { clock, log, rescuer, signal } = applying;
  const endMs = clock.nowMs() + WAIT_MS;
  for (;;) {
    const now = await seen(applying, side);
    if (now === 'linked' || (now === undefined && clock.nowMs() >= endMs) || signal.aborted) return;
    if (now === 'waits') break;
    await clock.delay(LOOK_EVERY_MS, signal);
  }
  const why = await rescuer.hurryCopy(nodeOf(applying, otherSide(side)).endpoint);
  if (why !== undefined) log.info('copy-not-hurried', { side, why });
};
