/** Pairs that have parted and were put together again, so that one side's data is in a rescue of the other's. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Finished } from '../lib/process.ts';
import { type Env, redisha } from '../lib/program.ts';
import type { Reply } from '../lib/resp.ts';
import { copiesBack } from '../lib/unreadable.ts';
import type { TestNode } from './lib/node.ts';
import { part, startPair, type TestPair } from './lib/pair.ts';

type Command = readonly (string | number)[];

export interface Rescued extends TestPair {
  /** The name of the only rescue, which `b` made of what `a` had. */
  readonly name: string;
  readonly file: string;
  /** `redisha rescue …` as a person on b would type it. */
  readonly rescue: (words: readonly string[], env?: Env) => Promise<Finished>;
  /** The same with --json, and what it told. */
  readonly told: <T>(words: readonly string[], code?: number) => Promise<T>;
}

const directoryOf = (node: TestNode): string => join(node.dir, 'state', String(node.port), 'rescue');

/** Where two versions meet, b's host has the programs of both: values packed by the newer one cannot be read by the older server. */
const pathOf = ({ a, b }: TestPair): Env => {
  const bins = [b, a].flatMap(({ redis: { server } }) => server.bin ?? []);
  return { PATH: [...bins, process.env['PATH']].join(':') };
};

const opened = (pair: TestPair): Rescued => {
  const directory = directoryOf(pair.b);
  const path = pathOf(pair);
  const [name = ''] = readdirSync(directory).filter((found) => !found.endsWith('.json'));
  const rescue: Rescued['rescue'] = (words, env = {}) =>
    redisha(['rescue', ...words], pair.b.envFor(pair.a, { ...path, ...env }));
  return {
    ...pair,
    name,
    file: join(directory, name),
    rescue,
    async told<T>(words: readonly string[], code = 0) {
      const done = await rescue([...words, '--json']);
      expect({ code: done.code, stderr: done.stderr }, done.stdout).toEqual({ code, stderr: '' });
      return JSON.parse(done.stdout) as T;
    },
  };
};

/** By force: both servers are young, and the one that started a second later would be taken for one that lost its data. */
const takeOver = async (pair: TestPair): Promise<Rescued> => {
  const { code, stderr } = await pair.b.run('promote', pair.a, ['--force']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // Where a is too old for a copy of b, what is in the rescue is the same.
  if (copiesBack) await pair.a.follows(pair.b);
  return opened(pair);
};

/** A busy machine takes its time for tens of thousands of fields. */
const FILL_MS = 20_000;

const all = async (node: TestNode, commands: readonly Command[]): Promise<readonly Reply[]> =>
  node.redis.askAll(commands, FILL_MS);

/** Both wrote the key `both`, so b keeps its own and a's `commands` are in a suffix. */
export const rescuedSuffix = async (before: readonly Command[], onA: readonly Command[]): Promise<Rescued> => {
  const pair = await startPair({ promptCopies: true });
  await all(pair.a, before);
  await pair.b.follows(pair.a);
  await part(pair, { onA: ['both'], onB: ['both'] });
  await all(pair.a, onA);
  return takeOver(pair);
};

/** The two never knew each other: all that a had is in a dataset. */
export const rescuedDataset = async (onA: readonly Command[], onB: readonly Command[]): Promise<Rescued> => {
  const pair = await startPair({ linked: false, promptCopies: true });
  await all(pair.a, onA);
  await all(pair.b, onB);
  return takeOver(pair);
};
