/**
 * npm run soak -- [--minutes N] [--seed S] [--profile article|balanced|fast] [--from STEP] [--only WORDS] [--logs]
 *
 * Real keepalived and Redis under random faults, one after the other. After each, the pair has to be in order, and every
 * acknowledged write in the live master or in a rescue file that the journal names. The seed decides the order, the
 * lengths and the variants of the faults. `--from` leaves out those before a step, `--only` the kinds without these
 * words in their names, and `--logs` prints the last log lines after each. Two soaks may run side by side: each pair has
 * a world of its own. Exits with 1 when a fault was not survived.
 */
import { whyNoExecutable } from '../test/lib/implementation.ts';
import { whyNoWorld } from '../test/lib/namespaces.ts';
import { nowMs } from '../test/lib/wait.ts';
import { fromWords } from '../test/lib/words.ts';
import { seededRandom } from '../test/sim/engine.ts';
import { Chapter, type Step } from './chapter.ts';
import { lastWords } from './evidence.ts';
import { type Fault, faultsOf } from './faults.ts';
import { type Options, optionsOf, USAGE } from './options.ts';
import { report } from './report.ts';

const print = (text = '') => process.stdout.write(`${text}\n`);

function told(number: number, { kind, detail }: Fault, step: Step): string {
  const { acked, rescued, rescues, merged, gapMs, orderMs, vanished } = step;
  const what = detail === '' ? kind : `${kind}, ${detail}`;
  const times = `${(gapMs / 1000).toFixed(2)} s without a write, in order after ${(orderMs / 1000).toFixed(1)} s`;
  return `${number}: ${what}: ${times}; ${acked} acked, ${rescued} rescued (${rescues} files), ${merged} merged, ${vanished} lost`;
}

function printFailure({ seed, profile }: Options, number: number, { kind, faults }: Step): void {
  print(`FAILED seed ${seed} profile ${profile} step ${number}: ${kind}`);
  for (const fault of faults) print(`  ${fault}`);
}

/** Faults until the time is up; a pair that did not survive one makes room for a new pair. */
async function soak(options: Options): Promise<readonly Step[]> {
  const { minutes, seed, profile, from, only, logs } = options;
  const untilMs = nowMs() + minutes * 60_000;
  const faults = faultsOf(seededRandom(seed), profile, only);
  let number = 1;
  while (number < from) {
    faults.next();
    number += 1;
  }
  const steps: Step[] = [];
  while (nowMs() < untilMs) {
    const chapter = await Chapter.begin(profile);
    try {
      let survived = true;
      do {
        const fault = faults.next().value;
        const step = await chapter.survive(fault);
        steps.push(step);
        print(told(number, fault, step));
        survived = step.faults.length === 0;
        if (!survived) printFailure(options, number, step);
        if (!survived || logs) print(await lastWords(chapter.pair));
        number += 1;
      } while (survived && !chapter.isFull && nowMs() < untilMs);
    } finally {
      await chapter.close();
    }
  }
  return steps;
}

async function main(): Promise<void> {
  const options = fromWords(USAGE, process.argv.slice(2), optionsOf);
  const whyNot = whyNoExecutable() ?? (await whyNoWorld());
  if (whyNot !== undefined) {
    process.stderr.write(`no soak: ${whyNot}\n`);
    process.exitCode = 1;
    return;
  }
  const { seed, profile, minutes } = options;
  print(`seed ${seed}, profile ${profile}, ${minutes} minutes`);
  const steps = await soak(options);
  print();
  report(steps);
  if (steps.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
}

await main();
