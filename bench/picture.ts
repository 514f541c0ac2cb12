/**
 * The proof as one picture: a panel for each scenario, a line for each column, so that no number can lie on another. A bar is
 * the outage of the perfect client, a ring that of the default client of ioredis; what became of writes stands at the right.
 * Written as SVG text, for light and dark pages. Pure.
 */
import type { Report } from './report.ts';
import { digits } from './samples.ts';
import { type Outcome, outcomesOf, type Scenario, SCENARIOS, WHO } from './scenarios.ts';

const WIDTH = 960;
const LEFT = 190;
const RIGHT = 640;
const WORDS = 735;
const LINE = 19;
const TITLE = 30;
const GAP = 12;
const TOP = 74;

/** The foot of a scale that has no zero: what is shorter is drawn as nothing. */
const FLOOR_S = 0.02;
const MOST_S = 100;
const TICKS_S = [0.1, 1, 10] as const;

const STYLE = `<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}.head{font-size:17px;font-weight:600}.title{font-size:13px;font-weight:600}
.soft{fill:#59636e}.end{text-anchor:end}.mid{text-anchor:middle}.lost{fill:#b0413e;font-weight:600}
.grid{stroke:#d1d9e0}.ring{fill:none;stroke:#1f2328;stroke-width:1.5}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9198a1}.lost{fill:#f0806f}.grid{stroke:#3d444d}.ring{stroke:#e6edf3}}
</style>`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const text = (x: number, y: number, kind: string, words: string): string =>
  `<text x="${round(x)}" y="${round(y)}" class="${kind}">${escaped(words)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

/** Logarithmic. */
export function placeOf(valueS: number): number {
  const share = Math.log(Math.max(valueS, FLOOR_S) / FLOOR_S) / Math.log(MOST_S / FLOOR_S);
  return LEFT + Math.min(share, 1) * (RIGHT - LEFT);
}

const medianOf = ({ figures }: Outcome, name: string): number => figures.get(name)?.median ?? 0;

export const secondsText = (seconds: number): string => (seconds < FLOOR_S ? 'none' : `${digits(seconds)} s`);

const whole = (value: number): string => Math.round(value).toLocaleString('en');

const FATES = [
  ['lost', 'lost'],
  ['putAside', 'put aside'],
  ['merged', 'merged'],
] as const;

/** The most that was lost in a run, and what usually was put aside or merged. */
function fates(outcome: Outcome, y: number): string {
  const parts = FATES.flatMap(([name, words]) => {
    const value = name === 'lost' ? (outcome.figures.get(name)?.max ?? 0) : medianOf(outcome, name);
    return value < 1 ? [] : [`<tspan${name === 'lost' ? ' class="lost"' : ''}>${whole(value)} ${words}</tspan>`];
  });
  return parts.length === 0 ? '' : `<text x="${WORDS}" y="${y}">${parts.join(', ')}</text>`;
}

function lineOf(outcome: Outcome | undefined, { title, colour }: (typeof WHO)[number], y: number): string {
  const name = text(LEFT - 10, y + 13, 'end', title);
  if (outcome === undefined) return `${name}${text(LEFT + 4, y + 13, 'soft', 'not measured')}`;
  const [end, ring] = [placeOf(medianOf(outcome, 'seconds')), placeOf(medianOf(outcome, 'library'))];
  const bar = `<rect x="${LEFT}" y="${y + 3}" width="${round(Math.max(end - LEFT, 1))}" height="13" rx="2" fill="${colour}"/>`;
  const client = `<circle cx="${round(ring)}" cy="${y + 9.5}" r="4.5" class="ring"/>`;
  const figures = text(RIGHT + 82, y + 13, 'end', secondsText(medianOf(outcome, 'seconds')));
  return `${name}${bar}${client}${figures}${fates(outcome, y + 13)}`;
}

const PANEL = TITLE + WHO.length * LINE + GAP;

function panelOf(scenario: Scenario, outcomes: readonly Outcome[], top: number): string {
  const bottom = top + TITLE + WHO.length * LINE;
  const grid = TICKS_S.map((tick) => {
    const x = round(placeOf(tick));
    const label = text(x, top + TITLE - 4, 'soft mid', `${tick} s`);
    return `<line x1="${x}" x2="${x}" y1="${top + TITLE}" y2="${bottom}" class="grid"/>${label}`;
  });
  const lines = WHO.map((one, at) =>
    lineOf(
      outcomes.find(({ who }) => who === one),
      one,
      top + TITLE + at * LINE,
    ),
  );
  return [text(12, top + 12, 'title', scenario.title), ...grid, ...lines].join('\n');
}

/** The picture as SVG. */
export function pictureOf({ samples, machine }: Report): string {
  const faults = samples.filter(({ section }) => section === 'faults');
  const rounds = samples.filter(({ section }) => section === 'round').length;
  const height = TOP + SCENARIOS.length * PANEL + 8;
  const { redis = '?', valkey = '?', keepalived = '?' } = machine;
  const subtitle = `medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, logarithmic; Redis ${redis}, Valkey ${valkey}, keepalived ${keepalived}`;
  const panels = SCENARIOS.map((scenario, at) => panelOf(scenario, outcomesOf(faults, scenario), TOP + at * PANEL));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    STYLE,
    text(12, 26, 'head', 'How long clients could not write, and what became of acknowledged writes'),
    text(12, 46, 'soft', subtitle),
    `<circle cx="${LEFT + 4}" cy="58.5" r="4.5" class="ring"/>`,
    text(LEFT + 14, 63, 'soft', 'ioredis with default options'),
    text(12, 63, 'soft', 'bar: a perfect client'),
    text(WORDS, 63, 'soft', 'writes'),
    ...panels,
    '</svg>',
  ].join('\n')}\n`;
}
