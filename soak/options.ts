/** The words of `npm run soak --`. Pure. */
import { parseArgs } from 'node:util';
import { choice, count, positive } from '../test/lib/words.ts';
import { PROFILES, type Profile } from './faults.ts';

export const USAGE = `usage: npm run soak -- [--minutes N] [--seed S] [--profile ${PROFILES.join('|')}] [--from STEP] [--only WORDS] [--logs]`;

export interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly profile: Profile;
  readonly from: number;
  readonly only: string;
  readonly logs: boolean;
}

/** @throws with a sentence when the words are wrong. */
export function optionsOf(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      profile: { type: 'string', default: 'article' },
      from: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      logs: { type: 'boolean', default: false },
    },
  });
  return {
    minutes: positive('--minutes', values.minutes),
    seed: count('--seed', values.seed),
    profile: choice('--profile', values.profile, PROFILES),
    from: count('--from', values.from),
    only: values.only,
    logs: values.logs,
  };
}
