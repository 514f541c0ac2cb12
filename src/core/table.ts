/** What the three tables have in common: rows that are tried in their order, and the first that matches decides. */

export interface Row<Facts> {
  /** Printed wherever the row decides. A row keeps its number for ever; new ones go between. */
  readonly id: number;
  /** Absent where the row takes whatever comes to it. */
  readonly when?: (facts: Facts) => boolean;
  readonly why: (facts: Facts) => string;
  /** For the documents, what it matches, in addition to what it names; absent where that is all. Markdown. */
  readonly seen?: string;
  /** For the documents, what comes of it. */
  readonly does: string;
  /** Why the row stands before rows of smaller numbers; absent where it stands in the order of the numbers. */
  readonly standsHere?: string;
}

/** Rows that are about one thing, and the numbers that they may have. */
export interface Section<OfTable> {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly rows: readonly OfTable[];
}

/** Throws where no row matches: the last row of a table takes everything. */
export const firstMatch = <Facts, OfTable extends Row<Facts>>(rows: readonly OfTable[], facts: Facts): OfTable => {
  const row = rows.find(({ when }) => when?.(facts) ?? true);
  if (row === undefined) throw new Error('no row of the table matches');
  return row;
};
