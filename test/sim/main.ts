/** `npm run sim -- --seed N --histories M`: tells stories, and prints the shortest form of each that ends badly. */
import { parseArgs } from 'node:util';
import { tell } from './run.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    histories: { type: 'string', default: '1' },
    failures: { type: 'string', default: '3' },
    quiet: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed);
const last = first + Number(values.histories) - 1;
const sum = { acknowledged: 0, rescued: 0, lostWithDisk: 0, lostByRedis: 0, lostBySafeStart: 0 };
const kinds = new Map<string, number[]>();
let failures = 0;
const startMs = performance.now();
for (let seed = first; seed <= last && failures < Number(values.failures); seed++) {
  const verdict = await tell(storyOf(seed));
  for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += verdict[name];
  if (verdict.violations.length === 0) continue;
  failures++;
  for (const { invariant } of verdict.violations) kinds.set(invariant, [...(kinds.get(invariant) ?? []), seed]);
  if (values.quiet) continue;
  const short = await shrink(storyOf(seed));
  const told = await tell(short, { readsStory: true });
  console.log(told.story.join('\n'));
  console.log(JSON.stringify(short, null, 1));
  for (const { invariant, words } of told.violations) console.log(`${short.name}: ${invariant}: ${words}`);
  console.log();
}
const seconds = (performance.now() - startMs) / 1000;
const told = last - first + 1;
if (first === last && failures === 0) console.log((await tell(storyOf(first), { readsStory: true })).story.join('\n'));
for (const [invariant, seeds] of kinds)
  console.log(
    `${invariant}: ${String(new Set(seeds).size)} seeds, such as ${[...new Set(seeds)].slice(0, 12).join(' ')}`,
  );
console.log(
  `${String(told)} histories in ${seconds.toFixed(1)} s (${String(Math.round(told / seconds))}/s), ${String(failures)} failed`,
);
console.log(JSON.stringify(sum));
process.exitCode = failures === 0 ? 0 : 1;
