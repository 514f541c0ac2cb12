/** The tables of the documents say what the rows say. */
import { expect, test } from 'vitest';
import { documents, readDocument, withTables } from '../../scripts/tables.mjs';

test.each(documents)('the tables of %s are as the rows are: else run "npm run sample"', (path) => {
  const text = readDocument(path);
  expect(text.match(/^<!-- table /gm)).toHaveLength(2);
  expect(withTables(text)).toBe(text);
});

const marked = (table: string): string =>
  `before\n<!-- table reading, printed by "npm run sample" -->\n${table}<!-- end of the table -->\nbehind\n`;

test('what stands between the marks is printed anew, and nothing else', () => {
  const printed = withTables(marked('an older table\n'));
  expect(printed).toContain('| 78 | replica in step | yes |');
  expect(printed).toMatch(/^before\n[^]*\nbehind\n$/);
  expect(withTables(marked(''))).toBe(printed);
});
