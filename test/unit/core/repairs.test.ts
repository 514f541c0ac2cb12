/** When a check starts a repair that it started before. */
import { describe, expect, test } from 'vitest';
import type { CheckFacts } from '../../../src/core/check-facts.ts';
import type { Condition } from '../../../src/core/check/condition.ts';
import { conditionOf } from '../../../src/core/check/condition.ts';
import { repairDue } from '../../../src/core/repairs.ts';
import { at, checkOf, LOCAL, master, replica, silent } from './builders.ts';

const seen = (local: CheckFacts['local'], peer: CheckFacts['peer'], changes: Partial<CheckFacts> = {}): Condition =>
  conditionOf(checkOf(local, peer, changes));

const UNDER_ADDRESS = { vrrpState: 'MASTER' } as const;
const rival = master({ runId: 'other', history: at('U', 100) });
const NOBODY = seen(replica(), replica({ runId: 'other' }), UNDER_ADDRESS);
const LEADS = seen(master(), replica({ runId: 'other' }, { endpoint: LOCAL }));
const RIVAL = seen(master(), rival, UNDER_ADDRESS);
const SERVER = 7;
const STARTED = { condition: NOBODY, heal: 'master', processId: SERVER, atMs: 1000 } as const;

/** A repair for want of a master was started after a second; since `sinceMs` it has looked like `condition`. */
const after = (condition: Condition, sinceMs: number) => ({ condition, sinceMs, repairs: [STARTED] });

const isDue = (before: ReturnType<typeof after> | undefined, nowMs: number, processId = SERVER): boolean =>
  repairDue(before, { condition: NOBODY, heal: 'master', processId }, nowMs).isDue;

describe('a repair', () => {
  test('is started by the first check, and remembered', () => {
    const found = { condition: NOBODY, heal: 'master', processId: SERVER } as const;
    expect(repairDue(undefined, found, 1000)).toEqual({ isDue: true, repairs: [STARTED] });
  });

  test('is not started where there is nothing to repair', () => {
    const found = { condition: LEADS, heal: undefined, processId: SERVER };
    expect(repairDue(after(NOBODY, 0), found, 2000)).toEqual({ isDue: false, repairs: [STARTED] });
  });

  test('of what stays as it is: every 10 s', () => {
    expect([10_999, 11_000].map((nowMs) => isDue(after(NOBODY, 0), nowMs))).toEqual([false, true]);
  });

  test('of what is about to be overwritten: every 2 s', () => {
    const wiped = { condition: NOBODY, heal: 'master', processId: SERVER, isUrgent: true } as const;
    expect([2999, 3000].map((nowMs) => repairDue(after(NOBODY, 0), wiped, nowMs).isDue)).toEqual([false, true]);
  });

  test('of what goes and comes back: a change does not forget it', () => {
    expect([9000, 11_000].map((nowMs) => isDue(after(RIVAL, 2000), nowMs))).toEqual([false, true]);
  });

  test('of another kind, or of what is seen otherwise: at once', () => {
    const fault = { condition: NOBODY, heal: 'fault', processId: SERVER } as const;
    const rivals = { condition: RIVAL, heal: 'master', processId: SERVER } as const;
    expect([fault, rivals].map((found) => repairDue(after(NOBODY, 0), found, 2000).isDue)).toEqual([true, true]);
  });

  test('of a server that has restarted since: at once', () => {
    expect(isDue(after(NOBODY, 0), 2000, SERVER + 1)).toBe(true);
  });

  test.each([
    ['a master with its replica', LEADS],
    ['a master whose peer is down', seen(master(), silent('refused'))],
    ['a master whose peer is not known', seen(master(), undefined)],
    ['a replica in step with its master', seen(replica(), master({ runId: 'other' }))],
  ])('anew, after %s for two seconds', (_name, sound) => {
    expect([3999, 4000].map((nowMs) => isDue(after(sound, 2000), nowMs))).toEqual([false, true]);
  });

  test.each([
    ['a master whose peer cannot be reached', seen(master(), silent('unreachable'))],
    ['a replica whose peer is silent', seen(replica(), silent('frozen'))],
    ['one of two masters that are the same', seen(master(), master({ runId: 'other' }))],
    ['one of two masters, the other loading', seen(master(), { ...rival, loading: true })],
    ['a replica under the address of a master', seen(replica(), master({ runId: 'other' }), UNDER_ADDRESS)],
    ['a replica out of step', seen(replica({}, { linkUp: false }), master({ runId: 'other' }))],
  ])('not anew after %s, which is not in order', (_name, condition) => {
    expect(isDue(after(condition, 2000), 9000)).toBe(false);
  });
});
