/** The tables of the documents say what the rows say, and the recipes name what is there. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { documents, readDocument, tables, withTables } from '../../scripts/tables.mjs';
import { read, root } from '../lib/sources.ts';

test.each(documents)('the tables of %s are as the rows are: else run "npm run sample"', (path) => {
  const text = readDocument(path);
  expect(withTables(text)).toBe(text);
});

test('each table is in one of the documents', () => {
  const marks = documents.flatMap((path) => readDocument(path).match(/(?<=^<!-- table )\w+/gm) ?? []);
  expect(marks.toSorted()).toEqual(tables.toSorted());
});

const marked = (table: string): string =>
  `before\n<!-- table reading, printed by "npm run sample" -->\n${table}<!-- end of the table -->\nbehind\n`;

test('what stands between the marks is printed anew, and nothing else', () => {
  const printed = withTables(marked('an older table\n'));
  expect(printed).toContain('| 78 | replica in step | yes |');
  expect(printed).toMatch(/^before\n[^]*\nbehind\n$/);
  expect(withTables(marked(''))).toBe(printed);
});

test('the recipes name files that are there', () => {
  const { text } = read('CONTRIBUTING.md');
  const recipes = text.slice(text.indexOf('## Adding a rule'), text.indexOf('## Style'));
  const paths = [...recipes.matchAll(/`((?:src|test|docs|scripts)\/[^`]*|\w+\.md)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(20);
  // The file of a command is yet to be written: its directory is there.
  const missing = paths
    .map((path) => (path.includes('NAME') ? dirname(path) : path))
    .filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});
