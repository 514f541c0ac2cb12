import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AREAS } from '../../../matrix/areas.ts';
import type { Result, TestResult } from '../../../matrix/run.ts';
import { matrixText } from '../../../matrix/table.ts';

const result = (id: string, tests: readonly TestResult[], missing?: string): Result => ({
  id,
  title: `title of ${id}`,
  seconds: 1,
  tests,
  ...(missing === undefined ? {} : { missing }),
});

const one = (area: string, state: TestResult['state']): TestResult => ({ area, name: 'a test', state });

test('names only files that are there', () => {
  const files = readdirSync(new URL('../../integration', import.meta.url));
  const named = AREAS.flatMap((area) => area.files.map((name) => `${name}.test.ts`));
  expect(named.filter((name) => !files.includes(name))).toEqual([]);
});

test('a cell has how many passed, and of how many where one failed; what was skipped is no pass', () => {
  const tests = [one('hand-over', 'passed'), one('hand-over', 'failed'), one('hand-over', 'skipped')];
  const text = matrixText([result('a/redis', tests), result('b/redis', [one('hand-over', 'passed')])]);
  expect(text).toContain('| hand-over | 1 of 2 | 1 |');
  expect(text).toContain('| not possible there | 1 | 0 |');
});

test('a column says when it was run, and on which sources', () => {
  const tests = [one('hand-over', 'passed')];
  const fresh = { ...result('a/redis', tests), date: '2026-08-13', commit: '0123abc' };
  expect(matrixText([fresh, result('b/redis', tests)])).toContain('| run on | 2026-08-13, 0123abc | – |');
});

test('a column that could not be run is no column, and is named with the reason', () => {
  const text = matrixText([result('a/redis', [one('hand-over', 'passed')]), result('b/redis', [], 'no mirror')]);
  expect(text).toContain('| hand-over | 1 |');
  expect(text).toContain('Not run: title of b/redis, no mirror.');
});
