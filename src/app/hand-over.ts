/**
 * The role of master moves without losing an acknowledged write (invariant I1).
 *
 * The order is always the same: the old master stops taking writes, the new one reaches its last offset, the old one is
 * demoted, and only then the new one is promoted. Killed after the demotion, two read-only nodes are left, never two
 * masters; the next look finds them and promotes one.
 */
import { isCode, RedishaError } from '../errors.ts';
import { findGap } from '../core/gap.ts';
import type { Answering, Side } from '../core/model.ts';
import { formatEndpoint, isAnswering, isMaster, otherSide } from '../core/model.ts';
import type { Step, Way } from '../core/steps.ts';
import type { Clearing } from './close-address.ts';
import { closingOf, withAddressClosed } from './close-address.ts';
import type { Execution } from './execution.ts';
import { nodeOf, poll } from './execution.ts';
import { feltHeld, feltLetGo } from './felt.ts';
import type { HoldWay } from './hold.ts';
import { fencedToo, holdingWrites, isClosed } from './hold.ts';
import type { Closing } from './ports.ts';

type HandOver = Step<'handOver'>;

const POLL_MS = 20;
/** What is left of a pause when the demotion is sent: it must not end before the demotion has arrived. */
const PAUSE_RESERVE_MS = 1000;
/** How long a FAILOVER may take beyond the limit that the server itself was given. */
const FAILOVER_EXTRA_MS = 2000;

const aborted = (reason: string): RedishaError =>
  new RedishaError('HAND_OVER_ABORTED', `the hand-over was called off: ${reason}`);

const look = async (execution: Execution, side: Side): Promise<Answering | undefined> => {
  const view = await nodeOf(execution, side).look();
  return isAnswering(view) ? view : undefined;
};

const byFailover = async (execution: Execution, step: HandOver, closing: Closing | undefined): Promise<void> =>
  withAddressClosed(execution, nodeOf(execution, step.from), closing, (clearing) =>
    failingOver(execution, step, clearing),
  );

/**
 * FAILOVER: the old master does everything itself. TIMEOUT is always given, since only then it also stops its PINGs. It holds
 * writes until its replica has acknowledged all of them, and lets them go as a replica: that is when its clients are ended.
 */
const failingOver = async (
  execution: Execution,
  { from, target, timeoutMs }: HandOver,
  { endClients }: Clearing,
): Promise<void> => {
  const { felt, clock } = execution;
  const node = nodeOf(execution, from);
  const startMs = clock.nowMs();
  await node.startFailover(target, timeoutMs);
  feltHeld(felt, from, 'failover', startMs);
  try {
    await endClients();
    const ended = await poll(execution, { everyMs: POLL_MS, timeoutMs: timeoutMs + FAILOVER_EXTRA_MS }, async () => {
      const [old, next] = await Promise.all([look(execution, from), look(execution, otherSide(from))]);
      if (old === undefined || old.failover !== 'none') return undefined;
      if (old.redisRole === 'master') return 'called off';
      return next?.redisRole === 'master' ? 'done' : undefined;
    });
    if (ended === 'called off')
      throw aborted(`${formatEndpoint(node.endpoint)} kept the role (replica behind, or PSYNC refused)`);
    if (ended === undefined) throw aborted(`FAILOVER did not end within ${String(timeoutMs + FAILOVER_EXTRA_MS)} ms`);
  } catch (error) {
    await callOff(execution, from);
    throw error;
  } finally {
    feltLetGo(felt, from, clock.nowMs());
  }
};

/**
 * ABORT is sent only while the FAILOVER runs. Should the replica have been promoted in that moment, there are two masters,
 * and the old one takes writes again: whoever plans next holds them back, and compares the two.
 * Source: redis.io commands/failover, on ABORT in failover-in-progress.
 */
const callOff = async (execution: Execution, from: Side): Promise<void> => {
  const old = await look(execution, from);
  if (old !== undefined && old.failover !== 'none') await nodeOf(execution, from).abortFailover();
};

/** The replica, when it has come as far as the master that was looked at. */
const seenAsFar = async (execution: Execution, to: Side, { history }: Answering): Promise<Answering | undefined> => {
  const replica = await look(execution, to);
  return replica?.history.replid === history.replid && replica.history.offset >= history.offset ? replica : undefined;
};

/**
 * What the replica has refused of the last writes, in words. It tells so in the look that shows it as far as its master: an
 * offset is counted when the command has been carried out. Whether it has all from before was decided for this run of it.
 * Source: redis/src/networking.c commandProcessed.
 */
const gapAtLast = ({ insists, replicaRun }: HandOver, replica: Answering, master: Answering): string | undefined => {
  const { program } = replica;
  return insists ? undefined : findGap('the replica', replica, master, { program, wholeRun: replicaRun })?.words;
};

/** Resolves when the replica has everything that the held master has. */
const caughtUp = async (execution: Execution, step: HandOver, held: Answering): Promise<void> => {
  const { from, timeoutMs } = step;
  const reached = await poll(execution, { everyMs: POLL_MS, timeoutMs }, () =>
    seenAsFar(execution, otherSide(from), held),
  );
  if (reached === undefined)
    throw aborted(`the replica did not reach offset ${String(held.history.offset)} within ${String(timeoutMs)} ms`);
  const gap = gapAtLast(step, reached, held);
  if (gap !== undefined) throw aborted(gap);
};

/**
 * The last look before the promotion. A hold that somebody else let go (CLIENT UNPAUSE is for the whole server) may have
 * let writes in between; demoted, the old master takes no more, so now its offset is final. It gets its role back where the
 * replica does not have everything.
 */
const assertNothingCameBetween = async (execution: Execution, step: HandOver): Promise<void> => {
  const { from } = step;
  const demoted = await look(execution, from);
  const replica = demoted && (await seenAsFar(execution, otherSide(from), demoted));
  const why = replica ? gapAtLast(step, replica, demoted) : 'the old master took writes that the replica did not get';
  if (why === undefined) return;
  await nodeOf(execution, from).promote();
  throw aborted(`${why}; the old master has its role back`);
};

/** What no repetition mends, with what a person has to do. */
const forGood = (code: 'PERMISSION_MISSING' | 'CREDENTIALS_REJECTED', said: string): RedishaError =>
  new RedishaError(code, `the role cannot be handed over: ${said}`, {
    hint: 'give the ACL user of redisha the rights in docs/configuration.md, or name renamed commands in rename_commands',
  });

/**
 * A server that answers REPLICAOF NO ONE with an error stays a replica, as where its ACL user lacks what the old master's
 * has: then only the old master can lead. After any other failure the promotion may have arrived, or arrive yet. No way
 * is tried after one that is closed, since each would demote the old master again.
 */
const promoteOrGiveBack = async (execution: Execution, from: Side): Promise<void> => {
  try {
    await nodeOf(execution, otherSide(from)).promote();
    execution.promoted?.(otherSide(from));
  } catch (error) {
    const isRefused = isClosed(error) || isCode(error, 'CREDENTIALS_REJECTED');
    if (isRefused || isCode(error, 'STEP_FAILED')) await nodeOf(execution, from).promote();
    throw isRefused ? forGood('CREDENTIALS_REJECTED', `${error.message}; the old master has its role back`) : error;
  }
};

const byHold = async (
  execution: Execution,
  step: HandOver,
  way: HoldWay,
  closing: Closing | undefined,
): Promise<void> => {
  const { from, target, timeoutMs } = step;
  const [old, to] = [nodeOf(execution, from), otherSide(from)];
  const startMs = execution.clock.nowMs();
  const holdMs = timeoutMs + 2 * PAUSE_RESERVE_MS;
  await holdingWrites(execution, old, { way, holdMs }, async (held) => {
    if (held.redisRole !== 'master') throw aborted(`${formatEndpoint(old.endpoint)} is not a master any more`);
    await caughtUp(execution, step, held);
    if (execution.clock.nowMs() - startMs > holdMs - PAUSE_RESERVE_MS)
      throw aborted('the write pause was about to end');
    const change = async (): Promise<void> => {
      await old.follow(target);
      await assertNothingCameBetween(execution, step);
      await promoteOrGiveBack(execution, from);
    };
    // Before the fence, which refuses what a pause lets wait. Source: redis/src/server.c processCommand, in its order.
    await withAddressClosed(execution, old, closing, async ({ endClients }) => {
      await endClients();
      await (way === 'pause' ? fencedToo(execution, old, held, change) : change());
    });
  });
  const promoted = await look(execution, to);
  if (promoted?.redisRole !== 'master') throw new RedishaError('STEP_FAILED', `${to} did not become a master`);
};

type Executor = (execution: Execution, step: HandOver, closing: Closing | undefined) => Promise<void>;

const EXECUTORS: { readonly [W in Way]: Executor } = {
  failover: byFailover,
  pause: (execution, step, closing) => byHold(execution, step, 'pause', closing),
  fence: (execution, step, closing) => byHold(execution, step, 'fence', closing),
};

/** True when the way could not be gone and the old master still has its role: the next way may be tried. */
const mayTryNext = async (execution: Execution, from: Side, error: unknown): Promise<boolean> => {
  if (!isClosed(error) && !isCode(error, 'HAND_OVER_ABORTED', 'STEP_FAILED')) return false;
  const [old, next] = await Promise.all([nodeOf(execution, from).look(), nodeOf(execution, otherSide(from)).look()]);
  return isMaster(old) && !isMaster(next);
};

/**
 * A pause that a killed command left on the replica holds its master's stream back, and lasts for as long as the wall clock
 * was set back meanwhile. It is of no use to anybody: a replica takes no writes by itself.
 * Source: redis/src/server.c processCommand, redis/src/networking.c pauseActions (mstime).
 */
const letStreamThrough = async (execution: Execution, to: Side): Promise<void> => {
  try {
    await nodeOf(execution, to).resumeWrites();
  } catch (error) {
    execution.log.debug('replica-not-resumed', { error: String(error) });
  }
};

interface Failed {
  readonly way: Way;
  readonly error: unknown;
}

/** What no repetition mends is told apart: it ends the command at once, and writes are held back no second time. */
const impossible = (failures: readonly Failed[]): RedishaError => {
  const said = failures
    .map(({ way, error }) => `${way}: ${error instanceof Error ? error.message : String(error)}`)
    .join('; ');
  const isForGood = failures.every(({ error }) => isClosed(error));
  return isForGood ? forGood('PERMISSION_MISSING', said) : aborted(said);
};

/** The role has moved when this resolves. Ways are tried in order; a way that fails has changed nothing. */
export const handOver = async (execution: Execution, step: HandOver): Promise<void> => {
  const failures: Failed[] = [];
  const closing = await closingOf(execution, step.from);
  for (const way of step.ways) {
    const startMs = execution.clock.nowMs();
    try {
      await EXECUTORS[way](execution, step, closing);
      execution.log.info('handed-over', { way, tookMs: Math.round(execution.clock.nowMs() - startMs) });
      execution.felt.way = way;
      return;
    } catch (error) {
      if (!(await mayTryNext(execution, step.from, error))) throw error;
      failures.push({ way, error });
      execution.log.warn('hand-over-way-failed', { way, why: error instanceof Error ? error.message : '' });
      await letStreamThrough(execution, otherSide(step.from));
    }
  }
  throw impossible(failures);
};
