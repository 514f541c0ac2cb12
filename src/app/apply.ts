/**
 * Carries out the steps of a plan: the only place from which a Redis role is changed.
 *
 * Every step looks first whether its goal is reached, and looks again at what makes it safe at the last moment, so that
 * a plan may be cut off anywhere and made anew. `SITUATION_CHANGED` sends the command back to planning.
 */
import { isSameAddress } from '../address.ts';
import { RedishaError } from '../errors.ts';
import type { Answering, NodeView, PairView, Side } from '../core/model.ts';
import { formatEndpoint, isAnswering, isMaster, otherSide } from '../core/model.ts';
import { isContained } from '../core/relation.ts';
import type { Step, StepTable } from '../core/steps.ts';
import { describeStep, visit } from '../core/steps.ts';
import { takeFelt } from './felt.ts';
import type { Applying } from './findings.ts';
import type { RedisNode } from './ports.ts';
import { examine, merge, rescue } from './divergence.ts';
import { assertWanted, nodeOf } from './execution.ts';
import { handOver } from './hand-over.ts';
import { hold, holdBack, holdForLong, release } from './hold-over-steps.ts';
import { holdingWritesSomehow } from './hold.ts';
import { hurryCopy } from './hurry.ts';
import { wroteNothingSince } from './suffixes.ts';

const FOLLOW_HOLD_MS = 5000;
/** A PING to its own replicas, which no hold stops. No write is as short. Source: redis/src/replication.c replicationCron. */
const KEEP_ALIVE_BYTES = '*1\r\n$4\r\nPING\r\n'.length;

const changed = (why: string): RedishaError => new RedishaError('SITUATION_CHANGED', why);

/**
 * Who leads by choice leads beside a live master until that follows. The master takes no writes from then on, and its
 * fence keeps the commands of its own host from making the new one follow.
 */
const holdRival = async (applying: Applying, rival: Side): Promise<void> => {
  if (!isMaster(await nodeOf(applying, rival).look())) return;
  await hold(applying, rival);
  await holdForLong(applying, rival);
};

type Seen = Pick<PairView, 'local' | 'peer'>;

/** A link that was never up since it was told to follow says nothing of what it had taken before. */
const wasLinked = (view: NodeView): view is Answering =>
  isAnswering(view) &&
  view.upstream?.who === 'other-side' &&
  (view.upstream.linkUp || view.upstream.linkDownSeconds >= 0);

const promote = async (applying: Applying, { side, purpose }: Step<'promote'>, seen: Seen): Promise<void> => {
  const node = nodeOf(applying, side);
  const before = seen[side];
  if (wasLinked(before)) applying.findings.ledFrom.set(side, before.history.replid);
  if (purpose === 'lead-by-choice') await holdRival(applying, otherSide(side));
  // On a master it does nothing, and a look before it would only keep the clients waiting.
  await node.promote();
  applying.promoted?.(side);
  if (!isMaster(await node.look())) throw new RedishaError('STEP_FAILED', `${side} did not become a master`);
  if (purpose === 'lead-by-choice') applying.findings.leadsByChoice = true;
  if (purpose === 'keep-its-data') applying.findings.keepsItsData = side;
};

/**
 * Nothing is lost by way of what the plan saw: the winner then had all that the loser has now, and still has it.
 *
 * Why: a server remembers two ids of its past only. One that was promoted by the step before has forgotten the id that the
 * loser still stands on, and would be taken for a stranger.
 */
const isHarmlessByWayOf = (seen: NodeView, loser: Answering, winner: Answering): boolean =>
  isAnswering(seen) && isContained(loser, seen) && isContained(seen, winner);

/** Refuses when the loser has come to hold more than the plan knew. */
const assertCovered = async (applying: Applying, step: Step<'follow'>, loser: Answering, seen: Seen): Promise<void> => {
  const other = otherSide(step.side);
  const winner = await nodeOf(applying, other).look();
  if (!isMaster(winner)) throw changed(`${formatEndpoint(step.of)} is not a master now`);
  if (step.covered === 'by-choice') return;
  if (isContained(loser, winner) || isHarmlessByWayOf(seen[other], loser, winner)) return;
  const covered = applying.findings.covered.get(step.side);
  const saved = step.covered === 'saved' && covered !== undefined;
  if (saved && (await wroteNothingSince(applying, step.side, loser, covered))) return;
  applying.findings.evidence = { kind: 'none' };
  throw changed(`${step.side} has taken writes that are not saved yet`);
};

/**
 * Somebody else may have let go of the writes between the last look and REPLICAOF. They are lost at the next full sync, so
 * the server leads again until they are saved.
 */
const assertNothingCameBetween = async (applying: Applying, node: RedisNode, held: Answering): Promise<void> => {
  const after = await node.look();
  if (!isAnswering(after) || after.upstream?.linkUp === true) return;
  const cameBytes = after.history.offset - held.history.offset;
  if (cameBytes <= 0 || cameBytes === KEEP_ALIVE_BYTES) return;
  await node.promote();
  applying.findings.evidence = { kind: 'none' };
  throw changed('writes came in while it was told to follow');
};

/** Who has the address decides; it may have gone to the other one since this command was started. */
const assertAddressHere = async ({ intent, isAddressHere }: Applying, { side }: Step<'follow'>): Promise<void> => {
  if (intent !== 'master' || side !== 'peer' || isAddressHere === undefined) return;
  if ((await isAddressHere()) === false) throw changed('the address is not on this host any more');
};

const tellToFollow = async (applying: Applying, step: Step<'follow'>, seen: Seen): Promise<void> => {
  const node = nodeOf(applying, step.side);
  const view = await node.look();
  if (!isAnswering(view)) throw changed(`${step.side} does not answer`);
  await assertAddressHere(applying, step);
  const { upstream } = view;
  if (upstream?.endpoint.port === step.of.port && isSameAddress(upstream.endpoint.host, step.of.host)) return;
  if (view.redisRole === 'replica') {
    await assertCovered(applying, step, view, seen);
    await node.follow(step.of);
    return;
  }
  const followAsHeld = async (held: Answering): Promise<void> => {
    await assertCovered(applying, step, held, seen);
    await node.follow(step.of);
    await assertNothingCameBetween(applying, node, held);
  };
  await holdingWritesSomehow(applying, node, FOLLOW_HOLD_MS, followAsHeld);
};

/**
 * A replica takes no writes by itself, and a pause that is left on it holds its master's stream back too.
 * Source: redis/src/server.c processCommand, which lets none but replicas' own connections pass a pause.
 */
const follow = async (applying: Applying, step: Step<'follow'>, seen: Seen): Promise<void> => {
  await tellToFollow(applying, step, seen);
  await release(applying, step.side);
  // It leads from now on, whatever was held on it to find that out.
  await release(applying, otherSide(step.side));
  await hurryCopy(applying, step.side);
};

/** Its own data is its master's as far as it goes, which is looked at once more. */
const copyAnew = async (applying: Applying, { side, of }: Step<'copyAnew'>): Promise<void> => {
  const node = nodeOf(applying, side);
  const [view, master] = await Promise.all([node.look(), nodeOf(applying, otherSide(side)).look()]);
  if (!isAnswering(view) || !isMaster(master)) throw changed(`${side} has no master to be copied from`);
  if (view.redisRole === 'master' || !isContained(view, master)) throw changed(`${side} has data of its own`);
  await node.followAnew(of);
  applying.findings.wholeRun = view.runId;
  await hurryCopy(applying, side);
};

const abortFailover = async (applying: Applying, { side }: Step<'abortFailover'>): Promise<void> => {
  const view = await nodeOf(applying, side).look();
  if (isAnswering(view) && view.failover !== 'none') await nodeOf(applying, side).abortFailover();
};

/** Never fails: the clients of a broken network find the address by themselves, only later. */
const tellAddress = async ({ neighbours, findings, log }: Applying): Promise<void> => {
  const untold = await neighbours.tell();
  findings.addressTold = untold === undefined;
  if (untold === undefined) return;
  const { why, keepalivedEveryMs } = untold;
  if (keepalivedEveryMs === undefined) log.warn('address-not-told', { why });
  else log.info('address-not-told', { why, keepalivedEveryMs });
};

/** Never fails, and is not tried again by this command: a node that has to lead leads, also where clients find its port closed. */
const openAddress = async ({ eyes, findings, log }: Applying, { side }: Step<'openAddress'>): Promise<void> => {
  findings.opened.add(side);
  try {
    await eyes[side].openAddress();
  } catch (error) {
    log.error('address-not-opened', { node: eyes[side].endpoint, error: String(error) });
  }
};

const none = (): Promise<void> => Promise.resolve();

const executors = (applying: Applying, seen: Seen): StepTable<Promise<void>> => ({
  promote: (step) => promote(applying, step, seen),
  follow: (step) => follow(applying, step, seen),
  copyAnew: (step) => copyAnew(applying, step),
  handOver: (step) => handOver(applying, step),
  liftFence: ({ side }) => nodeOf(applying, side).lowerFence(),
  openAddress: (step) => openAddress(applying, step),
  abortFailover: (step) => abortFailover(applying, step),
  examine: (step) => examine(applying, step),
  holdBack: ({ side }) => holdBack(applying, side),
  rescue: (step) => rescue(applying, step),
  merge: (step) => merge(applying, step),
  tellAddress: () => tellAddress(applying),
  wait: none,
  refuse: none,
});

/** True afterwards: every step's goal is reached. Throws at the first that is not, with nothing half done. */
export const apply = async (applying: Applying, steps: readonly Step[], seen: Seen): Promise<void> => {
  const table = executors(applying, seen);
  for (const step of steps) {
    await assertWanted(applying);
    const startMs = applying.clock.nowMs();
    applying.log.info('step', { step: describeStep(step) });
    await visit(step, table);
    applying.findings.touched = true;
    const tookMs = Math.round(applying.clock.nowMs() - startMs);
    await applying.journal.append({ event: 'step', step, tookMs, ...takeFelt(applying.felt), localBefore: seen.local });
  }
};
