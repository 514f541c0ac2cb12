/** The stories of test/sim/scenarios: each was told by a seed once, and broke something. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Story } from './story.ts';

export interface Scenario extends Story {
  /** What it is about, and what went wrong when it was found. */
  readonly why: string;
  /** The invariants that it still breaks: findings that nobody has mended yet. */
  readonly breaks: readonly string[];
}

const directory = join(import.meta.dirname, 'scenarios');

export const scenarios = (): readonly Scenario[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Scenario);
