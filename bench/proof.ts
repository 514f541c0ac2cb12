/**
 * npm run proof: docs/proof.md, its picture, its measurements and the table of the first page, from the same faults for
 * everybody (faults.ts). A round takes about ten minutes on two cores.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { whyNoExecutable } from '../test/lib/implementation.ts';
import { whyNoWorld } from '../test/lib/namespaces.ts';
import { whyMissing } from '../test/lib/server.ts';
import { nowMs } from '../test/lib/wait.ts';
import { choice, count, fromWords } from '../test/lib/words.ts';
import { COLUMNS, faults } from './faults.ts';
import { pictureOf } from './picture.ts';
import { pageOf } from './proof-page.ts';
import { FIRST_PAGES, LANGUAGES, withProof } from './proof-readme.ts';
import { machine, reportIn, VALKEY, writeReport } from './report.ts';
import { WHO } from './scenarios.ts';

const PLACES = { json: 'docs/proof.json', page: 'docs/proof.md', picture: 'docs/proof.svg' } as const;

const NAMES = WHO.map(({ column }) => column);

const USAGE = `usage: npm run proof -- [--rounds N] [--add] [--only COLUMN,…] [--at-once N] [--page]
columns: ${NAMES.join(', ')}
--add keeps what was measured before; --page measures nothing, and writes the page, the picture and the table of README.md anew.`;

interface Options {
  readonly rounds: number;
  readonly atOnce: number;
  readonly columns: readonly string[];
  readonly add: boolean;
  readonly page: boolean;
}

/** @throws with a sentence when the words are wrong. */
function optionsOf(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: 'string', default: '1' },
      'at-once': { type: 'string', default: '3' },
      only: { type: 'string', default: NAMES.join() },
      add: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  });
  return {
    rounds: count('--rounds', values.rounds),
    atOnce: count('--at-once', values['at-once']),
    columns: values.only.split(',').map((word) => choice('--only', word, NAMES)),
    add: values.add,
    page: values.page,
  };
}

const print = (line: string) => process.stdout.write(`${line}\n`);

function writePage(): void {
  const report = reportIn(PLACES.json);
  writeFileSync(PLACES.page, pageOf(report));
  writeFileSync(PLACES.picture, pictureOf(report));
  for (const language of LANGUAGES) {
    const place = FIRST_PAGES[language];
    writeFileSync(place, withProof(readFileSync(place, 'utf8'), report, language));
  }
  print(`written: ${[...Object.values(PLACES), ...Object.values(FIRST_PAGES)].join(', ')}`);
}

/** Round by round, so that what else the machine does falls on everybody. */
async function measure({ rounds, atOnce, columns, add }: Options): Promise<void> {
  const samples = [...(add ? reportIn(PLACES.json).samples : [])];
  const whyNoValkey = whyMissing(VALKEY);
  if (whyNoValkey !== undefined) print(`not measured: ${whyNoValkey}`);
  // In this order the longest lives begin first.
  const all = WHO.flatMap(({ column }) => COLUMNS.filter(({ name }) => name === column && columns.includes(name)));
  const own = all.filter(({ name }) => name !== 'valkey sentinel' || whyNoValkey === undefined);
  for (let round = 1; round <= rounds; round += 1) {
    const [load = 0] = loadavg();
    const fromMs = nowMs();
    const date = new Date().toISOString();
    print(`round ${round} of ${rounds}`);
    samples.push(...(await faults({ columns: own, atOnce }, print)));
    const figures = { load, pairs: atOnce, minutes: (nowMs() - fromMs) / 60_000 };
    samples.push({ section: 'round', what: date, column: '', figures });
    writeReport(PLACES.json, { date, machine: await machine(), samples });
    writePage();
  }
}

const options = fromWords(USAGE, process.argv.slice(2), optionsOf);
const whyNot = options.page ? undefined : (whyNoExecutable() ?? (await whyNoWorld()));
if (whyNot !== undefined) {
  print(`proof: nothing can be measured here: ${whyNot}`);
  process.exitCode = 1;
} else if (options.page) writePage();
else await measure(options);
