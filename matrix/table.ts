/** The matrix in words: what docs/versions.md shows of docs/matrix.json. */
import { TITLES } from './areas.ts';
import type { Result } from './run.ts';

interface Cell {
  readonly passed: number;
  readonly failed: number;
}

const cellOf = ({ tests }: Result, row: string): Cell => {
  const own = tests.filter(({ area }) => area === row);
  const of = (state: string): number => own.filter((test) => test.state === state).length;
  return { passed: of('passed'), failed: of('failed') };
};

const cellText = ({ passed, failed }: Cell): string => {
  if (passed + failed === 0) return '–';
  return failed === 0 ? String(passed) : `${passed} of ${passed + failed}`;
};

const SKIPPED = 'not possible there';

const RUN_ON = 'run on';

const runText = ({ date, commit }: Result): string =>
  [date ?? '–', ...(commit === undefined ? [] : [commit])].join(', ');

const skippedText = ({ tests }: Result): string => String(tests.filter(({ state }) => state === 'skipped').length);

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (results: readonly Result[], rows: readonly string[]): string => {
  const tried = rows.filter((row) => results.some(({ tests }) => tests.some(({ area }) => area === row)));
  const lines = tried.map((row) => line([row, ...results.map((result) => cellText(cellOf(result, row)))]));
  const head = [line(['', ...results.map(({ title }) => title)]), line(['---', ...results.map(() => '---')])];
  const foot = [line([SKIPPED, ...results.map(skippedText)]), line([RUN_ON, ...results.map(runText)])];
  return [...head, ...lines, ...foot].join('\n');
};

const isOf =
  (kind: 'servers' | 'mixed' | 'keepalived') =>
  (result: Result): boolean =>
    kind === (result.id.includes('keepalived') ? 'keepalived' : result.id.includes(',') ? 'mixed' : 'servers');

/** The rows of end-to-end tests are their files. */
const rowsOf = (results: readonly Result[]): readonly string[] => [
  ...new Set(results.flatMap(({ tests }) => tests.map(({ area }) => area))),
];

/** Markdown of everything that was run; what could not be is said below. */
export const matrixText = (results: readonly Result[]): string => {
  const of = (kind: Parameters<typeof isOf>[0]): readonly Result[] =>
    results.filter((result) => isOf(kind)(result) && result.missing === undefined);
  const parts = [table(of('servers'), TITLES)];
  if (of('mixed').length > 0) parts.push(table(of('mixed'), TITLES));
  if (of('keepalived').length > 0) parts.push(table(of('keepalived'), rowsOf(of('keepalived'))));
  const missing = results.filter((result) => result.missing !== undefined);
  if (missing.length > 0) parts.push(missing.map(({ title, missing: why }) => `Not run: ${title}, ${why}.`).join('\n'));
  return parts.join('\n\n');
};
