/** The history of a port as lines of text for people, and as one object a line for programs. */
import type { Colors } from 'picocolors/types.js';
import type { Dated } from '../app/history.ts';
import type { Chain, Link } from '../core/history/chain.ts';
import { tellEntry } from '../core/history/words.ts';
import { hanging, printable } from './text.ts';

/** Of every object; a field that is added leaves it as it is. */
const FORMAT = 1;

const dayOf = (at: string): string => printable(at.slice(0, 10));
const CLOCK_WIDTH = '03:12:04.118'.length;
const clockOf = (at: string): string => printable(at.slice(11, 11 + CLOCK_WIDTH)).padEnd(CLOCK_WIDTH);

/** How lines are put. */
export interface Page {
  readonly colors: Colors;
  /** Columns; more than anybody has where a program reads the lines. */
  readonly width: number;
}

const below = (notes: readonly string[], indent: number, { colors, width }: Page): readonly string[] =>
  notes.map((note) => colors.dim(hanging(`${' '.repeat(indent)}${printable(note)}`, indent, width)));

/** `03:12:04.118  verdict  unfit: …`, and notes below the words. */
const lineOf = ({ entry, change }: Dated, column: number, isHead: boolean, page: Page): string => {
  const { colors, width } = page;
  const { text, notes, isBad } = tellEntry(entry);
  const clock = clockOf(entry.at);
  const rest = `  ${printable(entry.event).padEnd(column)}  `;
  const indent = clock.length + rest.length;
  const said = hanging(`${clock}${rest}${printable(text)}`, indent, width).slice(indent);
  return [
    `${colors.dim(clock)}${rest}${isBad ? colors.yellow(said) : said}`,
    ...below([...notes, ...(isHead ? [`change ${String(change)}`] : [])], indent, page),
  ].join('\n');
};

export const timelineText = (entries: readonly Dated[], page: Page): string => {
  const column = entries.reduce((most, { entry }) => Math.max(most, entry.event.length), 0);
  const named = new Set<string>();
  const lines: string[] = [];
  let before: string | undefined;
  for (const dated of entries) {
    const day = dayOf(dated.entry.at);
    if (day !== before) lines.push(page.colors.bold(`${day} (UTC)`));
    before = day;
    const { change } = dated;
    // The first entry of each change names it: `history show` takes that.
    lines.push(lineOf(dated, column, change !== undefined && !named.has(change), page));
    if (change !== undefined) named.add(change);
  }
  return lines.join('\n');
};

const KINDS: Readonly<Record<Link['kind'], string>> = {
  'first-bad-look': 'first bad look',
  look: 'a look',
  keepalived: 'keepalived',
  address: 'address',
  claim: 'claim',
  decision: 'decision',
  step: 'step',
  promoted: 'promoted',
  saved: 'saved',
  end: 'end',
  'clients-told': 'clients told',
  'first-write-seen': 'write seen',
  'in-order': 'in order',
};

const KIND_WIDTH = Math.max(...Object.values(KINDS).map(({ length }) => length));

/** The first of them is at zero. */
const afterText = (ms: number): string => `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(3)}`;

const linkText = ({ kind, afterMs, says, notes }: Link, column: number, page: Page): string => {
  const head = `${afterText(afterMs).padStart(column)}  ${KINDS[kind].padEnd(KIND_WIDTH)}  `;
  const told = hanging(`${head}${printable(says)}`, head.length, page.width);
  const isBad = kind === 'first-bad-look' || kind === 'saved';
  return [isBad ? page.colors.yellow(told) : told, ...below(notes, head.length, page)].join('\n');
};

export const chainText = ({ at, title, change, links, sums, unknown }: Chain, page: Page): string => {
  const { colors, width } = page;
  const column = Math.max(...links.map(({ afterMs }) => afterText(afterMs).length));
  const began = links[0]?.entry.at ?? at;
  const named = change === undefined ? '' : `, change ${printable(change)}`;
  return [
    colors.bold(`${title}, ${dayOf(at)} ${clockOf(at)} UTC${named}`),
    colors.dim(`seconds after ${dayOf(began)} ${clockOf(began)}`),
    ...links.map((link) => linkText(link, column, page)),
    '',
    ...sums.map((sum) => hanging(sum, 2, width)),
    ...unknown.map((sentence) => colors.dim(hanging(`not known: ${sentence}`, 2, width))),
  ].join('\n');
};

/** One object a line. `entry` is as it stands in the journal: its fields may become more with each version. */
export const entriesJson = (entries: readonly Dated[]): string =>
  entries
    .map(({ entry: { atMs: _ms, ...entry }, change }) => {
      const { text, notes, isBad } = tellEntry(entry);
      const { at, event } = entry;
      return JSON.stringify({ format: FORMAT, at, event, change, says: text, notes, isBad, entry });
    })
    .join('\n');

export const chainJson = ({ at, title, change, links, sums, unknown }: Chain): string =>
  [
    { format: FORMAT, kind: 'chain', at, change, title, sums, unknown },
    ...links.map(({ kind, entry: { atMs: _ms, ...entry }, afterMs, says, notes }) => ({
      format: FORMAT,
      kind,
      at: entry.at,
      afterMs,
      says,
      notes,
      entry,
    })),
  ]
    .map((line) => JSON.stringify(line))
    .join('\n');
