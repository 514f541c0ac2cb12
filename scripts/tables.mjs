// Prints the tables of README.md and docs/rules.md from the rows that decide, between marks that name the table.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FITNESS } from '../src/core/fitness.ts';
import { READING } from '../src/core/readable.ts';
import { ALL, YIELD } from '../src/core/rules/rule.ts';
import { DECISIONS } from '../src/core/rules.ts';

/** @typedef {import('../src/core/rules/rule.ts').Rule} Rule */
/** @typedef {import('../src/core/table.ts').Section<{ id: number, seen?: string, does: string, standsHere?: string }>} Judging */

const root = join(import.meta.dirname, '..');

/** @param {readonly string[]} cells */
const line = (cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');

/** @param {readonly (readonly string[])[]} rows */
const table = ([head = [], ...rows]) => [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');

/**
 * The rows of a check, and why one of them stands before others with smaller numbers.
 * @param {readonly Judging[]} sections
 * @param {readonly string[]} head
 */
const judgements = (sections, head) => {
  const rows = sections.flatMap((section) => section.rows);
  const early = rows.flatMap(({ id, standsHere }, at) => {
    const next = rows[at + 1];
    return standsHere === undefined || next === undefined
      ? []
      : [`Row ${String(id)} stands before row ${String(next.id)}: ${standsHere}.`];
  });
  return [table([head, ...rows.map(({ id, seen = '', does }) => [String(id), seen, does])]), ...early].join('\n\n');
};

/** @param {Rule['intents']} intents */
const commandsIn = (intents) => {
  if (ALL.every((intent) => intents.includes(intent))) return 'all';
  return YIELD.every((intent) => intents.includes(intent)) ? 'both' : intents.join(', ');
};

/**
 * A family is one line, with the numbers of its rows.
 * @param {readonly Rule[]} rules
 */
const lines = (rules) =>
  rules
    .filter(({ family }, at) => family === undefined || family !== rules[at - 1]?.family)
    .map(({ id, intents, situations, seen, does, family }) => {
      const ids = family === undefined ? [id] : rules.filter((rule) => rule.family === family).map((rule) => rule.id);
      const numbers = [...new Set([id, ids.at(-1) ?? id])].join('-');
      const told = family ?? { seen, does };
      return [
        numbers,
        commandsIn(intents),
        situations.map((name) => `\`${name}\``).join(', '),
        told.seen ?? '',
        told.does,
      ];
    });

const decisions = () =>
  DECISIONS.map(({ title, from, to, rows }) => {
    const head = ['rule', 'commands', 'situation', 'condition', 'does'];
    return `## ${String(from)}-${String(to)}: ${title}\n\n${table([head, ...lines(rows)])}`;
  }).join('\n\n');

/** The rows of the first family that is there as a whole: they are the same in every other. */
const family = () => {
  const rules = DECISIONS.flatMap(({ rows }) => rows).filter((rule) => rule.family !== undefined);
  const rows = rules.filter((rule) => rule.family === rules[0]?.family);
  return table([
    ['row', 'condition', 'does'],
    ...rows.map(({ seen = '', does }, at) => [`+${String(at)}`, seen, does]),
  ]);
};

/** @type {Readonly<Record<string, () => string>>} */
const printers = {
  check: () => judgements(FITNESS, ['rule', 'local Redis', 'verdict']),
  reading: () => judgements(READING, ['rule', 'Redis', 'may be read from']),
  decisions,
  family,
};

/** The documents with tables in them. */
export const documents = ['README.md', join('docs', 'rules.md')];

/** @param {string} path */
export const readDocument = (path) => readFileSync(join(root, path), 'utf8');

/**
 * The text with its tables printed anew.
 * @param {string} text
 */
export const withTables = (text) =>
  text.replaceAll(
    /^(<!-- table (\w+), printed by "npm run sample" -->\n)[^]*?(^<!-- end of the table -->)$/gm,
    (_, begin, name, end) => {
      const print = printers[name];
      if (print === undefined) throw new Error(`there is no table ${name}`);
      return `${begin}\n${print()}\n\n${end}`;
    },
  );

/** True afterwards: the documents say what the rows say. */
export const writeTables = () => {
  for (const path of documents) writeFileSync(join(root, path), withTables(readDocument(path)));
};
