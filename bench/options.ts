/** The words of `npm run bench --`. Pure. */
import { parseArgs } from 'node:util';

export const SECTIONS = ['startup', 'faults', 'dataset', 'load', 'instances', 'checks', 'calm'] as const;
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
  readonly picture: string | undefined;
}

const PROFILES = ['article', 'balanced', 'fast'] as const;

function chosen<const T extends string>(flag: string, text: string, all: readonly T[]): readonly T[] {
  return text.split(',').map((word) => {
    const found = all.find((one) => one === word.trim());
    if (found === undefined) throw new Error(`${flag} takes ${all.join(', ')}; got "${word}"`);
    return found;
  });
}

function positive(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new Error(`${flag} takes a number above 0; got "${text}"`);
  return number;
}

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
      picture: { type: 'string' },
    },
  });
  const [profile = 'balanced'] = chosen('--profile', values.profile, PROFILES);
  const sections = values.sections === 'none' ? [] : chosen('--sections', values.sections, SECTIONS);
  return {
    sections,
    rounds: positive('--rounds', values.rounds),
    columns: chosen('--only', values.only, columns),
    atOnce: positive('--at-once', values['at-once']),
    profile,
    sizes: values.sizes?.split(',').map((size) => (size === '0' ? 0 : positive('--sizes', size))),
    minutes: positive('--minutes', values.minutes),
    pairs: positive('--pairs', values.pairs),
    turns: positive('--turns', values.turns),
    out: values.out,
    add: values.add,
    picture: values.picture,
  };
}
