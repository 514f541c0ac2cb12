/** The file by which a resident tells keepalived the verdict, and the log in which it says why. */
import { existsSync, readFileSync } from 'node:fs';
import { waitFor } from '../../lib/wait.ts';
import type { TestNode } from './node.ts';

export const FIT = '0\n';
export const UNFIT = '1\n';
export const DEADLINE_MS = 10_000;

export const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : 'nothing');

export const says = (file: string, content: string, deadlineMs = DEADLINE_MS): Promise<string> =>
  waitFor(
    `${JSON.stringify(content)} in ${file}`,
    { deadlineMs, everyMs: 5 },
    () => read(file),
    (seen) => seen === content,
  );

/** All of these words stand in the log of `node`. */
export const logged = (node: TestNode, ...words: readonly string[]): Promise<string> =>
  waitFor(
    `${words.join(' and ')} in the log`,
    { deadlineMs: DEADLINE_MS, everyMs: 20 },
    () => node.log,
    (log) => words.every((word) => log.includes(word)),
  );
