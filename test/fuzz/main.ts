/** `npm run fuzz -- --seconds N --seed S`: every surface gets the same share of the time; a case that fails ends the run with 1. */
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { FILES } from './files.ts';
import { SERVERS } from './servers.ts';
import { TEXTS } from './texts.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    only: { type: 'string' },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
const surfaces = [...TEXTS, ...FILES, ...SERVERS].filter(
  ({ name }) => values.only === undefined || name.includes(values.only),
);

process.stdout.write(`seed ${String(seed)}\n`);
let total = 0;
for (const { name, property } of surfaces) {
  const details = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: (seconds * 1000) / surfaces.length,
    markInterruptAsFailure: false,
  });
  total += details.numRuns;
  process.stdout.write(`${String(details.numRuns).padStart(9)}  ${name}\n`);
  if (!details.failed) continue;
  const why =
    details.errorInstance instanceof Error ? (details.errorInstance.stack ?? '') : String(details.errorInstance);
  process.stdout.write(`${fc.defaultReportMessage(details) ?? ''}\n${why}\n`);
  process.exitCode = 1;
}
const { maxRSS } = process.resourceUsage();
process.stdout.write(`${String(total).padStart(9)}  cases, at most ${(maxRSS / 1024).toFixed(0)} MB of memory\n`);
