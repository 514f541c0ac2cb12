// Prints the tables of docs/ from what decides, parses and exits, between marks that name the table.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENTS } from '../src/app/events.ts';
import { usageOf } from '../src/cli/command.ts';
import { METRICS } from '../src/cli/metrics.ts';
import { flagOf } from '../src/cli/option-kinds.ts';
import { commands } from '../src/commands.ts';
import { SCHEMA } from '../src/config/schema.ts';
import { PROFILE_NAMES } from '../src/core/blueprint.ts';
import { secondsText } from '../src/core/drill/figures.ts';
import { CLIENTS, CLIENT_WORDS } from '../src/core/drill/record.ts';
import { DOCTOR } from '../src/core/doctor/doctor.ts';
import { MENDED } from '../src/core/doctor/mends.ts';
import { FITNESS } from '../src/core/fitness.ts';
import { HOOK_EVENTS } from '../src/core/history/people.ts';
import { PROMISED_MS } from '../src/core/promises.ts';
import { READING } from '../src/core/readable.ts';
import { ALL, YIELD } from '../src/core/rules/rule.ts';
import { DECISIONS } from '../src/core/rules.ts';
import { EXIT, EXIT_WORDS } from '../src/errors.ts';

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

/** @param {string} word */
const code = (word) => (word === '' ? '' : `\`${word}\``);

/** On the page itself the page is not named. @param {string} text */
const onPage = (text) => text.replace(' in docs/commands.md', '');

const commandTable = () =>
  table([
    ['command', 'words', 'called by', 'what is true when it exits 0'],
    ...commands.map((command) => {
      const words = code(usageOf(command));
      const cell = words === '' ? 'none' : command.orNone === true ? `none, or ${words}` : words;
      return [code(command.name), cell, command.calledBy, onPage(command.done)];
    }),
  ]);

const exampleLines = () => commands.flatMap(({ examples }) => examples.map((example) => `    ${example}`)).join('\n');

/** @param {readonly string[]} names those of the commands that have an option */
const havingCell = (names) => {
  const others = commands.filter(({ name }) => !names.includes(name)).map(({ name }) => code(name));
  if (others.length === 0) return 'all';
  return others.length <= 2 ? `all but ${others.join(' and ')}` : names.map(code).join(', ');
};

/** An option that several commands share is one row. @param {(names: readonly string[]) => boolean} isWanted by its commands */
const optionRows = (isWanted) => {
  const having = commands.flatMap(({ name: command, options }) =>
    Object.entries(options).map(([name, spec]) => ({ command, name, spec })),
  );
  const options = Map.groupBy(having, ({ spec }) => spec);
  return [...options]
    .map(([spec, uses]) => ({ spec, name: uses[0]?.name ?? '', names: uses.map(({ command }) => command) }))
    .filter(({ names }) => isWanted(names))
    .map(({ spec, name, names }) => {
      const long = code(`${flagOf(name)}${spec.kind === 'flag' ? '' : ` ${spec.value.toUpperCase()}`}`);
      return { flags: spec.short === undefined ? long : `\`-${spec.short}\`, ${long}`, names, doc: onPage(spec.doc) };
    });
};

const isOfConfig = (/** @type {readonly string[]} */ having) => having.join() === 'config';

const optionTable = () =>
  table([
    ['option', 'commands', 'meaning'],
    ...optionRows((having) => !isOfConfig(having)).map(({ flags, names, doc }) => [flags, havingCell(names), doc]),
  ]);

const pairTable = () =>
  table([['option of `config`', 'meaning'], ...optionRows(isOfConfig).map(({ flags, doc }) => [flags, doc])]);

const exitTable = () =>
  table([
    ['code', 'meaning', 'what to do'],
    ...Object.entries(EXIT_WORDS).map(([name, words]) => [
      String(EXIT[/** @type {keyof typeof EXIT} */ (name)]),
      ...words,
    ]),
  ]);

const eventTable = () =>
  table([
    ['event', 'level', 'where', 'what it says'],
    ...Object.entries(EVENTS).map(([name, event]) => [
      code(name),
      event.in === 'journal' ? '' : event.level.toUpperCase().replace(' OR ', ' or '),
      event.in === 'both' ? 'log, journal' : event.in,
      event.says,
    ]),
  ]);

const hookTable = () =>
  table([
    ['event', 'what it says', 'its own fields'],
    ...Object.entries(HOOK_EVENTS).map(([name, { says, fields }]) => [code(name), says, fields.map(code).join(', ')]),
  ]);

const keyTable = () =>
  table([
    ['key', 'default', 'meaning'],
    ...Object.entries(SCHEMA).map(([key, { kind, default: preset, doc }]) => {
      const choices = /^one of (.*)$/.exec(kind.expects)?.[1]?.replaceAll('"', '`');
      return [
        code(key),
        code(preset ?? ''),
        `${doc.replace(/\.$/, '')}${choices === undefined ? '' : ` (${choices})`}`,
      ];
    }),
  ]);

/** What a drill can bring about. @type {readonly (readonly [what: string, disturbance: import('../src/core/promises.ts').Disturbance])[]} */
const rehearsed = [
  ['planned move', 'promote'],
  ['Redis frozen', 'frozen'],
  ['Redis killed', 'killed'],
];

const promiseTable = () =>
  table([
    ['the profile promises at most', ...PROFILE_NAMES.map(code)],
    ...rehearsed.map(([what, disturbance]) => [
      what,
      ...PROFILE_NAMES.map((profile) => secondsText(PROMISED_MS[profile][disturbance])),
    ]),
  ]);

const clientTable = () =>
  table([['client', 'what it does all the time'], ...CLIENTS.map((client) => [code(client), CLIENT_WORDS[client]])]);

const metricTable = () => table([['metric', 'what it says'], ...METRICS.map(({ name, help }) => [code(name), help])]);

/** A cell that holds a bar would end at it. @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

const findings = () =>
  DOCTOR.map(({ title, rows }) => {
    const cells = rows.map(({ id, severity, about, source }) => [code(id), severity, cell(about), cell(source)]);
    return `### ${title}\n\n${table([['id', 'severity', 'what it looks for', 'source'], ...cells])}`;
  }).join('\n\n');

/** @type {Readonly<Record<string, () => string>>} */
const printers = {
  promises: promiseTable,
  clients: clientTable,
  keys: keyTable,
  commands: commandTable,
  examples: exampleLines,
  options: optionTable,
  pair: pairTable,
  exits: exitTable,
  events: eventTable,
  hooks: hookTable,
  check: () => judgements(FITNESS, ['rule', 'local Redis', 'verdict']),
  reading: () => judgements(READING, ['rule', 'Redis', 'may be read from']),
  decisions,
  family,
  doctor: findings,
  mended: () => table([['id', 'what `--fix` does'], ...MENDED.map(([id, does]) => [code(id), does])]),
  metrics: metricTable,
};

/** The names of the tables. */
export const tables = Object.keys(printers);

/** The documents with tables in them. */
export const documents = [
  join('docs', 'commands.md'),
  join('docs', 'check.md'),
  join('docs', 'rules.md'),
  join('docs', 'log.md'),
  join('docs', 'configuration.md'),
  join('docs', 'drill.md'),
  join('docs', 'doctor.md'),
  join('docs', 'monitoring.md'),
  join('docs', 'hooks.md'),
];

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
