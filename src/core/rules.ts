/** The decision table: every rule in the order in which it is tried. The first that matches decides. */
import { COMMON } from './rules/common.ts';
import type { Rule } from './rules/rule.ts';
import { TAKE_OVER_RULES } from './rules/take-over.ts';
import { TAKE_RULES } from './rules/take.ts';
import { YIELD_RULES } from './rules/yield.ts';
import type { Section } from './table.ts';

export const DECISIONS: readonly Section<Rule>[] = [...COMMON, ...TAKE_RULES, ...TAKE_OVER_RULES, ...YIELD_RULES];

export const RULES: readonly Rule[] = DECISIONS.flatMap(({ rows }) => rows);
