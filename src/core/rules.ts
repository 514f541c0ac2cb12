/** The decision table: every rule in the order in which it is tried. The first that matches decides. */
import { COMMON } from './rules/common.ts';
import type { Rule } from './rules/rule.ts';
import { TAKE_RULES } from './rules/take.ts';
import { YIELD_RULES } from './rules/yield.ts';

export const RULES: readonly Rule[] = [...COMMON, ...TAKE_RULES, ...YIELD_RULES];
