import { describe, expect, test } from 'vitest';
import { optionsOf } from '../../../bench/options.ts';

const COLUMNS = ['scripts', 'in place', 'fast'];

describe('the words of the benchmark', () => {
  test('none: the usual sections, every column, three rounds', () => {
    expect(optionsOf([], COLUMNS)).toMatchObject({
      sections: ['startup', 'faults', 'dataset', 'load', 'instances', 'checks'],
      columns: COLUMNS,
      rounds: 3,
      profile: 'balanced',
      add: false,
    });
  });

  test('choose sections, columns and sizes', () => {
    const words = ['--sections', 'dataset,calm', '--only', 'in place,fast', '--sizes', '0,1000', '--add'];
    expect(optionsOf(words, COLUMNS)).toMatchObject({
      sections: ['dataset', 'calm'],
      columns: ['in place', 'fast'],
      sizes: [0, 1000],
      add: true,
    });
  });

  test.each([
    [['--sections', 'fault'], '--sections takes'],
    [['--only', 'quick'], '--only takes scripts, in place, fast; got "quick"'],
    [['--rounds', 'many'], '--rounds takes a whole number above 0; got "many"'],
    [['--pairs', '0.5'], '--pairs takes a whole number above 0; got "0.5"'],
    [['--minutes', '0'], '--minutes takes a number above 0; got "0"'],
    [['--nix'], "Unknown option '--nix'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--profile', 'slow'], '--profile takes article, balanced, fast'],
    [['--sizes', '1,x'], '--sizes takes'],
  ])('%j is refused', (words, why) => expect(() => optionsOf(words, COLUMNS)).toThrow(why));
});
