/** What a run leaves behind: its samples, and on what they were measured. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { dirname } from 'node:path';
import { run } from '../test/lib/process.ts';
import type { Sample } from './samples.ts';

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
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    kernel: release(),
    redis: wordOf(await firstLine(['redis-server', '--version']), /v=(\S+)/),
    keepalived: wordOf(await firstLine(['keepalived', '--version']), / v(\S+)/),
    node: process.version,
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
