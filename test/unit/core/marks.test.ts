/** How long a pause is, by clocks that may be wrong. */
import { expect, test } from 'vitest';
import type { Moment, Paused } from '../../../src/core/marks.ts';
import { nameOfPause, pauseInName, pauseLeftMs, standing } from '../../../src/core/marks.ts';
import { PAUSED } from './builders.ts';

const HOUR_MS = 3_600_000;
/** It began in the boot `one`, when that was an hour old, and lasts two hours. */
const BEGAN: Moment = { boot: 'one', nowMs: HOUR_MS, wallMs: 1_000_000_000_000 };
const paused: Paused = {
  ...PAUSED,
  boot: BEGAN.boot,
  sinceMs: BEGAN.nowMs,
  forMs: 2 * HOUR_MS,
  untilWallMs: BEGAN.wallMs + 2 * HOUR_MS,
};
const at = (hours: number, wallHours: number, boot = 'one'): Moment => ({
  boot,
  nowMs: hours * HOUR_MS,
  wallMs: BEGAN.wallMs + wallHours * HOUR_MS,
});

test.each<readonly [string, Moment, number]>([
  ['as it begins', BEGAN, 2],
  ['half of it is over', at(2, 1), 1],
  ['its time is over', at(3, 2), 0],
  ['long over', at(30, 29), 0],
  ['the wall clock was set forth', at(2, 100), 1],
  ['the wall clock was set back', at(2, -100), 1],
  ['it is over, and the wall clock was set back', at(3, -100), 0],
  ['it was said to begin later than now', at(0.5, 0), 0],
  ['after a reboot', at(0.1, 1, 'two'), 1],
  ['after a reboot, its time is over', at(0.1, 2, 'two'), 0],
  ['after a reboot the wall clock is wrong', at(0.5, -100, 'two'), 1.5],
  ['the same for as long as it was to last', at(2, -100, 'two'), 0],
])('%s: %#', (_name, now, hours) => {
  expect(pauseLeftMs(paused, now)).toBe(hours * HOUR_MS);
  expect(standing({ drained: undefined, paused }, now).paused).toBe(hours === 0 ? undefined : paused);
});

test('a pause in the name of a connection says what was said, in letters that a name may have', () => {
  const said = { ...PAUSED, by: 'Zoë', why: 'new switch: 50% at 10:00' };
  const name = nameOfPause({ drained: undefined, paused: said }) ?? '';
  expect(name).toMatch(/^redisha:paused:[!-~]+$/);
  expect(pauseInName(name)).toEqual({ by: said.by, why: said.why, at: said.at, until: said.until });
  expect(nameOfPause({ drained: undefined, paused: undefined })).toBeUndefined();
});

test.each([
  '',
  'worker',
  'redisha:paused:',
  'redisha:paused:soon:a:b:c',
  'redisha:paused:%',
  'redisha:paused:2026-11-30T12:00',
])('the name "%s" says nothing', (name) => {
  expect(pauseInName(name)).toBeUndefined();
});
