/** A merge that was cut off before the loser followed, which then took more writes: nothing counts twice. */
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { SuffixRange } from '../../src/app/ports.ts';
import { partingOffset } from '../../src/core/relation.ts';
import { createRescuer } from '../../src/redis/rescuer.ts';
import { redisha } from '../lib/program.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, part, startPair, type TestPair } from './lib/pair.ts';
import { PLAIN, viewOf } from './lib/plain-connection.ts';
import { rescuesOf } from './lib/rounds.ts';

const REASON = { side: 'peer', why: 'diverged' } as const;

const rescuerOn = (node: TestNode) =>
  createRescuer({
    connect: (endpoint) => ({ ...PLAIN, endpoint }),
    directory: join(node.dir, 'state', String(node.port), 'rescue'),
    keep: 10,
    bytesMax: 1e9,
    clock: { wallIso: () => new Date().toISOString() },
    onPruned: () => Promise.resolve(),
    onReplaced: () => Promise.resolve(),
  });

/** What b took since the two parted. */
const lostBy = async ({ a, b }: TestPair): Promise<SuffixRange> => {
  const [mine, theirs] = [await viewOf(b), await viewOf(a)];
  const fromOffset = partingOffset(mine, theirs) ?? 0;
  const { replid, offset: toOffset } = mine.history;
  return { endpoint: { host: b.address, port: b.port }, replid, fromOffset, toOffset, onlyDatabase: 0 };
};

/** b's first writes are in a file of a, and on a; nobody came to write that down. */
const cutOff = async (): Promise<TestPair & { readonly first: string }> => {
  const pair = await startPair();
  await part(pair, { onA: ['of a'] });
  await pair.b.ask('INCR', 'counter');
  const first = await rescuerOn(pair.a).saveSuffix(await lostBy(pair), { ...REASON, mayBeReplayed: true });
  await rescuerOn(pair.a).replay(first, { host: pair.a.address, port: pair.a.port }, () => Promise.resolve());
  return { ...pair, first };
};

test('what was merged is written down, and the loser follows', async () => {
  const pair = await cutOff();
  expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
  await expectInOrder(pair.a, pair.b);
  expect(await pair.a.ask('GET', 'counter')).toBe('1');
  expect(pair.a.journal.find(({ event }) => event === 'merged')).toMatchObject({ file: pair.first, loser: 'peer' });
  expect(rescuesOf(pair.a)).toHaveLength(1);
});

test('of what the loser wrote, only what came after the merge is saved', async () => {
  const pair = await cutOff();
  await pair.b.ask('INCR', 'counter');
  expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
  await expectInOrder(pair.a, pair.b);
  const [one, second] = rescuesOf(pair.a).map(({ name }) => name);
  expect(one).toBe(basename(pair.first));
  expect(second).toMatch(new RegExp(`-${/-(\d+)\.resp$/.exec(pair.first)?.[1] ?? ''}-\\d+\\.resp$`));
  const restored = await redisha(['rescue', 'restore', second ?? '', '--replay'], pair.a.envFor(pair.b));
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(await pair.a.ask('GET', 'counter')).toBe('2');
});

test.each(['in the journal', 'on the master alone'])(
  'a rescue that shares commands with one that was merged is not replayed: %s',
  async (where) => {
    const pair = await cutOff();
    await pair.b.ask('INCR', 'counter');
    const whole = await rescuerOn(pair.a).saveSuffix(await lostBy(pair), REASON);
    if (where === 'in the journal') {
      await pair.a.told('master', pair.b);
      await pair.a.ask('DEL', ...((await pair.a.ask('KEYS', 'redisha:*')) as string[]));
    } else {
      await pair.b.ask('REPLICAOF', pair.a.address, pair.a.port);
    }
    for (const words of [[], ['--dry-run']]) {
      const refused = await redisha(['rescue', 'restore', whole, '--replay', ...words], pair.a.envFor(pair.b));
      expect(refused).toMatchObject({ code: 4, stdout: '' });
      expect(refused.stderr).toContain(`with ${basename(pair.first)}`);
    }
    expect(await pair.a.ask('GET', 'counter')).toBe('1');
  },
);
