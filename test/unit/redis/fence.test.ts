import { expect, test } from 'vitest';
import { beforeFence, fenced } from '../../../src/redis/fence.ts';

const plain = { minReplicasToWrite: 1, minReplicasMaxLag: 10 };
const fieldsOf = ({ minReplicasToWrite, minReplicasMaxLag }: typeof plain) => ({
  minReplicasToWrite,
  minReplicasMaxLag,
});

test('a fence gives back what it replaced, however often it was renewed', () => {
  expect(beforeFence(plain)).toBeUndefined();
  const beats = new Set<number | undefined>();
  let up = fenced(plain);
  for (let renewals = 0; renewals < 5; renewals++) {
    const before = beforeFence(up);
    if (before === undefined) throw new Error('no fence is up');
    expect(fieldsOf(before)).toEqual(plain);
    beats.add(before.beat);
    const renewed = fenced(before);
    expect(beforeFence(renewed)?.beat, 'each renewal shows').not.toBe(before.beat);
    up = renewed;
  }
  expect(beats.size).toBe(2);
});

test('half a fence keeps every write off like a whole one, and is known as one', () => {
  const half = { ...fenced(plain), minReplicasMaxLag: plain.minReplicasMaxLag };
  const before = beforeFence(half);
  expect(before).toEqual({ ...plain, beat: 0 });
});
