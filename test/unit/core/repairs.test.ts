/** When a check starts a repair that it started before. */
import { describe, expect, test } from 'vitest';
import { repairsSince } from '../../../src/core/repairs.ts';

const NOBODY = '50/54 local replica peer replica';
const LEADS = '38 local master peer replica';
const RIVAL = '32 local master peer master';
const NOBODYS = `master: ${NOBODY}`;

const after = (condition: string, sinceMs: number) => ({ condition, sinceMs, repairs: { [NOBODYS]: 1000 } });

describe('the repairs that stand against another one', () => {
  test('the first check knows of none', () => {
    expect(repairsSince(undefined, NOBODY, 0)).toEqual({});
  });

  test('what stays as it is: for 10 s', () => {
    expect(repairsSince(after(NOBODY, 0), NOBODY, 10_999)).toEqual({ [NOBODYS]: 1000 });
    expect(repairsSince(after(NOBODY, 0), NOBODY, 11_000)).toEqual({});
  });

  test('what goes and comes back: a change does not forget it', () => {
    expect(repairsSince(after(RIVAL, 2000), NOBODY, 9000)).toEqual({ [NOBODYS]: 1000 });
    const both = { condition: RIVAL, sinceMs: 2000, repairs: { [NOBODYS]: 1000, [`master: ${RIVAL}`]: 5000 } };
    expect(repairsSince(both, NOBODY, 11_500)).toEqual({ [`master: ${RIVAL}`]: 5000 });
  });

  test.each([LEADS, '66 local replica peer master', '38 local master peer refused'])('%s for two seconds', (sound) => {
    expect(repairsSince(after(sound, 2000), NOBODY, 3999)).toEqual({ [NOBODYS]: 1000 });
    expect(repairsSince(after(sound, 2000), NOBODY, 4000)).toEqual({});
    expect(repairsSince(after(sound, 2000), sound, 9000)).toEqual({ [NOBODYS]: 1000 });
  });

  test.each(['38 local master peer unreachable', '52 local replica peer master', '62 local replica peer master'])(
    '%s is not in order',
    (condition) => {
      expect(repairsSince(after(condition, 2000), NOBODY, 9000)).toEqual({ [NOBODYS]: 1000 });
    },
  );
});
