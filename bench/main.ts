/**
 * npm run bench [-- --sections NAME,… --rounds N --only COLUMN,… --out FILE --add …]: the article's kind of
 * scripts, Sentinel and redisha under the same faults in the same run, what they cost, and how the figures grow. Prints
 * tables, writes every measurement as JSON, and fails nothing. CONTRIBUTING.md lists the words.
 */
import { whyNoExecutable } from '../test/lib/implementation.ts';
import { whyNoWorld } from '../test/lib/namespaces.ts';
import { fromWords } from '../test/lib/words.ts';
import { calm } from './calm.ts';
import { checks } from './checks.ts';
import { clients } from './clients.ts';
import { CHECKED, COLUMNS, faults } from './faults.ts';
import { dataset, load } from './growth.ts';
import { heal } from './heal.ts';
import { increments } from './increments.ts';
import { instances } from './instances.ts';
import { type Options, optionsOf, type Section, usageOf } from './options.ts';
import { machine, reportIn, writeReport } from './report.ts';
import { type Sample, tableOf } from './samples.ts';
import { explainStartup } from './startup.ts';
import { startup } from './startup-section.ts';
import { thirdVote } from './witness.ts';

const print = (text = '') => process.stdout.write(`${text}\n`);

type Measure = (options: Options) => Promise<readonly Sample[]>;

const MEASURES: Readonly<Record<Section, Measure>> = {
  startup: ({ turns }) => startup(turns),
  faults: ({ columns, atOnce }) =>
    faults({ columns: COLUMNS.filter(({ name }) => columns.includes(name)), atOnce }, print),
  dataset: ({ profile, sizes = [0, 1_000_000, 10_000_000] }) => dataset({ profile, sizes }, print),
  load: ({ profile, sizes = [1_000, 10_000, 50_000] }) => load({ profile, sizes }, print),
  instances: ({ profile, sizes = [1, 8, 32] }) => instances({ profile, sizes }, print),
  checks: ({ columns }) =>
    checks(
      CHECKED.filter(({ name }) => columns.includes(name)),
      print,
    ),
  heal: ({ profile, sizes = [1] }) => heal({ profile, times: sizes[0] ?? 1 }, print),
  clients: ({ profile, beside, sizes = [20] }) => clients({ profile, beside, clients: sizes[0] ?? 20 }, print),
  increments: ({ profile, sizes = [10] }) => increments({ profile, rounds: sizes[0] ?? 10 }, print),
  witness: ({ profile, minutes }) => thirdVote({ profile, minutes }, print),
  calm: ({ profile, pairs, minutes }) => calm({ profile, pairs, minutes }, print),
};

/** Round by round, so that what else the machine does falls on everybody. */
async function measure(options: Options): Promise<void> {
  const samples = [...(options.add ? reportIn(options.out).samples : [])];
  const save = async (): Promise<void> => {
    writeReport(options.out, { date: new Date().toISOString(), machine: await machine(), samples });
  };
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const section of options.sections) {
      print(`round ${round} of ${options.rounds}: ${section}`);
      samples.push(...(await MEASURES[section](options)));
      await save();
    }
  }
  for (const section of options.sections) print(`\n${tableOf(samples, section).join('\n')}`);
  if (options.sections.includes('startup')) print(`\n${explainStartup()}`);
  print(`\nmin / median / max of n; every measurement: ${options.out}`);
}

async function main(): Promise<void> {
  const columns = COLUMNS.map(({ name }) => name);
  const options = fromWords(usageOf(columns), process.argv.slice(2), (words) => optionsOf(words, columns));
  const whyNot = whyNoExecutable() ?? (await whyNoWorld());
  if (whyNot === undefined) await measure(options);
  else print(`bench: nothing can be measured here: ${whyNot}`);
}

await main();
