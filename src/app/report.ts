/** What a command writes down of itself. */
import { idOfTime } from '../core/history/record.ts';
import type { Intent, PairView } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import { describeNode } from '../core/situation.ts';
import { describeStep } from '../core/steps.ts';
import type { World } from './execution.ts';
import type { Journal } from './ports.ts';

/** The journal of one change: each entry says which change it is of. */
export const journalOfChange = ({ journal, clock }: Pick<World, 'journal' | 'clock'>): Journal => {
  const change = idOfTime(clock.wallIso());
  return { append: (entry) => journal.append({ ...entry, change }) };
};

export const report = async (world: World, intent: Intent, pair: PairView, decided: Plan): Promise<void> => {
  const [local, peer] = [describeNode(pair.local), describeNode(pair.peer)];
  const steps = decided.steps.map(describeStep);
  const fields = { rule: decided.rule, situation: decided.situation, why: decided.why, steps, local, peer };
  world.log.info('plan', fields);
  for (const why of decided.warnings) world.log.warn('writes-may-be-missing', { rule: decided.rule, why });
  const { warnings } = decided;
  await world.journal.append({
    event: 'plan',
    intent,
    ...fields,
    ...(warnings.length === 0 ? {} : { warnings }),
    seen: pair,
  });
};
