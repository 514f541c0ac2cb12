/** One column: vitest on one server, and what came of each test. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { run } from '../test/lib/process.ts';
import { areaOf } from './areas.ts';
import type { Column } from './columns.ts';

export interface TestResult {
  readonly area: string;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Of one that failed: what vitest said first. */
  readonly why?: string;
}

export interface Result {
  readonly id: string;
  readonly title: string;
  /** Why nothing was run, if so. */
  readonly missing?: string;
  /** ISO 8601, in UTC. */
  readonly date?: string;
  /** Which sources were run; a `+` behind it where they had changes that no commit has. */
  readonly commit?: string;
  readonly seconds: number;
  readonly tests: readonly TestResult[];
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const ROOT = join(import.meta.dirname, '..');
const COLUMN_MS = 90 * 60_000;
const GIT_MS = 10_000;
/** Several columns may run side by side, and nobody waits for one. */
const FILES_AT_ONCE = '3';

const stateOf = (status: string): TestResult['state'] =>
  status === 'passed' || status === 'failed' ? status : 'skipped';

const testsIn = ({ testResults }: Report): readonly TestResult[] =>
  testResults.flatMap(({ name: file, status, assertionResults }) => {
    const area = file.includes('/e2e/') ? basename(file).replace(/\.test\.ts$/, '') : areaOf(file);
    const tests = assertionResults.map(({ fullName, status: ended, failureMessages }) => {
      const why = failureMessages[0]?.split('\n', 1)[0];
      return { area, name: fullName, state: stateOf(ended), ...(why === undefined ? {} : { why }) };
    });
    // A file that does not load has no tests that could fail.
    return tests.length > 0 || status === 'passed' ? tests : [{ area, name: basename(file), state: 'failed' as const }];
  });

const git = async (...words: readonly string[]): Promise<string> =>
  (await run(['git', '-C', ROOT, ...words], { timeoutMs: GIT_MS })).stdout.trim();

/** What is written into the table itself is no change. */
const sourcesNow = async (): Promise<string> => {
  const changed = await git('status', '--porcelain', '--', '.', ':!docs/matrix.json', ':!docs/versions.md');
  return `${await git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '+'}`;
};

/** Every test of the column has been run; never rejects for a test that fails. */
export const runColumn = async (column: Column, coreOnly: boolean): Promise<Result> => {
  const { id, title, env, missing } = column;
  if (missing !== undefined) return { id, title, missing, seconds: 0, tests: [] };
  const directory = mkdtempSync(join(tmpdir(), 'redisha-matrix-'));
  const file = join(directory, 'report.json');
  const startMs = performance.now();
  try {
    const [date, commit] = [new Date().toISOString().slice(0, 10), await sourcesNow()];
    const options = ['--maxWorkers', FILES_AT_ONCE, '--reporter=json', `--outputFile=${file}`];
    const done = await run(
      [join(ROOT, 'node_modules/.bin/vitest'), 'run', ...options, ...(coreOnly ? column.coreWords : column.words)],
      {
        env,
        timeoutMs: COLUMN_MS,
      },
    );
    const seconds = Math.round((performance.now() - startMs) / 1000);
    const text = readReport(file);
    if (text === undefined) throw new Error(`vitest on ${title} left no report:\n${done.stderr}${done.stdout}`);
    return { id, title, date, commit, seconds, tests: testsIn(JSON.parse(text) as Report) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const readReport = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};
