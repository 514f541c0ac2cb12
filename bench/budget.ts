/**
 * Prints what the executable weighs and how long it takes to start, beside what it may. Nothing fails here: a busy machine
 * bends the ratio, and exact figures come of `npm run bench`.
 */
import { whyNoExecutable } from '../test/lib/implementation.ts';
import { whyNoWorld } from '../test/lib/namespaces.ts';
import { spreadOf } from './samples.ts';
import { explainStartup, measureStartup } from './startup.ts';

const TURNS = 20;
/** In starts of an empty program that the same build made, as medians. */
const BUDGETS = { 'redisha check': 1.15, 'redisha master': 1.8 } as const;

const print = (line: string) => process.stdout.write(`${line}\n`);

async function startups(): Promise<void> {
  const times = await measureStartup(TURNS);
  const median = (name: string): number => spreadOf(times.get(name) ?? [])?.median ?? Number.NaN;
  const emptyMs = median('empty executable');
  for (const [name, most] of Object.entries(BUDGETS)) {
    const figures = `${median(name).toFixed(1)} ms, ${(median(name) / emptyMs).toFixed(2)} of at most ${most.toFixed(2)} times`;
    print(`start of ${name}: ${figures} the ${emptyMs.toFixed(1)} ms of an empty program (medians of ${TURNS})`);
  }
}

for (const line of explainStartup().split('\n')) if (!line.startsWith(' ')) print(line);
const whyNot = whyNoExecutable() ?? (await whyNoWorld());
if (whyNot === undefined) await startups();
else print(`the start is not measured: ${whyNot}`);
