/** The tables of the documents say what the rows say, recipes and links name what is there, and both languages say the same. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { EVENTS } from '../../src/app/events.ts';
import { documents, readDocument, tables, withTables } from '../../scripts/tables.mjs';
import { read, root, tracked } from '../lib/sources.ts';

test.each(documents)('the tables of %s are as the rows are: else run "npm run sample"', (path) => {
  const text = readDocument(path);
  expect(withTables(text)).toBe(text);
});

test('each table is in one of the documents', () => {
  const marks = documents.flatMap((path) => readDocument(path).match(/(?<=^<!-- table )\w+/gm) ?? []);
  expect(marks.toSorted()).toEqual(tables.toSorted());
});

test('whoever finds a warning or an error in the log finds it in docs/troubleshooting.md', () => {
  const told = [...readDocument('docs/troubleshooting.md').matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell);
  const alarming = Object.entries(EVENTS).filter(
    ([, event]) => event.in !== 'journal' && /warn|error/.test(event.level),
  );
  expect(alarming.length).toBeGreaterThan(30);
  expect(alarming.filter(([name]) => !told.some((cell) => cell.includes(`\`${name}\``)))).toEqual([]);
});

test('each page is in the list of docs/README.md', () => {
  const listed = readDocument('docs/README.md');
  const missing = tracked
    .filter((path) => /^docs\/\w+\.md$/.test(path) && path !== 'docs/README.md')
    .filter((path) => !listed.includes(`](${path.slice('docs/'.length)})`));
  expect(missing).toEqual([]);
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

const pages = tracked.filter((path) => path.endsWith('.md'));

/** Anchors as GitHub makes them of headings. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(pages)('each link of %s leads to what is there', (page) => {
  const { text } = read(page);
  const broken = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(
    ([all, path = '', anchor]) => {
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) return [all];
      return anchor === undefined || anchorsOf(read(file).text).includes(anchor) ? [] : [all];
    },
  );
  expect(broken).toEqual([]);
});

/** What is to be typed or to be written into a file, without the remarks behind it; the picture before the first heading is none. */
const blocksOf = (page: string): readonly string[] =>
  read(page)
    .text.replace(/^[^]*?(?=^## )/m, '')
    .split('\n')
    .filter((line) => /^ {4,}[.\w]/.test(line))
    .map((line) => line.replace(/\s+#.*/, ''));

test('both languages show the same commands and files', () => {
  const commands = blocksOf('README.md');
  expect(blocksOf('README.zh-CN.md')).toEqual(commands);
  expect(commands.length).toBeGreaterThan(20);
});

/** What both languages have in common, by section: the places that links lead to, and the figures. The pages name each other, and each its own headings. */
const sectionsOf = (
  page: string,
): readonly { readonly links: readonly string[]; readonly figures: readonly string[] }[] =>
  read(page)
    .text.split(/^## /m)
    .map((section) => ({
      links: [...section.matchAll(/\]\(([^)#][^)]*)\)/g)]
        .flatMap(([, link = '']) => (/^README\b/.test(link) ? [] : [link]))
        .toSorted(),
      figures: [...section.matchAll(/\d+(?:[.,]\d+)*/g)].map(([figure]) => figure).toSorted(),
    }));

test('both languages have the same links and figures in each section', () => {
  expect(sectionsOf('README.zh-CN.md')).toEqual(sectionsOf('README.md'));
});

test('the newest release of the changelog is this version, and packages have its name wherever they are named', () => {
  const { version } = JSON.parse(read('package.json').text) as { version: string };
  expect(/^## (\d\S*) - \d{4}-\d\d-\d\d$/m.exec(read('CHANGELOG.md').text)?.[1]).toBe(version);
  const named = pages.flatMap((page) =>
    [...read(page).text.matchAll(/\bredisha[-_](\d+\.\d+\.\d+)/g)].map(([, of]) => of),
  );
  expect(new Set(named)).toEqual(new Set([version]));
});

test('the first page stays short', () => {
  expect(read('README.md').text.split('\n').length).toBeLessThanOrEqual(250);
});
