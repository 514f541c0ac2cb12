import { describe, expect, test } from 'vitest';
import { cellsOf, digits, type Sample, spreadOf, spreadText, tableOf } from '../../../bench/samples.ts';

const sample = (what: string, column: string, figures: Record<string, number>, wrong?: string[]): Sample => ({
  section: 'faults',
  what,
  column,
  figures,
  ...(wrong === undefined ? {} : { wrong }),
});

describe('a spread', () => {
  test.each([
    [[3, 1, 2], { n: 3, min: 1, median: 2, max: 3 }],
    [[4, 1, 3, 2], { n: 4, min: 1, median: 2.5, max: 4 }],
    [[7], { n: 1, min: 7, median: 7, max: 7 }],
  ])('of %j', (values, spread) => expect(spreadOf(values)).toEqual(spread));

  test('of nothing is nothing', () => expect(spreadOf([])).toBeUndefined());

  test('in words has the digits that say something', () => {
    expect([0, 5370, 0.044, 6.264, 53.23, 966.4].map(digits)).toEqual(['0', '5370', '0.04', '6.26', '53.2', '966']);
    expect(spreadText({ n: 2, min: 0.5, median: 1.25, max: 12.34 })).toBe('0.50 / 1.25 / 12.3');
  });
});

describe('cells', () => {
  const samples = [
    sample('killed', 'scripts', { seconds: 6, lost: 0 }),
    sample('killed', 'fast', { seconds: 0.2, lost: 0 }),
    sample('killed', 'scripts', { seconds: 8, lost: 2 }, ['two masters']),
    { ...sample('other', 'fast', { seconds: 99 }), section: 'load' },
  ];

  test('hold the rounds of one condition and one column, in the order of the first round', () => {
    const cells = cellsOf(samples, 'faults');
    expect(cells.map(({ what, column }) => `${what}: ${column}`)).toEqual(['killed: scripts', 'killed: fast']);
    expect(cells[0]?.figures.get('seconds')).toEqual({ n: 2, min: 6, median: 7, max: 8 });
    expect(cells[0]?.wrong).toEqual(['two masters']);
  });

  test('make a table that names what was not in order', () => {
    expect(tableOf(samples, 'faults')).toEqual([
      'faults                      seconds       lost  n',
      'killed: scripts           6 / 7 / 8  0 / 1 / 2  2  1 x not in order',
      'killed: fast     0.20 / 0.20 / 0.20  0 / 0 / 0  1',
    ]);
  });
});
