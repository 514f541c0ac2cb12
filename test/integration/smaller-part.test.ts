/** Two masters wrote the same keys: what is put aside is the smaller part, also where that is of the node with the address. */
import { expect, test } from 'vitest';
import { expectInOrder, part, startPair } from './lib/pair.ts';
import { rescuedText, rescuesOf, valuesOf } from './lib/rounds.ts';

test('both wrote the same key, and b wrote most: the write of a is in a file, and a leads with what b took', async () => {
  const pair = await startPair({ promptCopies: true });
  await part(pair, { onA: ['met'], onB: ['met', 'b1', 'b2'] });
  expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
  expect(pair.a.decisions).toEqual([225, 230, 212, 300, 204]);
  await expectInOrder(pair.a, pair.b);
  expect(await valuesOf(pair.a, ['met', 'b1', 'b2'])).toEqual({ met: 'by b', b1: 'by b', b2: 'by b' });
  expect(rescuedText(pair.a)).toMatch(/met\r\n\$4\r\nby a/);
  expect(rescuesOf(pair.a)).toHaveLength(1);
});
