/** The order of the rows and their numbers, in all three tables. */
import { describe, expect, test } from 'vitest';
import { FITNESS } from '../../../src/core/fitness.ts';
import { READING } from '../../../src/core/readable.ts';
import { DECISIONS } from '../../../src/core/rules.ts';
import type { Section } from '../../../src/core/table.ts';

interface Standing {
  readonly id: number;
  readonly standsHere?: string;
}
type Sections = readonly Section<Standing>[];

const TABLES: readonly (readonly [name: string, sections: Sections])[] = [
  ['the check', FITNESS],
  ['the check for reading', READING],
  ['the decisions', DECISIONS],
];

const rowsOf = (sections: Sections): readonly Standing[] => sections.flatMap(({ rows }) => rows);
const ascending = (numbers: readonly number[]): readonly number[] => numbers.toSorted((one, other) => one - other);

/** Rows that have one with a smaller number behind them. */
const early = (rows: readonly Standing[]): readonly Standing[] =>
  rows.filter(({ id }, at) => rows.slice(at + 1).some((later) => later.id < id));

describe.each(TABLES)('%s', (_name, sections) => {
  test('has its rows in the order of their numbers, but for those that say why not', () => {
    const rows = rowsOf(sections);
    expect(early(rows)).toEqual(rows.filter(({ standsHere }) => standsHere !== undefined));
  });

  test('has sections whose rows have the numbers of the section, but for those that say why not', () => {
    const wrong = sections.flatMap(({ title, from, to, rows }) =>
      rows
        .filter(({ id, standsHere }) => standsHere === undefined && (id < from || id > to))
        .map(({ id }) => `${String(id)} in ${title}`),
    );
    expect(wrong).toEqual([]);
    const limits = sections.flatMap(({ from, to }) => [from, to]);
    expect(limits).toEqual(ascending([...new Set(limits)]));
  });
});

test('a number is one row, whichever table it is in', () => {
  const ids = TABLES.flatMap(([, sections]) => rowsOf(sections).map(({ id }) => id));
  expect(ascending(ids)).toEqual(ascending([...new Set(ids)]));
});
