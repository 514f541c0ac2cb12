/** How long something has been so, over the looks of a check. */
import { expect, test } from 'vitest';
import type { CheckInput } from '../../../src/app/check.ts';
import { assess, recallOf, seeAddress } from '../../../src/app/check.ts';
import type { AddressSeen } from '../../../src/app/ports.ts';
import type { VrrpState } from '../../../src/core/model.ts';
import { at, LOCAL, master, PEER, replica, silent } from '../core/builders.ts';

const here = (sinceMs: number): AddressSeen => ({ isHere: true, sinceMs });
const gone = (sinceMs: number): AddressSeen => ({ isHere: false, sinceMs });

const POLICY = { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 };
const HOUR_MS = 3_600_000;

test('a repair that fails again and again does not keep a read-only Redis under the address', () => {
  const seen = {
    local: replica({ runId: 'one' }, { endpoint: PEER, linkUp: false }),
    peer: replica({ runId: 'other' }, { endpoint: LOCAL, linkUp: false }),
  };
  let before: CheckInput['before'];
  const lookAt = (nowMs: number): readonly [number, boolean] => {
    const input = { policy: POLICY, deadlineMs: 1000, memory: { keys: 10 }, before };
    const repairs = nowMs % 10_000 < 5000;
    const checked = assess(seen, repairs, { ...input, vrrpState: 'MASTER', vrrpAgeMs: HOUR_MS }, nowMs);
    const { condition, sinceMs, verdict } = checked;
    before = { condition, sinceMs, fit: verdict.fit };
    return [verdict.rule, verdict.fit];
  };
  expect([0, 5000, 10_000, 15_000, 19_999].map(lookAt)).toEqual([
    [50, true],
    [54, true],
    [50, true],
    [54, true],
    [54, true],
  ]);
  expect([20_000, 26_000, 30_000].map(lookAt)).toEqual([
    [54, false],
    [54, false],
    [54, false],
  ]);
});

test('two queues without the address are fit again after a while, however often they are empty', () => {
  let before: CheckInput['before'];
  const fitAt = (nowMs: number): boolean => {
    const peer = master({ runId: 'other', keys: nowMs % 4000 === 0 ? 0 : 1, history: at('U', 50_000) });
    const local = master({ runId: 'one', keys: 0, history: at('R', 50_000) });
    const input = { policy: POLICY, deadlineMs: 1000, memory: { keys: 10 }, before };
    const about = { ...input, vrrpState: 'FAULT', vrrpAgeMs: HOUR_MS } as const;
    const { condition, sinceMs, verdict } = assess({ local, peer }, false, about, nowMs);
    before = { condition, sinceMs, fit: verdict.fit };
    return verdict.fit;
  };
  expect([0, 2000, 4000, 6000, 8000, 10_000, 12_000, 14_000].map(fitAt)).toEqual([
    true,
    false,
    true,
    false,
    true,
    true,
    true,
    true,
  ]);
});

test('a pair that is whole is remembered anew where something was decided since, and only then', () => {
  const seen = { local: master({ runId: 'one' }), peer: replica({ runId: 'other' }, { endpoint: LOCAL }) };
  const data = { program: { product: 'redis', version: [7, 0, 15] }, wholeRun: 'one' } as const;
  const runs = { local: 'one', peer: 'other' };
  const memory = { keys: 10, wasMaster: true, runs, data };
  const input = {
    policy: POLICY,
    deadlineMs: 1000,
    vrrpState: 'MASTER',
    vrrpAgeMs: HOUR_MS,
    before: undefined,
  } as const;
  const whole = { runs, wasMaster: true, keys: 10, data };
  expect(assess(seen, false, { ...input, memory }, 0).unremembered).toBeUndefined();
  expect(assess(seen, false, { ...input, memory: { ...memory, decided: runs } }, 0).unremembered).toEqual(whole);
});

test.each([
  ['the peer can serve', master(), [true, true, false, false]],
  ['the peer cannot be asked either', silent('unasked'), [true, true, true, true]],
  ['the peer is dead', silent('refused'), [true, true, true, true]],
])('a host that cannot ask its own Redis is fit for a while, %s', (_name, peer, expected) => {
  let before: CheckInput['before'];
  const fit = [0, 4999, 5000, HOUR_MS].map((nowMs) => {
    const input = { policy: POLICY, deadlineMs: 1000, memory: { keys: 10 }, before };
    const about = { ...input, vrrpState: 'MASTER', vrrpAgeMs: HOUR_MS } as const;
    const { condition, sinceMs, verdict } = assess({ local: silent('unasked'), peer }, false, about, nowMs);
    before = { condition, sinceMs, fit: verdict.fit };
    return verdict.fit;
  });
  expect(fit).toEqual(expected);
});

test.each<readonly [string, VrrpState | undefined, number, AddressSeen | undefined, VrrpState | undefined, number]>([
  ['MASTER a moment ago, and the address is not here yet', 'MASTER', 1999, gone(0), 'MASTER', 1999],
  ['MASTER, and the address is not here', 'MASTER', 2000, gone(0), undefined, 2000],
  ['MASTER, and the address is here', 'MASTER', 60_000, here(0), 'MASTER', 60_000],
  ['MASTER, and nobody knows the address', 'MASTER', 60_000, undefined, 'MASTER', 60_000],
  ['BACKUP, and the address has been here for a while', 'BACKUP', 60_000, here(57_000), 'MASTER', 3000],
  ['BACKUP, and the address came a moment ago', 'BACKUP', 60_000, here(59_000), 'BACKUP', 60_000],
  ['BACKUP a moment ago, and the address is here', 'BACKUP', 1999, here(0), 'BACKUP', 1999],
  ['BACKUP, and the address is not here', 'BACKUP', 60_000, gone(0), 'BACKUP', 60_000],
  ['FAULT, and the address is here', 'FAULT', 60_000, here(0), 'MASTER', 60_000],
  ['nothing, and the address is here', undefined, 60_000, here(0), 'MASTER', 60_000],
  ['nothing, and the address is not here', undefined, 60_000, gone(0), undefined, Number.POSITIVE_INFINITY],
])('keepalived said %s', (_name, vrrpState, nowMs, address, believed, ageMs) => {
  const said =
    vrrpState === undefined ? undefined : ({ local: undefined, peer: undefined, vrrpState, saidMs: 0 } as const);
  expect(recallOf({ said, memory: undefined }, address, nowMs)).toMatchObject({
    vrrpState: believed,
    vrrpAgeMs: ageMs,
  });
});

test('an address is as old as the look that found it moved', () => {
  const first = seeAddress(undefined, true, 5);
  expect([first, seeAddress(first, true, 9), seeAddress(first, false, 9), seeAddress(first, undefined, 9)]).toEqual([
    here(0),
    here(0),
    gone(9),
    undefined,
  ]);
});
