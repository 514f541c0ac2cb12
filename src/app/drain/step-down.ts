/**
 * "keepalived of this host is about to be stopped": the role goes to the peer first, while clients can still hear that their
 * connection ends. The address follows the role, as after every planned move; where nobody lets it go, when keepalived stops.
 *
 * Nothing is left behind that somebody would have to take back: the node is not drained, and what keepalived does next decides
 * where the address is. The port stays closed at the address; the commands of keepalived that follow open it, on either host.
 */
import { describePaused } from '../../core/marks.ts';
import { isAnswering, isMaster } from '../../core/model.ts';
import { describeNode } from '../../core/situation.ts';
import { EXIT, RedishaError } from '../../errors.ts';
import { ADDRESS_EVERY_MS } from '../change.ts';
import { moveAway } from '../move-away.ts';
import { observe } from '../observe.ts';
import type { DrainWorld } from './prepare.ts';
import { assertNotDrained, assertRoleMayGo, close, STATUS } from './prepare.ts';

/** Whoever stops a service waits for it: what has not moved by then stays, and keepalived is stopped all the same. */
export const STEP_DOWN_MS = 4_000;

/**
 * So long the address is given to follow the role. As long as keepalived runs, the resident refuses clients that connect before the
 * other node has the address: see host/refuse.ts.
 */
const ADDRESS_GOES_MS = 1_500;
const ADDRESS_COMES_MS = 400;

export interface SteppedDown {
  readonly hasMoved: boolean;
  /** What is so, in a sentence. */
  readonly says: string;
}

const kept = (why: string, hint = STATUS): RedishaError =>
  new RedishaError('REFUSED_BY_RULE', `the role stays at this node: ${why}`, { hint });

const nothing = (why: string): SteppedDown => ({ hasMoved: false, says: `nothing to do: ${why}` });

/** Why there is nothing to hand over, by what this host knows; `undefined` where the servers have to be asked. */
const idleHere = ({ hasAddress, address, keepalived }: DrainWorld): string | undefined => {
  if (!hasAddress(address)) return `the address ${address} is not on this host`;
  return keepalived === 'gone' ? 'keepalived does not run on this host' : undefined;
};

/** Resolves when the address has gone and the other node had the time to take it, or the time is up. */
const addressGone = async (
  { hasAddress, address, world: { clock } }: DrainWorld,
  signal: AbortSignal,
): Promise<void> => {
  const startMs = clock.nowMs();
  while (hasAddress(address)) {
    if (signal.aborted || clock.nowMs() - startMs >= ADDRESS_GOES_MS) return;
    await clock.delay(ADDRESS_EVERY_MS, signal);
  }
  await clock.delay(ADDRESS_COMES_MS, signal);
};

/**
 * Resolves when the peer leads, or there was nothing to hand over.
 * @throws {RedishaError} where the role stays here: REFUSED_BY_RULE, or STEP_FAILED where the time was up
 */
export const stepDown = async (drain: DrainWorld, asked: AbortSignal): Promise<SteppedDown> => {
  const { world, policy, marks } = drain;
  const { clock, log, journal, eyes, turn } = world;
  const startMs = clock.nowMs();
  const signal = AbortSignal.any([asked, AbortSignal.timeout(STEP_DOWN_MS)]);
  const idle = idleHere(drain);
  if (idle !== undefined) return nothing(idle);
  const { paused } = marks();
  if (paused !== undefined) throw kept(`it is ${describePaused(paused)}`, 'redisha resume');
  try {
    const { local, peer, peerEndpoint } = await observe(eyes);
    if (!isMaster(local)) return nothing(`the local Redis does not lead (${describeNode(local)})`);
    if (!isAnswering(peer)) throw kept(`the peer ${describeNode(peer)}`);
    assertNotDrained({ peer, peerEndpoint });
    await assertRoleMayGo(drain);
    if ((await turn.acquire()) === 'taken') throw kept('another command is at work');
    const { exitCode, message, hint } = await moveAway(world, policy, signal);
    if (exitCode !== EXIT.done && !isMaster(await eyes.peer.look()))
      throw new RedishaError('STEP_FAILED', `the role has not gone to the peer: ${message}`, { hint: hint ?? STATUS });
    // While a command has its turn, a check leaves the address where it is.
    await turn.release();
    await addressGone(drain, signal);
    const tookMs = Math.round(clock.nowMs() - startMs);
    log.info('stepped-down', { tookMs });
    await journal.append({ event: 'stepped-down', tookMs });
    return {
      hasMoved: true,
      says: `the peer leads (${String(tookMs)} ms); ${drain.hasAddress(drain.address) ? 'the address follows when keepalived stops' : 'the address has followed'}`,
    };
  } finally {
    await turn.release();
    close(world);
  }
};
