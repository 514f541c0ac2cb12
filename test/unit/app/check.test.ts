/** How long something has been so, over the looks of a check. */
import { expect, test } from 'vitest';
import type { CheckInput } from '../../../src/app/check.ts';
import { assess, recallOf } from '../../../src/app/check.ts';
import { at, LOCAL, master, PEER, replica, silent } from '../core/builders.ts';

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

test.each([
  ['a moment after it was said', 1999, false, 'MASTER'],
  ['and the address is not here', 2000, false, undefined],
  ['and the address is here', 60_000, true, 'MASTER'],
  ['and nobody knows the address', 60_000, undefined, 'MASTER'],
])('keepalived said MASTER, %s', (_name, ageMs, hasAddress, vrrpState) => {
  const said = { local: undefined, peer: undefined, vrrpState: 'MASTER', saidMs: 0 } as const;
  expect(recallOf({ said, memory: undefined }, ageMs, () => hasAddress).vrrpState).toBe(vrrpState);
});
