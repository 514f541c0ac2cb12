/** Do the writes of two sides meet? */
import { describe, expect, test } from 'vitest';
import { meetingKeys, type Written } from '../../../src/core/merge.ts';

const wrote = (keys: readonly string[], removed: readonly string[] = []): Written => ({
  keys: [...keys, ...removed].toSorted(),
  removed,
  everything: undefined,
});
const anyKey: Written = { keys: [], removed: [], everything: 'FLUSHALL' };

describe('the keys that both sides wrote', () => {
  test.each([
    ['none', wrote(['a']), wrote(['b']), []],
    ['one', wrote(['a', 'b']), wrote(['b', 'c']), ['b']],
    ['none that both removed', wrote(['a'], ['x']), wrote(['b'], ['x', 'y']), []],
    ['one that only one side removed', wrote([], ['x']), wrote(['x']), ['x']],
    ['one that the other side removed', wrote(['x']), wrote([], ['x']), ['x']],
    ['perhaps any', wrote(['a']), anyKey, ['any key (FLUSHALL)']],
    ['none where one side is not known', wrote(['a']), undefined, []],
  ])('%s', (_name, one, other, met) => {
    expect(meetingKeys(one, other)).toEqual(met);
  });
});
