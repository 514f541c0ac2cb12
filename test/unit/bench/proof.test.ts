import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ACTS, moved } from '../../../bench/acts.ts';
import { COLUMNS } from '../../../bench/faults.ts';
import { pictureOf, placeOf, secondsText } from '../../../bench/picture.ts';
import { pageOf } from '../../../bench/proof-page.ts';
import { FIRST_PAGES, LANGUAGES, ROWS, tableOf, withProof } from '../../../bench/proof-readme.ts';
import { type Report, reportIn } from '../../../bench/report.ts';
import type { Sample } from '../../../bench/samples.ts';
import { outcomesOf, SCENARIOS, WHO } from '../../../bench/scenarios.ts';
import { read, root } from '../../lib/sources.ts';

const sample = (what: string, column: string, figures: Sample['figures'], wrong?: readonly string[]): Sample => ({
  section: 'faults',
  what,
  column,
  figures,
  ...(wrong === undefined ? {} : { wrong }),
});

const SAMPLES: readonly Sample[] = [
  sample('Redis killed', 'scripts', { seconds: 6.26, library: 6.5, libraryOpen: 0, lost: 3 }),
  sample('Redis killed', 'fast', { seconds: 0.1, library: 0.5, libraryOpen: 0, lost: 0 }),
  sample('Redis killed', 'fast', { seconds: 0.3, library: 0.7, libraryOpen: 1, lost: 4 }),
  sample('the role moved by hand', 'sentinel', { seconds: 0, library: 0.2, libraryOpen: 0, lost: 958 }),
  sample('the role moved by hand', 'fast', { seconds: 0.08, library: 0.2, libraryOpen: 0, lost: 0 }),
  sample('the host boots again', 'scripts', { seconds: 10, lost: 0 }, ['two masters']),
  sample('the frozen Redis goes on', 'scripts', { seconds: 9, lost: 0, twoMastersS: 4 }),
  { section: 'round', what: '2026-01-31T12:00:00.000Z', column: '', figures: { load: 0.5, pairs: 3, minutes: 8 } },
];

const REPORT: Report = {
  date: '2026-01-31T12:00:00.000Z',
  machine: { redis: '7.0.15', keepalived: '2.2.7', processors: '2 x some', valkey: '9.1.2', commit: 'abc1234' },
  samples: SAMPLES,
};

const scenarioOf = (title: string) => {
  const found = SCENARIOS.find((scenario) => scenario.title === title);
  if (found === undefined) throw new Error(title);
  return found;
};

const outcome = (title: string, column: string) =>
  outcomesOf(SAMPLES, scenarioOf(title)).find(({ who }) => who.column === column);

test('every act is in one scenario, and who is shown is measured', () => {
  const names = [...ACTS, moved].map(({ name }) => name);
  expect(SCENARIOS.flatMap(({ acts }) => acts).toSorted()).toEqual(names.toSorted());
  expect(COLUMNS.map(({ name }) => name)).toEqual(expect.arrayContaining(WHO.map(({ column }) => column)));
});

describe('an outcome', () => {
  test('has what was measured of its acts, and who took longer than promised', () => {
    const fast = outcome('Redis is killed', 'fast');
    expect(fast).toMatchObject({ n: 2, open: 1, late: 1, wrong: 0 });
    expect(fast?.figures.get('seconds')).toEqual({ n: 2, min: 0.1, median: 0.2, max: 0.3 });
  });

  test('of several acts has all of them', () => {
    expect(outcome('The old master comes back', 'scripts')).toMatchObject({ n: 2, wrong: 1 });
  });

  test('is not there for what was not measured', () => {
    expect(outcome('Redis is killed', 'sentinel')).toBeUndefined();
  });
});

describe('the page', () => {
  const page = pageOf(REPORT);

  test.each([
    ['the figures, what was lost, what is guaranteed', '| the scripts | 6.26 | 6.50 | **3** | – | – |  |'],
    [
      'a client that did not work again',
      '| redisha, fast | 0.20 (0.10–0.30) | 0.60 (0.50–0.70), **1 of 2 times not yet over** | **2 (0–4)** | – | – | writes again within 0.2 s; what',
    ],
    ['what was not measured', '| Sentinel of Valkey | – | – | – | – | – |  |'],
    ['what took longer than promised', '* redisha, fast: later than promised: 1 of 2 times.'],
    [
      'what the table has no column for',
      '* the scripts: both nodes called themselves master for 4.00 s; not in order afterwards: 1 of 2 times.',
    ],
    ['where we lose', '* The role is moved by hand: slower than Sentinel of Redis (0.00): redisha, fast (0.08).'],
    ['when and on what', '* 1 round on 2026-01-31, with commit `abc1234`. A round took 8 minutes.'],
  ])('says %s', (_what, line) => expect(page).toContain(line));
});

describe('the table of the first page', () => {
  test('has a row for each scenario, with the most that was lost', () => {
    expect(ROWS).toHaveLength(SCENARIOS.length);
    const table = tableOf(REPORT, 'en');
    expect(table).toContain('| the role moved by hand | – | 0.00, **up to 958 lost** | – | – | – | 0.08 | – |');
    expect(table).toContain('| Redis killed | 6.26, **up to 3 lost** | – | – | – | – | 0.20, **up to 4 lost** | – |');
    expect(table).toContain('1 round on 2026-01-31, with commit `abc1234`.');
  });

  test('has the same figures in both languages', () => {
    const [english, chinese] = LANGUAGES.map((language) => tableOf(REPORT, language).match(/\d+(?:[.,]\d+)*/g));
    expect(chinese?.toSorted()).toEqual(english?.toSorted());
  });

  test.each(LANGUAGES)('is as docs/proof.json is, in %s: else run "npm run proof -- --page"', (language) => {
    const { text } = read(FIRST_PAGES[language]);
    expect(withProof(text, reportIn(join(root, 'docs/proof.json')), language)).toBe(text);
  });

  test('needs its marks', () => {
    expect(() => withProof('no marks', REPORT, 'en')).toThrow('README.md has no marks');
  });
});

describe('the picture', () => {
  const svg = pictureOf(REPORT);

  test('is SVG for light and dark pages, and names its parts', () => {
    expect(svg).toMatch(/^<svg [^>]+>\n<style>/);
    for (const words of ['prefers-color-scheme:dark', 'Redis 7.0.15', 'keepalived 2.2.7', '6.26 s', '958 lost']) {
      expect(svg).toContain(words);
    }
  });

  test('has a line of its own for each number', () => {
    const places = [...svg.matchAll(/<text x="(\d+)" y="(\d+)" class="end">/g)].map(([, x, y]) => `${x},${y}`);
    expect(new Set(places).size).toBe(places.length);
  });

  test('shows longer times further to the right, and none as none', () => {
    const places = [0, 0.05, 0.5, 5, 50].map(placeOf);
    expect(places.toSorted((one, other) => one - other)).toEqual(places);
    expect(new Set(places).size).toBe(places.length);
    expect(secondsText(0.01)).toBe('none');
  });
});
