/** The decision table: the rows say what is seen and wanted, and which rule has to fire. */
import { describe, expect, test } from 'vitest';
import { plan } from '../../../src/core/plan.ts';
import { RULES } from '../../../src/core/rules.ts';
import { describeStep } from '../../../src/core/steps.ts';
import { contextOf, pairOf } from './builders.ts';
import { ROWS } from './decision-rows.ts';

describe('decision table', () => {
  test.each(ROWS.map((row) => [row[0], row] as const))(
    '%s',
    (_name, [, local, peer, intent, rule, steps, changes = {}]) => {
      const planned = plan(contextOf(intent, pairOf(local, peer), changes));
      const words = planned.steps.map(describeStep);
      expect({ rule: planned.rule, steps: words.length }).toEqual({ rule, steps: steps.length });
      for (const [index, step] of steps.entries()) expect(words[index]).toContain(step);
      // Whoever is refused is told what to do.
      const hints = planned.steps.flatMap((step) => (step.kind === 'refuse' ? [step.hint] : []));
      expect(hints.filter((hint) => !/\w+ \w+/.test(hint))).toEqual([]);
    },
  );

  test('every rule is the answer to some line above', () => {
    const hit = new Set(ROWS.map(([, , , , rule]) => rule));
    expect(RULES.map(({ id }) => id).filter((id) => !hit.has(id))).toEqual([]);
  });
});
