/** What a person has to be told of a plan that is carried out all the same. */
import type { RememberedData } from './memory.ts';
import { describeOlder, gapAlone, gapBeside, isOlder } from './gap.ts';
import type { Context, Side } from './model.ts';
import { isAnswering, otherSide } from './model.ts';
import type { Step } from './steps.ts';

const NAMES: Readonly<Record<Side, string>> = { local: 'local', peer: 'the peer' };

/** Only the data of this host's own server is remembered. */
const rememberedOf = ({ memory }: Context, side: Side): RememberedData | undefined =>
  side === 'local' ? memory?.data : undefined;

const ofHandOver = (context: Context, { from }: Step<'handOver'>): string | undefined => {
  const to = otherSide(from);
  const [replica, master] = [context.pair[to], context.pair[from]];
  if (!isAnswering(replica) || !isAnswering(master)) return undefined;
  const gap = gapBeside(NAMES[to], replica, master, rememberedOf(context, to));
  if (gap !== undefined) return `the role moves all the same, by --force: ${gap.words}`;
  return isOlder(replica, master) ? describeOlder(NAMES[to], replica, master) : undefined;
};

/** Nobody else may be there to lead, so this is no reason not to. */
const ofPromotion = (context: Context, { side, purpose }: Step<'promote'>): string | undefined => {
  const view = context.pair[side];
  if (!isAnswering(view) || purpose === 'keep-its-data') return undefined;
  return gapAlone(NAMES[side], view, context.pair[otherSide(side)], rememberedOf(context, side));
};

const ofStep = (context: Context, step: Step): string | undefined => {
  switch (step.kind) {
    case 'handOver':
      return ofHandOver(context, step);
    case 'promote':
      return ofPromotion(context, step);
    default:
      return undefined;
  }
};

export const warningsOf = (context: Context, steps: readonly Step[]): readonly string[] =>
  steps.flatMap((step) => ofStep(context, step) ?? []);
