/** The figures of a run as one picture: what a fault costs, and how that grows. */
import type { EChartsOption, SeriesOption } from 'echarts';
import { init } from 'echarts';
import type { Report } from './report.ts';
import { type Cell, cellsOf, digits, type Spread } from './samples.ts';

const WIDTH = 960;
const HEIGHT = 1000;

/** A stretch that is shorter than the client notices is drawn as nothing, at the foot of a scale that has no zero. */
const FLOOR_S = 0.02;

/** In the order of the drawing; the colours are told apart by people who see few of them, on white and on black. */
const COLUMNS: readonly (readonly [column: string, title: string, colour: string])[] = [
  ['scripts', 'the article’s scripts', '#b0413e'],
  ['in place', 'redisha on the article’s files', '#8a6fb3'],
  ['article', 'redisha, article', '#b58900'],
  ['sentinel', 'Sentinel, 1 s', '#7f7f7f'],
  ['balanced', 'redisha, balanced', '#2f8f7f'],
  ['fast', 'redisha, fast', '#2f7fd0'],
];

/** Stand-ins, replaced in the finished picture by colours that follow the reader's light or dark page. */
const INK = '#010203';
const LINE = '#040506';

const STYLE = `<style>
[fill="${INK}"]{fill:#1f2328}[stroke="${LINE}"]{stroke:#d1d9e0}
@media (prefers-color-scheme:dark){[fill="${INK}"]{fill:#e6edf3}[stroke="${LINE}"]{stroke:#3d444d}}
</style>`;

/** From the bottom of the drawing to its top. */
export const FAULTS = [
  'the role moved by hand',
  'keepalived stopped',
  'the old master returns with its data',
  'cut off for 12 s, then healed',
  'host gone',
  'Redis frozen',
  'Redis killed',
] as const;

const secondsOf = (cells: readonly Cell[], what: string, column: string): Spread | undefined =>
  cells.find((cell) => cell.what === what && cell.column === column)?.figures.get('seconds');

const lostOf = (cells: readonly Cell[], what: string, column: string): number =>
  cells.find((cell) => cell.what === what && cell.column === column)?.figures.get('lost')?.median ?? 0;

interface Bar {
  readonly value: number | null;
  readonly label: { readonly formatter: string };
}

/** The median as a bar; what was lost beside it. */
export function barOf(cells: readonly Cell[], what: string, column: string): Bar {
  const seconds = secondsOf(cells, what, column);
  if (seconds === undefined) return { value: null, label: { formatter: '' } };
  const lost = lostOf(cells, what, column);
  const noticed = seconds.median < FLOOR_S ? 'none' : `${digits(seconds.median)} s`;
  const formatter = lost === 0 ? noticed : `${noticed}, ${digits(lost)} writes lost`;
  return { value: Math.max(seconds.median, FLOOR_S), label: { formatter } };
}

const text = { color: INK, fontFamily: 'system-ui, sans-serif' } as const;
const split = { show: true, lineStyle: { color: LINE } } as const;
const secondsAxis = (value: number): string => (value <= FLOOR_S ? 'none' : `${digits(value)} s`);

function faultSeries(cells: readonly Cell[]): readonly SeriesOption[] {
  return COLUMNS.map(([column, name, colour]) => ({
    type: 'bar',
    name,
    data: FAULTS.map((what) => barOf(cells, what, column)),
    itemStyle: { color: colour },
    barGap: '10%',
    barCategoryGap: '18%',
    label: { show: true, position: 'right', distance: 4, fontSize: 10, ...text },
  }));
}

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [at: string, seconds: number])[];
}

/** A section's figures, one line for each change, by the size that each condition names. */
export function linesOf(cells: readonly Cell[]): readonly Line[] {
  const lines = new Map<string, [string, number][]>();
  for (const { what, figures } of cells) {
    const [, change, size] = /^(.+?), ([\d,]+) /.exec(what) ?? [];
    const seconds = figures.get('seconds');
    if (change === undefined || size === undefined || seconds === undefined) continue;
    const short = size.replace(/,000,000$/, ' M').replace(/,000$/, ' k');
    lines.set(change, [...(lines.get(change) ?? []), [short, seconds.median]]);
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}

const GROWTHS = [
  ['dataset', 'keys', '9%'],
  ['load', 'writes a second', '41%'],
  ['instances', 'pairs on one host', '73%'],
] as const;

const CHANGE_COLOURS: Readonly<Record<string, string>> = { 'hand-over': '#2f8f7f', 'Redis killed': '#b0413e' };

function growthSeries(report: Report, growths: readonly (typeof GROWTHS)[number][]): readonly SeriesOption[] {
  return growths.flatMap(([section], place) =>
    linesOf(cellsOf(report.samples, section)).map(({ name, points }): SeriesOption => {
      const color = CHANGE_COLOURS[name] ?? INK;
      return {
        type: 'line',
        name: `balanced: ${name}`,
        data: points.map(([at, seconds]) => [at, seconds]),
        xAxisIndex: place + 1,
        yAxisIndex: place + 1,
        symbolSize: 7,
        lineStyle: { color },
        itemStyle: { color },
        label: { show: true, formatter: ({ value }) => digits((value as [string, number])[1]), fontSize: 10, ...text },
      };
    }),
  );
}

/** How often each column was put through the faults, by the one that all go through once a round. */
function roundsOf({ samples }: Report): string {
  const cells = cellsOf(samples, 'faults').filter(({ what }) => what === 'Redis killed');
  const counts = cells.map(({ figures }) => figures.get('seconds')?.n ?? 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(most) : `${least} to ${most}`;
}

function subtitle(report: Report): string {
  const { redis = '?', keepalived = '?', processors = '?' } = report.machine;
  const parts = `Redis ${redis}, keepalived ${keepalived}, ${processors}`;
  return `median of ${roundsOf(report)} rounds, ${report.date.slice(0, 10)}; ${parts}; logarithmic`;
}

const namesOf = (series: readonly SeriesOption[]): string[] => [...new Set(series.map(({ name }) => String(name)))];

/** What is drawn. */
export function optionOf(report: Report): EChartsOption {
  const bars = faultSeries(cellsOf(report.samples, 'faults'));
  const growths = GROWTHS.filter(([section]) => report.samples.some((sample) => sample.section === section));
  const lines = growthSeries(report, growths);
  const small = { top: 800, height: 140 } as const;
  return {
    animation: false,
    title: [
      { text: 'Longest stretch without an acknowledged write', subtext: subtitle(report), left: 'center', top: 6 },
      ...growths.map(([, unit, left]) => ({ text: `by ${unit}`, left, top: 758, ...smallTitle })),
    ].map((title) => ({ textStyle: text, subtextStyle: text, ...title })),
    legend: [
      {
        data: COLUMNS.map(([, name]) => name),
        top: 52,
        itemGap: 26,
        itemWidth: 16,
        textStyle: { ...text, fontSize: 11 },
      },
      { data: namesOf(lines), top: 730, itemGap: 26, textStyle: text },
    ],
    grid: [
      { left: 190, right: 110, top: 85, height: 610 },
      ...growths.map(([, , left]) => ({ left, width: '23%', ...small })),
    ],
    xAxis: [
      {
        type: 'log',
        min: FLOOR_S,
        startValue: FLOOR_S,
        max: 100,
        axisLabel: { ...text, formatter: secondsAxis },
        splitLine: split,
      },
      ...growths.map((_, place) => ({
        type: 'category' as const,
        gridIndex: place + 1,
        axisLabel: { ...text, interval: 0 },
      })),
    ],
    yAxis: [
      {
        type: 'category',
        data: [...FAULTS],
        axisLabel: { ...text, width: 130, overflow: 'break' },
        axisTick: { show: false },
      },
      ...growths.map((_, place) => ({
        type: 'value' as const,
        gridIndex: place + 1,
        min: 0,
        axisLabel: { ...text, formatter: '{value} s' },
        splitLine: split,
      })),
    ],
    series: [...bars, ...lines],
  };
}

const smallTitle = { textStyle: { ...text, fontSize: 13 } } as const;

/** The picture as SVG. */
export function pictureOf(report: Report): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption(optionOf(report));
    return chart.renderToSVGString().replace(/<svg[^>]*>/, (tag) => `${tag}\n${STYLE}`);
  } finally {
    chart.dispose();
  }
}
