/** From a look at the pair and an intent to what has to be done: the one place where redisha decides. */
import { brokenInvariant } from './invariants.ts';
import type { Context } from './model.ts';
import { asIfOpen } from './model.ts';
import { RULES } from './rules.ts';
import type { Facts } from './rules/rule.ts';
import type { Situation } from './situation.ts';
import { diagnose } from './situation.ts';
import type { Step } from './steps.ts';
import { firstMatch } from './table.ts';
import { warningsOf } from './warnings.ts';

export interface Plan {
  readonly rule: number;
  readonly name: string;
  readonly situation: Situation;
  readonly why: string;
  /** Empty when the intent is fulfilled. */
  readonly steps: readonly Step[];
  /** What a person has to be told of the steps. */
  readonly warnings: readonly string[];
}

/**
 * Whose business a closed port is: that of the hand-over itself, while a `promote` moves the role; and where the address is
 * not, nobody opens the port of the node that has it, before the commands there have had their time.
 */
const withoutOthersPorts = (context: Context): Context => {
  const { intent, pair, waitedMs, policy } = context;
  if (intent === 'master' || (intent === 'backup' && waitedMs >= policy.peerMasterTimeoutMs)) return context;
  const local = intent === 'promote' ? asIfOpen(pair.local) : pair.local;
  return { ...context, pair: { ...pair, local, peer: asIfOpen(pair.peer) } };
};

/** Every context has a plan. The same context always has the same one. */
export const plan = (given: Context): Plan => {
  const context = withoutOthersPorts(given);
  const situation = diagnose(context.pair);
  const facts: Facts = { ...context, situation };
  const rules = RULES.filter(
    ({ intents, situations }) => situations.includes(situation) && intents.includes(context.intent),
  );
  const rule = firstMatch(rules, facts);
  const steps = rule.steps(facts);
  const broken = brokenInvariant(context, steps);
  if (broken !== undefined) throw new Error(`rule ${String(rule.id)} (${rule.name}) breaks an invariant: ${broken}`);
  const warnings = warningsOf(context, steps);
  return { rule: rule.id, name: rule.name, situation, why: rule.why(facts), steps, warnings };
};
