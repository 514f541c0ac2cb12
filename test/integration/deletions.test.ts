/** Both nodes are masters, the address is at a, and one of them has deleted its last key: that counts like any write. */
import { expect, test } from 'vitest';
import { expectInOrder, part, startPair } from './lib/pair.ts';
import { rescuedText } from './lib/rounds.ts';
import { keepAlivesOnly } from './lib/troubles.ts';

/** The keys that both hold from the beginning. */
const SEEDS = Array.from({ length: 10 }, (_, at) => `seed:${at}`);

test('the last key was deleted on a, b sent keep-alives: nothing comes back', async () => {
  const pair = await startPair();
  await part(pair, {});
  await pair.a.ask('DEL', ...SEEDS);
  await keepAlivesOnly(pair.b);
  expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
  expect(pair.a.decisions.slice(0, 2)).toEqual([225, 226]);
  await expectInOrder(pair.a, pair.b);
  expect(await pair.a.ask('DBSIZE')).toBe(0);
});

test('the last key was deleted on b, a wrote: the deletions are merged like any write', async () => {
  const pair = await startPair();
  await part(pair, { onA: ['a1'] });
  await pair.b.ask('DEL', ...SEEDS);
  expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
  expect(pair.a.decisions).toEqual([225, 228, 222, 204]);
  await expectInOrder(pair.a, pair.b);
  expect(await pair.b.ask('KEYS', '[as]*')).toEqual(['a1']);
});

test('the last key was deleted on a, b wrote the same key: the deletions stay, and what b wrote is in a file', async () => {
  const pair = await startPair();
  await part(pair, { onB: ['seed:1'] });
  await pair.a.ask('DEL', ...SEEDS);
  expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
  expect(pair.a.decisions).toEqual([225, 229, 222, 204]);
  await expectInOrder(pair.a, pair.b);
  expect(await pair.b.ask('DBSIZE')).toBe(0);
  expect(rescuedText(pair.a)).toContain('by b');
});

test('a has done the work of its queue, b comes back with an old copy of it: nothing of that is done twice', async () => {
  const pair = await startPair({ linked: false });
  await pair.b.ask('RPUSH', 'queue', 'done long ago');
  await pair.a.redis.askAll([
    ['RPUSH', 'queue', 'done'],
    ['LPOP', 'queue'],
  ]);
  expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
  expect(pair.a.decisions.slice(0, 3)).toEqual([225, 229, 222]);
  await expectInOrder(pair.a, pair.b);
  expect(await pair.a.ask('EXISTS', 'queue')).toBe(0);
  expect(rescuedText(pair.a)).toMatch(/^(REDIS|VALKEY)[^]*done long ago/);
});
