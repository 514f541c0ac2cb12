/** When a check starts a resident for a script that asks. */
import { expect, test } from 'vitest';
import { isAttendantMissing } from '../../../src/app/attendant.ts';

test.each([
  ['nobody asks', undefined, undefined, false],
  ['nobody asks any more', 10_000, undefined, false],
  ['a script asks, and nobody ever looked', 9_999, undefined, true],
  ['a script asks, and nobody looks any more', 0, 5, true],
  ['a script asks, and somebody looks', 0, 4, false],
])('%s', (_name, askedMs, secondsSinceLook, isMissing) => {
  expect(isAttendantMissing({ askedMs, secondsSinceLook })).toBe(isMissing);
});
