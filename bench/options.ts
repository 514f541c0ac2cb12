/** The words of `npm run bench --`. Pure. */
import { parseArgs } from 'node:util';
import { choice, count, positive } from '../test/lib/words.ts';

export const SECTIONS = [
  'startup',
  'faults',
  'dataset',
  'load',
  'instances',
  'checks',
  'heal',
  'calm',
  'clients',
  'increments',
  'witness',
] as const;
export type Section = (typeof SECTIONS)[number];

/** What is measured when nobody says: all that ends within half an hour. */
const USUAL: readonly Section[] = ['startup', 'faults', 'dataset', 'load', 'instances', 'checks'];

export interface Options {
  readonly sections: readonly Section[];
  readonly rounds: number;
  readonly columns: readonly string[];
  readonly atOnce: number;
  readonly profile: 'article' | 'balanced' | 'fast';
  readonly sizes: readonly number[] | undefined;
  readonly minutes: number;
  readonly pairs: number;
  readonly turns: number;
  readonly out: string;
  readonly add: boolean;
  /** Another copy of the sources, with what was built there. */
  readonly beside: string | undefined;
}

const PROFILES = ['article', 'balanced', 'fast'] as const;

const chosen = <const T extends string>(flag: string, text: string, all: readonly T[]): readonly T[] =>
  text.split(',').map((word) => choice(flag, word, all));

export const usageOf = (
  columns: readonly string[],
): string => `usage: npm run bench -- [--sections NAME,…] [--rounds N] [--only COLUMN,…] [--at-once N] [--profile NAME]
         [--sizes N,…] [--minutes N] [--pairs N] [--turns N] [--out FILE] [--add]
         [--beside DIR]
sections: ${SECTIONS.join(', ')}; columns: ${columns.join(', ')}; profiles: ${PROFILES.join(', ')}
CONTRIBUTING.md says what they are.`;

/** @throws with a sentence when the words are wrong. */
export function optionsOf(words: readonly string[], columns: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      sections: { type: 'string', default: USUAL.join() },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: columns.join() },
      'at-once': { type: 'string', default: '2' },
      profile: { type: 'string', default: 'balanced' },
      sizes: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      pairs: { type: 'string', default: '4' },
      turns: { type: 'string', default: '40' },
      out: { type: 'string', default: 'dist/bench.json' },
      add: { type: 'boolean', default: false },
      beside: { type: 'string' },
    },
  });
  return {
    sections: chosen('--sections', values.sections, SECTIONS),
    rounds: count('--rounds', values.rounds),
    columns: chosen('--only', values.only, columns),
    atOnce: count('--at-once', values['at-once']),
    profile: choice('--profile', values.profile, PROFILES),
    sizes: values.sizes?.split(',').map((size) => (size === '0' ? 0 : count('--sizes', size))),
    minutes: positive('--minutes', values.minutes),
    pairs: count('--pairs', values.pairs),
    turns: count('--turns', values.turns),
    out: values.out,
    add: values.add,
    beside: values.beside,
  };
}
