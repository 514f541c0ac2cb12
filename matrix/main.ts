/**
 * Everything on everything: `npm run matrix` runs the integration tests on every server and on pairs of two versions, and
 * the end-to-end tests on every keepalived. It writes docs/matrix.json, and the table that docs/versions.md shows.
 *
 *   npm run matrix                                    all columns; some hours on two cores
 *   npm run matrix -- --only sid/valkey               this column (may be repeated); the others stay as they were
 *   npm run matrix -- --only none                     the table anew from docs/matrix.json
 *   npm run matrix -- --core                          only the core of the tests, as CI runs it; an hour
 *   npm run matrix -- --at-once 3                     so many columns side by side
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { COLUMNS, type Column } from './columns.ts';
import { type Result, runColumn } from './run.ts';
import { matrixText } from './table.ts';

const ROOT = join(import.meta.dirname, '..');
const JSON_FILE = join(ROOT, 'docs/matrix.json');
const PAGE = join(ROOT, 'docs', 'versions.md');
const PART = /(<!-- matrix -->\n)[^]*(<!-- \/matrix -->)/;

const wrong = (why: string): never => {
  process.stderr.write(`matrix: ${why}\n`);
  process.exit(2);
};

interface Options {
  readonly columns: readonly Column[];
  readonly atOnce: number;
  readonly core: boolean;
}

const optionsOf = (words: readonly string[]): Options => {
  const options = {
    only: { type: 'string', multiple: true },
    'at-once': { type: 'string', default: '1' },
    core: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    const only = values.only?.filter((id) => id !== 'none');
    const unknown = only?.find((id) => !COLUMNS.some((column) => column.id === id));
    if (unknown !== undefined) wrong(`no column ${unknown}; there are ${COLUMNS.map(({ id }) => id).join(' ')}`);
    const atOnce = Number(values['at-once']);
    if (!(Number.isInteger(atOnce) && atOnce > 0 && atOnce <= 8)) wrong('--at-once takes a number from 1 to 8');
    return { columns: COLUMNS.filter(({ id }) => only?.includes(id) ?? true), atOnce, core: values.core };
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
};

const known = (): readonly Result[] =>
  existsSync(JSON_FILE) ? (JSON.parse(readFileSync(JSON_FILE, 'utf8')) as { results: readonly Result[] }).results : [];

/** One line a test, so that two runs can be compared line by line. */
const jsonText = (results: readonly Result[]): string => {
  const heads = results.map(({ tests, ...head }) => {
    const lines = tests.map((test) => `      ${JSON.stringify(test)}`).join(',\n');
    return `    ${JSON.stringify({ ...head, tests: [] }).replace('[]', `[\n${lines}\n    ]`)}`;
  });
  return `{\n  "results": [\n${heads.join(',\n')}\n  ]\n}\n`;
};

const write = (fresh: readonly Result[]): void => {
  const results = COLUMNS.flatMap(({ id }) => [...fresh, ...known()].find((result) => result.id === id) ?? []);
  writeFileSync(JSON_FILE, jsonText(results));
  const page = readFileSync(PAGE, 'utf8');
  if (!PART.test(page)) wrong('docs/versions.md has no place for the table: <!-- matrix --> … <!-- /matrix -->');
  writeFileSync(
    PAGE,
    page.replace(PART, (_all, begin: string, end: string) => `${begin}${matrixText(results)}\n${end}`),
  );
};

const lineOf = ({ title, missing, seconds, tests }: Result): string => {
  if (missing !== undefined) return `${title}: not run: ${missing}\n`;
  const of = (state: string) => tests.filter((test) => test.state === state);
  const counts = ['passed', 'failed', 'skipped'].map((state) => `${of(state).length} ${state}`);
  const failed = of('failed').map(({ name, why = '' }) => `  failed: ${name}\n    ${why}\n`);
  return `${title}: ${counts.join(', ')}, ${seconds} s\n${failed.join('')}`;
};

const { columns, atOnce, core } = optionsOf(process.argv.slice(2));
const left = columns.values();
const fresh: Result[] = [];
const work = async (): Promise<void> => {
  for (const column of left) {
    const result = await runColumn(column, core);
    fresh.push(result);
    process.stdout.write(lineOf(result));
    // What has been run is kept, should the rest be cut off.
    write(fresh);
  }
};
await Promise.all(Array.from({ length: atOnce }, work));
write(fresh);
process.exit(fresh.some(({ tests }) => tests.some(({ state }) => state === 'failed')) ? 1 : 0);
