/** When the list of clients wants to be woken. */
import { expect, test } from 'vitest';
import type { Moment } from './clients-moments.ts';
import { ARRIVED, listed, local, peer, play, WOKEN } from './clients-moments.ts';

test.each<[name: string, wakeAtMs: number | undefined, moments: readonly Moment[]]>([
  [
    'never, while the address is away',
    undefined,
    [
      [0, peer(5)],
      [1, listed(7, 6)],
    ],
  ],
  [
    'when the role has had its time',
    4000,
    [
      [0, local(false)],
      [1000, ARRIVED],
    ],
  ],
  [
    'for the next round',
    1200,
    [
      [0, local(true)],
      [1000, ARRIVED],
    ],
  ],
  [
    'no more after the last',
    undefined,
    [[0, local(true)], [0, ARRIVED], ...[200, 500, 1000, 2000, 4500, 9000].map((at): Moment => [at, WOKEN])],
  ],
])('%s', (_, wakeAtMs, moments) => {
  expect(play(moments).wakeAtMs).toBe(wakeAtMs);
});
