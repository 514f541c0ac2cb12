/**
 * What may never be planned, whatever the rules say (invariants I1-I4). A plan that breaks one of these is our
 * bug: it ends the command with exit 70 before anything is touched.
 */
import { gapBeside } from './gap.ts';
import type { Context, Side } from './model.ts';
import { isAnswering, isMaster, otherSide } from './model.ts';
import { isContained } from './relation.ts';
import { bringsDataBack, wouldWipe } from './restart.ts';
import { isPassive } from './steps.ts';
import type { Step } from './steps.ts';

export const STEPS_MAX = 16;

const isAMasterAfter = (context: Context, side: Side, before: readonly Step[]): boolean =>
  isMaster(context.pair[side]) || before.some((step) => step.kind === 'promote' && step.side === side);

const followIsCovered = (context: Context, step: Extract<Step, { kind: 'follow' }>): boolean => {
  const { pair, evidence } = context;
  const [loser, winner] = [pair[step.side], pair[otherSide(step.side)]];
  if (step.covered === 'by-choice') return context.policy.onRescueFailure === 'proceed';
  if (step.covered === 'saved') return evidence.kind === 'saved' || evidence.kind === 'examined';
  return isAnswering(loser) && isAnswering(winner) && isContained(loser, winner);
};

const copyIsCovered = ({ pair }: Context, { side }: Extract<Step, { kind: 'copyAnew' }>): boolean => {
  const [loser, winner] = [pair[side], pair[otherSide(side)]];
  if (!isAnswering(loser) || !isAnswering(winner)) return false;
  return loser.redisRole === 'replica' && isContained(loser, winner);
};

const peerDiffers = ({ pair: { local, peer } }: Context): boolean =>
  isAnswering(local) && isAnswering(peer) && !isContained(peer, local);

const losesNothing = ({ pair, memory }: Context, { from, insists }: Extract<Step, { kind: 'handOver' }>): boolean =>
  insists || gapBeside('', pair[otherSide(from)], pair[from], from === 'peer' ? memory?.data : undefined) === undefined;

const yields = (after: readonly Step[], side: Side): boolean =>
  after.some((next) => next.kind === 'follow' && next.side === side);

/**
 * A node is promoted beside a live master only on purpose, because that master is about to follow it, or because it is
 * the replica of a master that would overwrite data which only the replica has.
 */
const promoteIsSafe = (context: Context, step: Extract<Step, { kind: 'promote' }>, after: readonly Step[]): boolean => {
  const other = otherSide(step.side);
  const beside = context.pair[other];
  if (!isMaster(beside) || beside.loading) return true;
  if (context.forced || context.policy.onStale === 'promote') return true;
  if (yields(after, other)) return true;
  const { local, peer } = context.pair;
  if (!isAnswering(local) || !isAnswering(peer)) return false;
  if (step.side === 'peer') return !isMaster(peer) && peerDiffers(context);
  return bringsDataBack(local, peer) || wouldWipe(peer, local);
};

const violation = (
  context: Context,
  step: Step,
  before: readonly Step[],
  after: readonly Step[],
): string | undefined => {
  switch (step.kind) {
    case 'follow':
      if (!isAMasterAfter(context, otherSide(step.side), before))
        return 'a node would follow a host that is not a master';
      return followIsCovered(context, step) ? undefined : 'a dataset would be overwritten without a trace';
    case 'copyAnew':
      if (!isMaster(context.pair[otherSide(step.side)]))
        return 'a copy would be taken from a host that is not a master';
      return copyIsCovered(context, step) ? undefined : 'a dataset would be overwritten without a trace';
    case 'promote':
      return promoteIsSafe(context, step, after) ? undefined : 'a second master would be made';
    case 'handOver':
      if (!isMaster(context.pair[step.from])) return 'a role would be handed over by a node that is not a master';
      return losesNothing(context, step) ? undefined : 'a role would be handed over to a node that lacks writes';
    case 'wait':
    case 'refuse':
      return before.length + after.length === 0 ? undefined : 'waiting and refusing are plans of their own';
    default:
      return undefined;
  }
};

/** Returns the first invariant that the steps break, in words. */
export const brokenInvariant = (context: Context, steps: readonly Step[]): string | undefined => {
  if (steps.length > STEPS_MAX) return `a plan has at most ${String(STEPS_MAX)} steps`;
  if (steps.some((step) => !isPassive(step)) && !isAnswering(context.pair.local)) return 'local was not read';
  for (const [index, step] of steps.entries()) {
    const found = violation(context, step, steps.slice(0, index), steps.slice(index + 1));
    if (found !== undefined) return found;
  }
  return undefined;
};
