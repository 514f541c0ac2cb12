/**
 * `status` in every form, in every situation that the tables know: a file for each in `status/`, which `vitest run -u` of this
 * file writes anew. What changes there is to be read.
 */
import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { METRICS, metricsText } from '../../../src/cli/metrics.ts';
import { NAGIOS, nagiosOf, nagiosOfFailure } from '../../../src/cli/nagios.ts';
import { frameOf } from '../../../src/cli/status-screen.ts';
import { statusJson, statusText } from '../../../src/cli/status-text.ts';
import { SITUATIONS } from '../../../src/core/situation.ts';
import { read } from '../../lib/sources.ts';
import { OF_ROWS, SITUATED } from './status-reports.ts';

const colors = createColors(false);
const LOOK = { colors, width: 80 };

/** A field on each line. What stands in `view` is the input of the test. */
const jsonLines = (text: string): readonly string[] =>
  Object.entries(JSON.parse(text) as Record<string, unknown>).map(
    ([name, value]) => `${name}: ${JSON.stringify(value, (key, inner: unknown) => (key === 'view' ? '...' : inner))}`,
  );

const fileOf = (name: string): string => `status/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.txt`;

test.each(SITUATED)('$name', async ({ name, report }) => {
  const { code, line } = nagiosOf(report);
  const parts = [
    statusText(report, LOOK),
    `--nagios, exit code ${String(code)}\n${line}`,
    ['--json', ...jsonLines(statusJson(report))].join('\n'),
    `--prometheus\n${metricsText([report], '1.2.3').replaceAll(/^#.*\n/gm, '')}`,
  ];
  await expect(`${parts.join('\n\n')}\n`).toMatchFileSnapshot(fileOf(name));
});

test('every situation has a file, and no two have one', () => {
  const seen = new Set(SITUATED.map(({ report }) => report.situation));
  expect(Object.keys(SITUATIONS).filter((name) => ![...seen].some((one) => one === name))).toEqual([]);
  expect(new Set(SITUATED.map(({ name }) => fileOf(name))).size).toBe(SITUATED.length);
});

test('the verdict of every line of the decision table', async () => {
  const lines = OF_ROWS.map(({ rule, name, report }) => `${String(rule)} ${name}: ${report.survival.says}`);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('status/verdicts-of-the-rules.txt');
});

const ALL = [...SITUATED, ...OF_ROWS];

test('no line is wider than 80 columns, but for a word that is', () => {
  const wide = ALL.flatMap(({ report }) => statusText(report, LOOK).split('\n')).filter(
    (line) => line.length > 80 && line.trim().includes(' ') && line.lastIndexOf(' ', 80) > 20,
  );
  expect(wide).toEqual([]);
});

test('healthy is said of what is in order alone, and of what is in order nothing worse than that it would lose something', () => {
  const said = ALL.map(({ report }) => ({ verdict: report.survival.verdict, inOrder: report.inOrder }));
  expect(said.filter(({ verdict, inOrder }) => verdict === 'healthy' && !inOrder)).toEqual([]);
  // A replica may be about to lose what its master has decided against.
  expect(said.filter(({ verdict, inOrder }) => inOrder && !['healthy', 'at-risk'].includes(verdict))).toEqual([]);
  for (const { name, report } of ALL) {
    const { verdict, wouldLose } = report.survival;
    expect(verdict === 'at-risk', name).toBe(wouldLose.length > 0);
  }
});

test('metrics have no value that is not known, and each name comes once', () => {
  const text = metricsText(
    ALL.map(({ report }) => report),
    '1.2.3',
  );
  const lines = text.split('\n');
  const samples = lines.filter((line) => !line.startsWith('#'));
  expect(
    samples.filter((line) => !/^redisha_\w+\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\} -?\d+(?:\.\d+)?$/.test(line)),
  ).toEqual([]);
  const heads = lines.filter((line) => line.startsWith('# TYPE'));
  expect(new Set(heads).size).toBe(heads.length);
});

test.each(['prometheus/redisha.rules.yml', 'prometheus/redisha.rules.test.yml', 'grafana/redisha.json'])(
  'contrib/%s asks for metrics that there are',
  (path) => {
    const asked = new Set(read(`contrib/${path}`).text.match(/\bredisha_\w+/g));
    const known = METRICS.map(({ name }) => name);
    expect(asked.size).toBeGreaterThan(5);
    expect([...asked].filter((name) => !known.includes(name))).toEqual([]);
  },
);

test('a plugin prints one line, with one bar, and exits by its word', () => {
  for (const { report } of ALL) {
    const { code, line } = nagiosOf(report);
    const [, word = ''] = /^REDISHA (\w+) - [^|\n]+ \| [^|\n]+$/.exec(line) ?? [];
    expect(Object.entries(NAGIOS)).toContainEqual([word, code]);
  }
  expect(nagiosOfFailure('a | b\nc', 'do it')).toEqual({
    code: 3,
    line: 'REDISHA UNKNOWN - a / b\uFFFDc; next: do it',
  });
});

test.each([
  { columns: 80, rows: 24 },
  { columns: 40, rows: 10 },
  { columns: 200, rows: 100 },
])('a frame fits on %j', (screen) => {
  for (const { report } of ALL) {
    const frame = frameOf(report, screen, createColors(true));
    expect(frame.startsWith('\u001B[H') && frame.endsWith('\u001B[J')).toBe(true);
    const shown = stripVTControlCharacters(frame).split('\n');
    expect(shown.length).toBeLessThan(screen.rows);
    const wide = shown.filter((line) => line.length > screen.columns);
    expect(screen.columns < 80 ? wide : []).toEqual([]);
  }
});
