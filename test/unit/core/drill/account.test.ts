/** What became of what clients were told is done. */
import { describe, expect, test } from 'vitest';
import {
  counterAccount,
  type Increment,
  keysAccount,
  messagesAccount,
  queueAccount,
  sumOf,
} from '../../../../src/core/drill/account.ts';

const X = 'uncertain';

describe('a counter', () => {
  test.each<
    [string, readonly Increment[], number, { acknowledged: number; uncertain: number; lost: number; twice: number }]
  >([
    ['nothing was called', [], 0, { acknowledged: 0, uncertain: 0, lost: 0, twice: 0 }],
    ['every call once', [1, 2, 3], 3, { acknowledged: 3, uncertain: 0, lost: 0, twice: 0 }],
    ['a call without an answer was carried out', [1, X, 3], 3, { acknowledged: 2, uncertain: 1, lost: 0, twice: 0 }],
    [
      'a call without an answer was not carried out',
      [1, X, 2],
      2,
      { acknowledged: 2, uncertain: 1, lost: 0, twice: 0 },
    ],
    [
      'the last call without an answer was carried out',
      [1, X],
      2,
      { acknowledged: 1, uncertain: 1, lost: 0, twice: 0 },
    ],
    ['a call that was sent again counted twice', [1, 3, 4], 4, { acknowledged: 3, uncertain: 0, lost: 0, twice: 1 }],
    [
      'one without an answer, sent again, counted twice',
      [1, X, 4],
      4,
      { acknowledged: 2, uncertain: 1, lost: 0, twice: 1 },
    ],
    ['one counted again after the last answer', [1, 2], 3, { acknowledged: 2, uncertain: 0, lost: 0, twice: 1 }],
    ['the counter went back by one', [1, 2, 3, 3, 4], 4, { acknowledged: 5, uncertain: 0, lost: 1, twice: 0 }],
    ['the counter began anew', [1, 2, 3, 1, 2], 2, { acknowledged: 5, uncertain: 0, lost: 3, twice: 0 }],
    ['the key is gone at the end', [1, 2], 0, { acknowledged: 2, uncertain: 0, lost: 2, twice: 0 }],
    ['one lost and one twice are not nothing', [1, 2, 2, 4], 4, { acknowledged: 4, uncertain: 0, lost: 1, twice: 1 }],
  ])('%s', (_what, calls, final, account) => {
    expect(counterAccount(calls, final)).toEqual({ kind: 'counter', ...account });
  });

  test('several are one sum', () => {
    expect(sumOf([counterAccount([1, X], 1), counterAccount([1, 3], 2)])).toEqual({
      kind: 'counter',
      acknowledged: 3,
      uncertain: 1,
      lost: 1,
      twice: 1,
    });
  });
});

test('of new keys those are lost that were acknowledged and are not there', () => {
  expect(keysAccount(['a', 'b', 'c'], new Set(['a', 'c', 'd']))).toEqual({ kind: 'keys', acknowledged: 3, lost: 1 });
});

test.each([
  ['all heard', [0, 1, 2], [0, 1, 2], { heard: 3, missed: 0, twice: 0 }],
  ['one heard whose publisher got no answer', [0, 2], [0, 1, 2], { heard: 3, missed: 0, twice: 0 }],
  ['two missed', [0, 1, 2], [1], { heard: 1, missed: 2, twice: 0 }],
  ['one heard twice', [0, 1], [0, 1, 1], { heard: 2, missed: 0, twice: 1 }],
])('messages: %s', (_what, published, heard, account) => {
  expect(messagesAccount(published, heard)).toEqual({ kind: 'messages', published: published.length, ...account });
});

test.each([
  ['all popped', [0, 1], [0, 1], [], { popped: 2, left: 0, lost: 0, twice: 0 }],
  ['one is still in the list', [0, 1], [0], [1], { popped: 1, left: 1, lost: 0, twice: 0 }],
  ['one is nowhere', [0, 1], [1], [], { popped: 1, left: 0, lost: 1, twice: 0 }],
  ['one was popped and is in the list again', [0, 1], [0, 1], [1], { popped: 2, left: 1, lost: 0, twice: 1 }],
])('a queue: %s', (_what, pushed, popped, left, account) => {
  expect(queueAccount(pushed, popped, left)).toEqual({ kind: 'queue', pushed: pushed.length, ...account });
});
