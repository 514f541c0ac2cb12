/** When a check starts a repair that it started before. */
import { describe, expect, test } from 'vitest';
import { repairDue } from '../../../src/core/repairs.ts';

const NOBODY = '50/54 local replica peer replica';
const LEADS = '38 local master peer replica';
const RIVAL = '32 local master peer master';
const SERVER = 7;
const REASON = `master: ${NOBODY} ${String(SERVER)}`;

/** A repair for want of a master was started after a second; since `sinceMs` it has looked like `condition`. */
const after = (condition: string, sinceMs: number) => ({ condition, sinceMs, repairs: { [REASON]: 1000 } });

const isDue = (before: ReturnType<typeof after> | undefined, nowMs: number, processId = SERVER): boolean =>
  repairDue(before, { condition: NOBODY, heal: 'master', processId }, nowMs).isDue;

describe('a repair', () => {
  test('is started by the first check, and remembered', () => {
    const found = { condition: NOBODY, heal: 'master', processId: SERVER } as const;
    expect(repairDue(undefined, found, 1000)).toEqual({ isDue: true, repairs: { [REASON]: 1000 } });
  });

  test('is not started where there is nothing to repair', () => {
    const found = { condition: LEADS, heal: undefined, processId: SERVER };
    expect(repairDue(after(NOBODY, 0), found, 2000)).toEqual({ isDue: false, repairs: { [REASON]: 1000 } });
  });

  test('of what stays as it is: every 10 s', () => {
    expect([10_999, 11_000].map((nowMs) => isDue(after(NOBODY, 0), nowMs))).toEqual([false, true]);
  });

  test('of what goes and comes back: a change does not forget it', () => {
    expect([9000, 11_000].map((nowMs) => isDue(after(RIVAL, 2000), nowMs))).toEqual([false, true]);
  });

  test('of a server that has restarted since: at once', () => {
    expect(isDue(after(NOBODY, 0), 2000, SERVER + 1)).toBe(true);
  });

  test.each([LEADS, '66 local replica peer master', '38 local master peer refused'])(
    'anew, after %s for two seconds',
    (sound) => {
      expect([3999, 4000].map((nowMs) => isDue(after(sound, 2000), nowMs))).toEqual([false, true]);
    },
  );

  test.each([
    '38 local master peer unreachable',
    '34/38 local master peer master',
    '52 local replica peer master',
    '62 local replica peer master',
  ])('not anew after %s, which is not in order', (condition) => {
    expect(isDue(after(condition, 2000), 9000)).toBe(false);
  });
});
