/**
 * npm run soak -- [--minutes N] [--seed S] [--profile article|balanced|fast] [--from STEP] [--only WORDS] [--logs]
 *
 * Real keepalived and Redis under random faults, one after the other. After each, the pair has to be in order, and every
 * acknowledged write in the live master or in a rescue file that the journal names. The seed decides the order, the
 * lengths and the variants of the faults. `--from` leaves out those before a step, `--only` the kinds without these
 * words in their names, and `--logs` prints the last log lines after each. Two soaks may run side by side: each pair has
 * a world of its own. Exits with 1 when a fault was not survived.
 */
import { parseArgs } from 'node:util';
import { whyNoExecutable } from '../test/lib/implementation.ts';
import { whyNoWorld } from '../test/lib/namespaces.ts';
import { nowMs } from '../test/lib/wait.ts';
import { seededRandom } from '../test/sim/engine.ts';
import { Chapter, type Step } from './chapter.ts';
import { lastWords } from './evidence.ts';
import { type Fault, faultsOf, PROFILES, type Profile } from './faults.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    profile: { type: 'string', default: 'article' },
    from: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    logs: { type: 'boolean', default: false },
  },
});

const print = (text = '') => process.stdout.write(`${text}\n`);

function told(number: number, { kind, detail }: Fault, step: Step): string {
  const { acked, rescued, rescues, merged, gapMs, orderMs, vanished } = step;
  const what = detail === '' ? kind : `${kind}, ${detail}`;
  const times = `${(gapMs / 1000).toFixed(2)} s without a write, in order after ${(orderMs / 1000).toFixed(1)} s`;
  return `${number}: ${what}: ${times}; ${acked} acked, ${rescued} rescued (${rescues} files), ${merged} merged, ${vanished} lost`;
}

function printFailure(number: number, { kind, faults }: Step): void {
  print(`FAILED seed ${values.seed} profile ${values.profile} step ${number}: ${kind}`);
  for (const fault of faults) print(`  ${fault}`);
}

/** Faults until the time is up; a pair that did not survive one makes room for a new pair. */
async function soak(profile: Profile): Promise<readonly Step[]> {
  const untilMs = nowMs() + Number(values.minutes) * 60_000;
  const faults = faultsOf(seededRandom(Number(values.seed)), profile, values.only);
  let number = 1;
  while (number < Number(values.from)) {
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
        if (!survived) printFailure(number, step);
        if (!survived || values.logs) print(await lastWords(chapter.pair));
        number += 1;
      } while (survived && !chapter.isFull && nowMs() < untilMs);
    } finally {
      await chapter.close();
    }
  }
  return steps;
}

async function main(): Promise<void> {
  const profile = PROFILES.find((name) => name === values.profile);
  if (profile === undefined) throw new Error(`--profile takes ${PROFILES.join(', ')}`);
  const whyNot = whyNoExecutable() ?? (await whyNoWorld());
  if (whyNot !== undefined) throw new Error(`no soak: ${whyNot}`);
  print(`seed ${values.seed}, profile ${profile}, ${values.minutes} minutes`);
  const steps = await soak(profile);
  print();
  report(steps);
  if (steps.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
}

await main();
