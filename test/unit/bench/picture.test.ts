import { describe, expect, test } from 'vitest';
import { barOf, linesOf, pictureOf } from '../../../bench/picture.ts';
import type { Report } from '../../../bench/report.ts';
import { cellsOf, type Sample } from '../../../bench/samples.ts';

const sample = (section: string, what: string, column: string, seconds: number, lost = 0): Sample => ({
  section,
  what,
  column,
  figures: { seconds, lost },
});

const SAMPLES = [
  sample('faults', 'Redis killed', 'scripts', 6.26),
  sample('faults', 'Redis killed', 'fast', 0.24),
  sample('faults', 'the role moved by hand', 'sentinel', 0, 958),
  sample('dataset', 'hand-over, 0 keys', 'balanced', 0.7),
  sample('dataset', 'hand-over, 10,000,000 keys', 'balanced', 0.8),
];

const REPORT: Report = {
  date: '2026-01-31T12:00:00.000Z',
  machine: { redis: '7.0.15', keepalived: '2.2.7', processors: '2 x some' },
  samples: SAMPLES,
};

describe('a bar', () => {
  const cells = cellsOf(SAMPLES, 'faults');

  test('is the median, and says it', () => {
    expect(barOf(cells, 'Redis killed', 'scripts')).toEqual({ value: 6.26, label: { formatter: '6.26 s' } });
  });

  test('without a length still says what was lost', () => {
    expect(barOf(cells, 'the role moved by hand', 'sentinel').label.formatter).toBe('none, 958 writes lost');
  });

  test('is not there for what was not measured', () => {
    expect(barOf(cells, 'Redis killed', 'sentinel').value).toBeNull();
  });
});

test('the sizes of a section are points of a line', () => {
  expect(linesOf(cellsOf(SAMPLES, 'dataset'))).toEqual([
    {
      name: 'hand-over',
      points: [
        ['0', 0.7],
        ['10 M', 0.8],
      ],
    },
  ]);
});

test('the picture is SVG for light and dark pages, and names its parts', () => {
  const svg = pictureOf(REPORT);
  expect(svg).toMatch(/^<svg [^>]+>\n<style>/);
  for (const words of ['prefers-color-scheme:dark', 'Redis 7.0.15', 'keepalived 2.2.7', '2026-01-31', '6.26 s']) {
    expect(svg).toContain(words);
  }
});
