/** What a benchmark measured, and what is made of it. Pure. */

/** One measurement: figures of one column under one condition. */
export interface Sample {
  readonly section: string;
  /** What was done, or how much of it there was. */
  readonly what: string;
  /** Who had to deal with it. */
  readonly column: string;
  readonly figures: Readonly<Record<string, number>>;
  /** What was not in order; absent when all was well. */
  readonly wrong?: readonly string[];
}

/** What ended before it could be measured. */
export const failed = (section: string, column: string, error: unknown): Sample => ({
  section,
  what: 'the end of a pair',
  column,
  figures: {},
  wrong: [error instanceof Error ? error.message : String(error)],
});

export interface Spread {
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The samples of one condition and one column, summed up. */
export interface Cell {
  readonly what: string;
  readonly column: string;
  readonly figures: ReadonlyMap<string, Spread>;
  readonly wrong: readonly string[];
}

/** The median of an even number of values is the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2;
  return { n: sorted.length, min, median, max };
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)];

const figuresOf = (samples: readonly Sample[]): ReadonlyMap<string, Spread> => {
  const names = unique(samples.flatMap(({ figures }) => Object.keys(figures)));
  return new Map(
    names.flatMap((name) => {
      const spread = spreadOf(samples.flatMap(({ figures }) => figures[name] ?? []));
      return spread === undefined ? [] : [[name, spread] as const];
    }),
  );
};

/** The cells of a section, conditions and columns in the order in which they were first met. */
export function cellsOf(samples: readonly Sample[], section: string): readonly Cell[] {
  const own = samples.filter((sample) => sample.section === section);
  const columns = unique(own.map(({ column }) => column));
  return unique(own.map(({ what }) => what)).flatMap((what) =>
    columns.flatMap((column) => {
      const met = own.filter((sample) => sample.what === what && sample.column === column);
      if (met.length === 0) return [];
      return [{ what, column, figures: figuresOf(met), wrong: met.flatMap(({ wrong }) => wrong ?? []) }];
    }),
  );
}

/** Three digits that say something, none of them invented: 0.04, 1.06, 12.3, 5370. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** min / median / max. */
export const spreadText = ({ min, median, max }: Spread): string => [min, median, max].map(digits).join(' / ');

/** The lines of a section's table. */
export function tableOf(samples: readonly Sample[], section: string): readonly string[] {
  const cells = cellsOf(samples, section);
  const names = unique(cells.flatMap(({ figures }) => [...figures.keys()]));
  const rows = cells.map(({ what, column, figures, wrong }) => [
    `${what}: ${column}`,
    ...names.map((name) => {
      const spread = figures.get(name);
      return spread === undefined ? '-' : spreadText(spread);
    }),
    String(Math.max(0, ...[...figures.values()].map(({ n }) => n))),
    wrong.length === 0 ? '' : `${wrong.length} x not in order`,
  ]);
  const lines = [[section, ...names, 'n', ''], ...rows];
  const widths = lines[0]?.map((_, place) => Math.max(...lines.map((line) => (line[place] ?? '').length))) ?? [];
  return lines.map((line) =>
    line
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[place] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
