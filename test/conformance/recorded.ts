/** Histories as they were recorded on real servers: one line of JSON each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History, Operation } from './history.ts';
import type { SeenPair } from './seen.ts';

export interface Step {
  readonly operation: Operation;
  /** The reply: `OK`, the error in the server's words, or the first word of what a write was answered. */
  readonly said: string;
  /** The replies that writes which had been held back got meanwhile. */
  readonly late: readonly string[];
  readonly seen: SeenPair;
}

export interface Recording extends Pick<History, 'seed' | 'appendOnly'> {
  readonly version: string;
  readonly steps: readonly Step[];
}

export const RECORDINGS = join(import.meta.dirname, '..', 'fixtures', 'recorded-histories.jsonl');

export const recordings = (): readonly Recording[] =>
  readFileSync(RECORDINGS, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Recording);

export const historyIn = ({ seed, appendOnly, steps }: Recording): History => ({
  seed,
  appendOnly,
  operations: steps.map(({ operation }) => operation),
});
