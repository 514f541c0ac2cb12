/** When the clients of the address are asked for, and when they are told that it has moved. */
import { expect, test } from 'vitest';
import type { Moment } from './clients-moments.ts';
import { ARRIVED, listed, local, LOST, peer, play, UNLISTED, WOKEN } from './clients-moments.ts';

test.each<[name: string, done: readonly string[], moments: readonly Moment[]]>([
  ['a master that is seen for the first time', ['0: all'], [[0, peer(5)]]],
  [
    'nobody is asked twice at once',
    ['0: all'],
    [
      [0, peer(5)],
      [1, peer(9)],
    ],
  ],
  [
    'nobody has come since',
    ['0: all'],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [60_000, peer(6)],
    ],
  ],
  [
    'two have come since',
    ['0: all', '5000: 8 to 25'],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [5000, peer(8)],
    ],
  ],
  [
    'the numbers count from the last whole list',
    ['0: all', '5000: 8 to 25', '6000: 8 to 27'],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [5000, peer(8)],
      [5001, listed(10, 9, { isWhole: false })],
      [5500, peer(9)],
      [6000, peer(10)],
    ],
  ],
  [
    'many have come since, and the list cost little',
    ['0: all', '5000: all'],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [5000, peer(900)],
    ],
  ],
  [
    'many have come since, and the list cost a lot',
    ['0: all', '20001: all'],
    [
      [0, peer(5)],
      [1, listed(7, 6, { bytes: 4e6 })],
      [5000, peer(900)],
      [20_000, peer(901)],
      [20_001, peer(902)],
    ],
  ],
  [
    'CONFIG RESETSTAT sets the count back',
    ['0: all', '5000: all'],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [5000, peer(2)],
    ],
  ],
  [
    'another run of the server',
    ['0: all', '5000: all'],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [5000, peer(6, { run: 'S' })],
    ],
  ],
  [
    'a server before 6.2 takes no numbers',
    ['0: all', '5000: all'],
    [
      [0, peer(5, { takesNumbers: false })],
      [1, listed(7, 6)],
      [5000, peer(8, { takesNumbers: false })],
    ],
  ],
  [
    'a server that does not count its connections',
    ['0: all', '1001: all'],
    [
      [0, peer(undefined)],
      [1, listed(7, undefined)],
      [500, peer(undefined)],
      [1001, peer(undefined)],
    ],
  ],
  ['a replica has no clients of the address', [], [[0, peer(5, { isMaster: false })]]],
  ['the address is here', [], [[0, peer(5, { isMaster: false }, true)]]],
  [
    'both had the address while the network was broken, and the other one has given way',
    ['0: all', '6000: send 0', '6200: send 1'],
    [
      [0, local(true)],
      [0, peer(5, {}, true)],
      [1, listed(7, 6)],
      [5000, peer(6, {}, true)],
      [6000, peer(6, { isMaster: false }, true)],
      [6200, WOKEN],
    ],
  ],
  [
    'the other one was out of sight, and has given way before it was seen again',
    ['6000: all', '7000: send 0', '7200: send 1'],
    [
      [0, local(true)],
      [0, LOST],
      [6000, peer(5, { isMaster: false }, true)],
      [6001, listed(7, 6)],
      [7000, peer(6, { isMaster: false }, true)],
      [7200, WOKEN],
    ],
  ],
  [
    'the role has moved, and the address after it',
    ['0: all'],
    [
      [0, local(true)],
      [0, peer(5, {}, true)],
      [1, listed(7, 6)],
      [100, peer(6)],
      [9000, peer(6, { isMaster: false }, true)],
    ],
  ],
  [
    'what cannot be had is asked for five seconds later, and as a whole',
    ['0: all', '5000: 8 to 24', '10001: all'],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [5000, peer(7)],
      [5001, UNLISTED],
      [10_000, peer(7)],
      [10_001, peer(7)],
    ],
  ],
  [
    'the address comes to a master',
    [
      '1000: send 0',
      '1200: send 1',
      '1500: send 2',
      '2000: send 3',
      '3000: send 4',
      '5500: send 5',
      '10000: send 6, the last',
    ],
    [
      [0, local(true)],
      [1000, ARRIVED],
      [1100, WOKEN],
      [1200, WOKEN],
      [1500, WOKEN],
      [2000, WOKEN],
      [3000, WOKEN],
      [5500, WOKEN],
      [9000, WOKEN],
      [10_000, WOKEN],
      [19_000, WOKEN],
    ],
  ],
  [
    'the address comes before the role',
    ['1400: send 0', '1600: send 1'],
    [
      [0, local(false)],
      [1000, ARRIVED],
      [1200, local(false)],
      [1400, local(true)],
      [1500, local(true)],
      [1600, WOKEN],
    ],
  ],
  [
    'the address leaves again before all have been told as often as that',
    ['1000: send 0', '3000: all'],
    [
      [0, local(true)],
      [1000, ARRIVED],
      [1100, peer(5)],
      [3000, peer(5)],
    ],
  ],
  [
    'the role does not come',
    ['4000: send 0'],
    [
      [0, local(false)],
      [1000, ARRIVED],
      [3999, WOKEN],
      [4000, WOKEN],
    ],
  ],
  [
    'keepalived and the kernel say that it has come',
    ['1000: send 0'],
    [
      [0, local(true)],
      [1000, ARRIVED],
      [1001, ARRIVED],
      [1100, WOKEN],
    ],
  ],
  [
    'what was listed before is told, and the next list begins anew',
    [
      '0: all',
      '5000: send 0',
      '5200: send 1',
      '5500: send 2',
      '6000: send 3',
      '7000: send 4',
      '9500: send 5',
      '14000: send 6, the last',
      '15000: all',
    ],
    [
      [0, peer(5)],
      [1, listed(7, 6)],
      [4000, local(true)],
      [5000, ARRIVED],
      [5100, peer(9)],
      ...[5200, 5500, 6000, 7000, 9500, 14_000].map((atMs): Moment => [atMs, WOKEN]),
      [15_000, peer(9)],
    ],
  ],
])('%s', (_, done, moments) => {
  expect(play(moments).done).toEqual(done);
});
