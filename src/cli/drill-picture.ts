/** A drill as one SVG: a lane for each client, and what happened as lines across all of them. */
import type { DrillReport } from '../app/drill/drill.ts';
import { CLIENTS, type ClientName, type ClientRecord } from '../core/drill/record.ts';

const [WIDTH, LEFT, RIGHT, TOP, LANE, BAR] = [960, 110, 20, 44, 26, 14];
/** Under this a pause of a client is its own pace. */
const PAUSE_MS = 100;
/** Of the lines across, at most so many have words; more would lie on each other. */
const WORDS_MAX = 14;
const ROW = 15;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const rounded = (value: number): string => value.toFixed(1);

interface Scale {
  readonly at: (ms: number) => number;
  readonly durationMs: number;
}

/** From one answer to the next without a pause: one bar each. */
const runsOf = ({ answersMs }: ClientRecord): readonly (readonly [number, number])[] => {
  const runs: [number, number][] = [];
  for (const ms of answersMs) {
    const last = runs.at(-1);
    if (last !== undefined && ms - last[1] <= PAUSE_MS) last[1] = ms;
    else runs.push([ms, ms]);
  }
  return runs;
};

const lane = (client: ClientName, record: ClientRecord, index: number, { at, durationMs }: Scale): string => {
  const y = TOP + index * LANE;
  const bar = (from: number, to: number, kind: string): string =>
    `<rect class="${kind}" x="${rounded(at(from))}" y="${String(y)}" ` +
    `width="${rounded(Math.max(1, at(to) - at(from)))}" height="${String(BAR)}"/>`;
  const errors = new Set(record.errors.map(({ atMs }) => rounded(at(atMs))));
  const begin = record.answersMs[0] ?? durationMs;
  return [
    `<text class="name" x="${String(LEFT - 8)}" y="${String(y + BAR - 3)}">${client}</text>`,
    bar(begin, durationMs, 'silent'),
    ...runsOf(record).map(([from, to]) => bar(from, to, 'answer')),
    ...[...errors].map((x) => `<circle class="error" cx="${x}" cy="${String(y + BAR + 4)}" r="2"/>`),
  ].join('\n');
};

const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120];

const axis = ({ at, durationMs }: Scale, bottom: number): string => {
  const stepS = STEPS_S.find((step) => durationMs / 1000 / step <= 15) ?? 300;
  const ticks = Array.from({ length: Math.floor(durationMs / 1000 / stepS) + 1 }, (_, index) => index * stepS);
  return ticks
    .map((second) => {
      const x = rounded(at(second * 1000));
      return (
        `<line class="tick" x1="${x}" y1="${String(TOP - 6)}" x2="${x}" y2="${String(bottom)}"/>` +
        `<text class="second" x="${x}" y="${String(TOP - 10)}">${String(second)} s</text>`
      );
    })
    .join('\n');
};

const marks = ({ events }: DrillReport, { at }: Scale, bottom: number): readonly string[] =>
  events
    .filter(({ kind }) => kind === 'move' || kind === 'address' || kind === 'role')
    .slice(0, WORDS_MAX)
    .map(({ atMs, kind, text }, index) => {
      const x = rounded(at(atMs));
      const y = bottom + (index + 1) * ROW;
      const isLate = at(atMs) > WIDTH / 2;
      return (
        `<line class="${kind}" x1="${x}" y1="${String(TOP - 6)}" x2="${x}" y2="${String(y)}"/>` +
        `<text class="${isLate ? 'event late' : 'event'}" x="${rounded(at(atMs) + (isLate ? -4 : 4))}" y="${String(y)}">` +
        `${(atMs / 1000).toFixed(2)} s ${escaped(text)}</text>`
      );
    });

const STYLE = `<style>
svg{background:#fff;font:12px sans-serif}text{fill:#1f2328}.name,.late{text-anchor:end}.second{text-anchor:middle;font-size:10px}
.event{font-size:11px}.answer{fill:#2f8f7f}.silent{fill:#e8a39b}.error{fill:#b0413e}.tick{stroke:#d1d9e0}.title{font-weight:bold}
.move{stroke:#1f2328}.address{stroke:#2f7fd0}.role{stroke:#8a6fb3;stroke-dasharray:3 2}
@media (prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.tick{stroke:#3d444d}.move{stroke:#e6edf3}.silent{fill:#6e2f2a}}
</style>`;

export const pictureOf = (report: DrillReport, title: string): string => {
  const { durationMs, records } = report;
  const scale: Scale = {
    durationMs,
    at: (ms) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.min(ms, durationMs)) / Math.max(1, durationMs),
  };
  const bottom = TOP + CLIENTS.length * LANE;
  const told = marks(report, scale, bottom);
  const height = bottom + (told.length + 2) * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" width="${String(WIDTH)}">`,
    STYLE,
    `<text class="title" x="${String(LEFT)}" y="16">${escaped(title)}</text>`,
    axis(scale, bottom),
    ...CLIENTS.map((client, index) => lane(client, records[client], index, scale)),
    ...told,
    '</svg>',
    '',
  ].join('\n');
};
