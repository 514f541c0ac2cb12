/**
 * npm run bench [-- --rounds N --turns N --only NAME,… --out FILE]: redisha (on the article's files and on its own) and the
 * article's kind of scripts under the same faults in the same run, and what one check costs. Prints tables, writes the raw figures as JSON, and fails nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { whyNoExecutable } from '../test/lib/implementation.ts';
import { whyNoWorld } from '../test/lib/namespaces.ts';
import { run } from '../test/lib/process.ts';
import { CONTESTANTS, type Result } from './faults.ts';
import { measureStartup } from './startup.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    turns: { type: 'string', default: '40' },
    only: { type: 'string', default: CONTESTANTS.map(({ name }) => name).join() },
    out: { type: 'string', default: 'dist/bench.json' },
  },
});

const contestants = CONTESTANTS.filter(({ name }) => values.only.split(',').includes(name));

/** More pairs at once than cores would measure each other. */
const AT_ONCE = 2;

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

const print = (text = '') => process.stdout.write(`${text}\n`);

function table(head: Row, rows: readonly Row[]): void {
  const lines = [head, ...rows];
  const width = Math.max(...lines.map(({ name }) => name.length));
  const widths = head.cells.map((_, place) => Math.max(...lines.map(({ cells }) => (cells[place] ?? '').length)));
  for (const { name, cells } of lines) {
    print(`  ${name.padEnd(width)}  ${cells.map((cell, place) => cell.padStart(widths[place] ?? 0)).join('  ')}`);
  }
}

/** min / median / max. */
function spread(numbers: readonly number[], digits: number): string {
  if (numbers.length === 0) return '-';
  const sorted = numbers.toSorted((one, other) => one - other);
  const parts = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return parts.map((number) => (number ?? 0).toFixed(digits)).join(' / ');
}

function cellsOf(results: readonly Result[]): readonly string[] {
  const accounts = results.flatMap((result) => ('account' in result ? [result.account] : []));
  const seconds = spread(
    accounts.map(({ gapMs }) => gapMs / 1000),
    2,
  );
  const vanished = spread(
    accounts.map((account) => account.vanished),
    0,
  );
  const inOrder = accounts.filter(({ disorder }) => disorder.length === 0).length;
  return [seconds, vanished, `${inOrder} of ${results.length}`];
}

function printFaults(results: ReadonlyMap<string, readonly Result[]>): void {
  const acts = [...new Set([...results.values()].flat().map(({ act }) => act))];
  const rows = acts.flatMap((act) =>
    [...results].map(([name, all]) => ({
      name: `${act}: ${name}`,
      cells: cellsOf(all.filter((one) => one.act === act)),
    })),
  );
  table({ name: 'fault', cells: ['s without a write', 'acked writes gone', 'in order after'] }, rows);
}

async function version(argv: readonly string[]): Promise<string> {
  const done = await run(argv);
  return (done.stdout || done.stderr).split('\n')[0] ?? '';
}

async function main(): Promise<void> {
  const whyNot = whyNoExecutable() ?? (await whyNoWorld());
  if (whyNot !== undefined) {
    print(`bench: nothing can be measured here: ${whyNot}`);
    return;
  }
  const startup = await measureStartup(Number(values.turns));
  print('One check, start to end, ms (min / median / max):');
  table(
    { name: 'program', cells: ['ms'] },
    [...startup].map(([name, times]) => ({ name, cells: [spread(times, 1)] })),
  );
  print();
  const results = new Map<string, Result[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    print(`round ${round} of ${values.rounds}`);
    for (let first = 0; first < contestants.length; first += AT_ONCE) {
      await Promise.all(
        contestants.slice(first, first + AT_ONCE).map(async ({ name, play }) => {
          results.get(name)?.push(...(await play((text) => print(`  ${text}`))));
        }),
      );
    }
  }
  print('\nFaults under a writer of 1,000 writes/s through the address (min / median / max):');
  printFaults(results);
  const machine = {
    cpus: cpus().length,
    kernel: release(),
    node: process.version,
    redis: await version(['redis-server', '--version']),
    keepalived: await version(['keepalived', '--version']),
  };
  mkdirSync(dirname(values.out), { recursive: true });
  const report = { machine, startup: Object.fromEntries(startup), faults: Object.fromEntries(results) };
  writeFileSync(values.out, `${JSON.stringify(report, undefined, 2)}\n`);
  print(`\nThe figures of every round: ${values.out}`);
}

await main();
