/** What a run leaves behind: its samples, and on what they were measured. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';
import { dirname } from 'node:path';
import { run } from '../test/lib/process.ts';
import { isThere, lastFetched } from '../test/lib/suites/programs.ts';
import type { Sample } from './samples.ts';

/** The first server whose Sentinel can move the role in step with the master is 9.0. */
export const VALKEY = 'sid/valkey';

export interface Report {
  readonly date: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

const firstLine = async (argv: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await run(argv);
  return (stdout || stderr).split('\n')[0] ?? '';
};

const wordOf = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? text;

export async function machine(): Promise<Report['machine']> {
  const valkey = lastFetched()
    .filter(isThere)
    .find(({ id }) => id === VALKEY);
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    kernel: release(),
    redis: wordOf(await firstLine(['redis-server', '--version']), /v=(\S+)/),
    keepalived: wordOf(await firstLine(['keepalived', '--version']), / v(\S+)/),
    node: process.version,
    ioredis: (createRequire(import.meta.url)('ioredis/package.json') as { version: string }).version,
    commit: await firstLine(['git', 'rev-parse', '--short', 'HEAD']),
    ...(valkey === undefined ? {} : { valkey: valkey.version }),
  };
}

const NOTHING: Report = { date: '', machine: {}, samples: [] };

/** What is there already. */
export const reportIn = (file: string): Report =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : NOTHING;

/** One line for each sample, so that two runs can be compared line by line. */
export function writeReport(file: string, report: Report): void {
  const { samples, ...head } = report;
  const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`).join(',\n');
  const text = JSON.stringify({ ...head, samples: [] }, undefined, 2).replace('[]', `[\n${lines}\n  ]`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${text}\n`);
}
