/** The stories of test/sim/scenarios: each was told by a seed once, and broke something. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Violation } from './judge.ts';
import type { Story } from './story.ts';

export interface Scenario extends Story {
  /** What it is about, and what went wrong when it was found. */
  readonly why: string;
  /** The invariants that it still breaks: findings that nobody has mended yet. */
  readonly breaks: readonly string[];
  /** What must not happen on the way, where the story ended well all the same. */
  readonly never?: string;
}

const directory = join(import.meta.dirname, 'scenarios');

export const scenarios = (): readonly Scenario[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Scenario);

/** Keeps a story that ended badly as a test that fails until it ends well; `why` is to be put into better words. */
export const keep = (name: string, story: Story, violations: readonly Violation[]): string => {
  const file = join(directory, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.json`);
  const why = violations.map(({ invariant, words }) => `${invariant}: ${words}`).join('; ');
  const scenario: Scenario = { ...story, name, why, breaks: [] };
  writeFileSync(file, `${JSON.stringify(scenario, null, 2)}\n`, { flag: 'wx' });
  return relative(process.cwd(), file);
};
