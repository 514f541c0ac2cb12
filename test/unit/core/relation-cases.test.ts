/** What `relation` says, case by case and in words. */
import { describe, expect, test } from 'vitest';
import { describeLoss, describeRelation, isContained, lacks, relation } from '../../../src/core/relation.ts';
import { at, master } from './builders.ts';

describe('relation, case by case', () => {
  const silent = { backlogFirstOffset: undefined };
  const empty = master({ history: at('E', 0), keys: 0 });
  const drained = master({ history: at('R', 120), keys: 0 });
  test.each([
    ['a loser that lost its data', empty, master(), 'it holds no keys'],
    [
      'a loser that lost its data, and was promoted since',
      master({ history: at('F', 30, 'E', 0), keys: 0 }),
      master(),
      'it holds no keys',
    ],
    [
      'a loser that lost its data long ago, and sent nothing but pings since',
      master({ history: at('E', 14_000), keys: 0 }),
      master(),
      'it holds no keys',
    ],
    [
      'a loser that began without data, and has deleted what it took since',
      master({ history: at('E', 14_015), keys: 0 }),
      master(),
      'it has deleted its keys, and shares no known history with the other side',
    ],
    [
      'a loser that has deleted what it took, and counts no offset',
      master({ history: at('E', 0), keys: 0, changesSinceSave: 2 }),
      master(),
      'it has deleted its keys, and shares no known history with the other side',
    ],
    [
      'a loser whose keys were deleted on both',
      master({ history: at('X', 130, 'R', 100), keys: 0 }),
      drained,
      'it holds no keys',
    ],
    ['a loser whose last key was deleted', drained, master(), 'it is 20 bytes of replication stream ahead'],
    [
      'a loser whose last key was deleted while the other one wrote',
      master({ history: at('X', 130, 'R', 100), keys: 0 }),
      master({ history: at('R', 114) }),
      'it took 30 bytes of writes of its own since they parted at offset 100',
    ],
    [
      'a loser without keys that is behind',
      master({ history: at('R', 90), keys: 0 }),
      master(),
      'it is 10 bytes of replication stream behind and holds nothing else',
    ],
    [
      'a loser whose last key was deleted before it was promoted once more',
      master({ history: at('Y', 140, 'X', 130), keys: 0 }),
      master(),
      'it has deleted its keys, and shares no known history with the other side',
    ],
    ['equal histories', master(), master(), 'both hold the same data'],
    [
      'a loser behind',
      master({ history: at('R', 90) }),
      master(),
      'it is 10 bytes of replication stream behind and holds nothing else',
    ],
    [
      'a loser behind one that is older, and has refused commands',
      master({ history: at('R', 90), program: { product: 'redis', version: [8, 0, 2] } }),
      master({ refusedCommands: 1 }),
      'the other side is an older server and has refused commands that this one has carried out',
    ],
    [
      'a loser behind one of its age, which has answered an error',
      master({ history: at('R', 90) }),
      master({ refusedCommands: 1 }),
      'it is 10 bytes of replication stream behind and holds nothing else',
    ],
    ['a loser ahead', master({ history: at('R', 120) }), master(), 'it is 20 bytes of replication stream ahead'],
    [
      'a loser promoted since',
      master({ history: at('X', 100, 'R', 100) }),
      master({ history: at('R', 100) }),
      'both hold the same data',
    ],
    [
      'a replica that lagged when its master was demoted and promoted again',
      master({ history: at('X', 100, 'R', 100) }),
      master({ history: at('X', 100, 'R', 90) }),
      'both hold the same data',
    ],
    [
      'two that were promoted',
      master({ history: at('X', 120, 'R', 100) }),
      master({ history: at('Y', 95, 'R', 90) }),
      'it took 30 bytes of writes of its own since they parted at offset 90',
    ],
    ['strangers', master({ history: at('U', 5) }), master(), 'its 10 keys share no known history with the other side'],
    [
      'a promoted server that does not count its writes',
      master({ history: at('X', 100, 'R', 100), ...silent }),
      master(),
      'its 10 keys share no known history with the other side',
    ],
    [
      'servers without replication ids',
      master({ history: at('', 100) }),
      master({ history: at('', 100) }),
      'its 10 keys share no known history with the other side',
    ],
  ] as const)('%s', (_, loser, winner, words) => {
    expect(describeRelation(relation(loser, winner))).toBe(words);
  });
});

/** It stood at 100 of R when it was promoted, and nobody knows what it wrote since. */
const uncounted = master({ history: at('X', 100, 'R', 100), backlogFirstOffset: undefined });

test.each([
  ['where the loser stood, or further', master({ history: at('R', 90) }), true],
  ['just where the loser stood', master({ history: at('R', 100) }), true],
  ['behind the loser', master({ history: at('R', 101) }), false],
  ['in another history', master({ history: at('U', 90) }), false],
])('a winner that does not count its writes was promoted %s', (_where, loser, expected) => {
  expect(isContained(loser, uncounted)).toBe(expected);
  expect(isContained(uncounted, loser)).toBe(false);
  expect(lacks(loser, uncounted)).toBe(expected);
});

test('what would be lost of who stands there is said in other words than of a stranger', () => {
  expect(describeLoss(master({ history: at('R', 90) }), uncounted)).toBe('the other side went on from what it holds');
  expect(describeLoss(uncounted, master())).toContain('share no known history');
});
