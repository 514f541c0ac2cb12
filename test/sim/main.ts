/**
 * `npm run sim -- --seed N --histories M [--workers K]`: tells stories, and those that end badly in their shortest form,
 * in words; `--one-sided` those in which the network breaks and all clients are on one side; `--storms` those of
 * notifies after which nobody looks; `--witness` those of a pair with a witness. `--keep NAME` keeps the first of these as a scenario; `--story FILE` tells one that was kept.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { count, fromWords } from '../lib/words.ts';
import type { Failed } from './many.ts';
import { tellMany } from './many.ts';
import type { Verdict } from './run.ts';
import { tell } from './run.ts';
import { keep } from './scenarios.ts';
import { shrink } from './shrink.ts';
import type { Story } from './story.ts';
import { oneSided } from './one-sided.ts';
import { stormy } from './stormy.ts';
import { storyOf } from './story.ts';
import { witnessed } from './witnessed.ts';

const USAGE =
  'usage: npm run sim -- [--seed N] [--histories M] [--workers K] [--failures F] [--keep NAME] [--quiet] [--one-sided] [--storms] [--witness] | --story FILE';

const values = fromWords(USAGE, process.argv.slice(2), (words) => {
  const given = parseArgs({
    args: [...words],
    options: {
      seed: { type: 'string', default: '1' },
      histories: { type: 'string', default: '1' },
      workers: { type: 'string' },
      failures: { type: 'string', default: '3' },
      keep: { type: 'string' },
      story: { type: 'string' },
      quiet: { type: 'boolean', default: false },
      storms: { type: 'boolean', default: false },
      'one-sided': { type: 'boolean', default: false },
      witness: { type: 'boolean', default: false },
    },
  }).values;
  return {
    ...given,
    seed: count('--seed', given.seed),
    histories: count('--histories', given.histories),
    workers: given.workers === undefined ? undefined : count('--workers', given.workers),
    failures: count('--failures', given.failures),
  };
});

const [family, storyAt] = values.witness
  ? (['witnessed', witnessed] as const)
  : values.storms
    ? (['stormy', stormy] as const)
    : values['one-sided']
      ? (['one-sided', oneSided] as const)
      : (['any', storyOf] as const);

const inWords = async (story: Story): Promise<Verdict> => {
  const told = await tell(story, { readsStory: true });
  console.log(told.story.join('\n'));
  for (const { invariant, words } of told.violations) console.log(`${story.name}: ${invariant}: ${words}`);
  return told;
};

let keepAs = values.keep;

const inShort = async (seed: number): Promise<void> => {
  const short = await shrink(storyAt(seed));
  const { violations } = await inWords(short);
  console.log(JSON.stringify(short, null, 1), '\n');
  if (keepAs === undefined) return;
  console.log(`kept as ${keep(keepAs, short, violations)}`);
  keepAs = undefined;
};

const sayKinds = (failed: readonly Failed[]): void => {
  const kinds = new Map<string, Set<number>>();
  for (const { seed, violations } of failed)
    for (const { invariant } of violations) kinds.set(invariant, (kinds.get(invariant) ?? new Set()).add(seed));
  for (const [invariant, seeds] of kinds)
    console.log(`${invariant}: ${String(seeds.size)} seeds, such as ${[...seeds].slice(0, 12).join(' ')}`);
};

const tellSeeds = async (): Promise<boolean> => {
  const { seed: first, histories, workers, failures } = values;
  const startMs = performance.now();
  const { sums, failed } = await tellMany({ family, first, count: histories, workers, failuresMax: failures });
  const seconds = (performance.now() - startMs) / 1000;
  if (!values.quiet) for (const { seed } of failed) await inShort(seed);
  if (histories === 1 && failed.length === 0) await inWords(storyAt(first));
  sayKinds(failed);
  const speed = `${String(sums.histories)} histories in ${seconds.toFixed(1)} s (${String(Math.round(sums.histories / seconds))}/s)`;
  console.log(`${speed}, ${String(failed.length)} failed`);
  console.log(JSON.stringify(sums));
  return failed.length === 0;
};

const tellKept = async (file: string): Promise<boolean> => {
  const { violations } = await inWords(JSON.parse(readFileSync(file, 'utf8')) as Story);
  return violations.length === 0;
};

const endsWell = await (values.story === undefined ? tellSeeds() : tellKept(values.story));
process.exitCode = endsWell ? 0 : 1;
