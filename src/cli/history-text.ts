/** The history of a port as lines of text for people, and as one object a line for programs. */
import type { Colors } from 'picocolors/types.js';
import type { Dated } from '../app/history.ts';
import type { Chain, Link } from '../core/history/chain.ts';
import { tellEntry } from '../core/history/words.ts';
import { hanging, printable } from './text.ts';

/** Of every object; a field that is added leaves it as it is. */
const FORMAT = 1;

const dayOf = (at: string): string => at.slice(0, 10);
const clockOf = (at: string): string => at.slice(11, 23);

/** `03:12:04.118  verdict  unfit: …`, and notes below the words. */
const lineOf = ({ entry, change }: Dated, width: number, colors: Colors, isHead: boolean): string => {
  const { text, notes, isBad } = tellEntry(entry);
  const indent = 12 + 2 + width + 2;
  const head = `${clockOf(printable(entry.at))}  ${printable(entry.event).padEnd(width)}  `;
  const [first = '', ...more] = hanging(`${head}${printable(text)}`, indent).split('\n');
  const said = [first.slice(head.length), ...more].join('\n');
  const below = [...notes, ...(isHead && change !== undefined ? [`change ${change}`] : [])];
  return [
    `${colors.dim(clockOf(printable(entry.at)))}${head.slice(12)}${isBad ? colors.yellow(said) : said}`,
    ...below.map((note) => colors.dim(hanging(`${' '.repeat(indent)}${printable(note)}`, indent))),
  ].join('\n');
};

/** The first entry of each change names it: `history show` takes that. */
const isHeadOf = (entries: readonly Dated[], place: number): boolean => {
  const change = entries[place]?.change;
  return change !== undefined && entries.findIndex((one) => one.change === change) === place;
};

export const timelineText = (entries: readonly Dated[], colors: Colors): string => {
  const width = Math.max(...entries.map(({ entry }) => entry.event.length));
  return entries
    .flatMap((dated, place) => {
      const day = dayOf(dated.entry.at);
      const isNewDay = place === 0 || dayOf(entries[place - 1]?.entry.at ?? '') !== day;
      const line = lineOf(dated, width, colors, isHeadOf(entries, place));
      return isNewDay ? [colors.bold(`${printable(day)} (UTC)`), line] : [line];
    })
    .join('\n');
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

const linkText = ({ kind, afterMs, says, notes }: Link, timeWidth: number, colors: Colors): string => {
  const indent = timeWidth + 2 + KIND_WIDTH + 2;
  const head = `${afterText(afterMs).padStart(timeWidth)}  ${KINDS[kind].padEnd(KIND_WIDTH)}  `;
  const told = hanging(`${head}${printable(says)}`, indent);
  const isBad = kind === 'first-bad-look' || kind === 'saved';
  return [
    isBad ? colors.yellow(told) : told,
    ...notes.map((note) => colors.dim(hanging(`${' '.repeat(indent)}${printable(note)}`, indent))),
  ].join('\n');
};

export const chainText = ({ at, title, change, links, sums, unknown }: Chain, colors: Colors): string => {
  const timeWidth = Math.max(...links.map(({ afterMs }) => afterText(afterMs).length));
  const began = printable(links[0]?.entry.at ?? at);
  return [
    colors.bold(`${title}, ${dayOf(at)} ${clockOf(at)} UTC${change === undefined ? '' : `, change ${change}`}`),
    colors.dim(`seconds after ${dayOf(began)} ${clockOf(began)}`),
    ...links.map((link) => linkText(link, timeWidth, colors)),
    '',
    ...sums.map((sum) => hanging(sum, 2)),
    ...unknown.map((sentence) => colors.dim(hanging(`not known: ${sentence}`, 2))),
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
