import { expect, test } from 'vitest';
import { beforeFence, fenceDown, fenced, fenceUp } from '../../../src/redis/fence.ts';

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

test('since 7.0 both values are set by one command', () => {
  const both = 'CONFIG SET min-replicas-to-write 1000001 min-replicas-max-lag 1000010';
  expect(fenceUp(7, fenced(plain)).map((command) => command.join(' '))).toEqual([both]);
});

const valueOf = (command: readonly string[] | undefined): number => Number(command?.at(-1));

test.each([
  [4, 'min-slaves'],
  [6, 'min-replicas'],
])('of Redis %i, who comes between two commands sees a fence with the values from before', (major, family) => {
  const [up, down] = [fenceUp(major, fenced(plain)), fenceDown(major, plain)];
  expect([...up, ...down].map(([, , name]) => name)).toEqual(
    ['to-write', 'max-lag', 'max-lag', 'to-write'].map((name) => `${family}-${name}`),
  );
  const rising = { ...plain, minReplicasToWrite: valueOf(up[0]) };
  const falling = { ...fenced(plain), minReplicasMaxLag: valueOf(down[0]) };
  expect([rising, falling].map(beforeFence)).toEqual([
    { ...plain, beat: 0 },
    { ...plain, beat: 0 },
  ]);
});
