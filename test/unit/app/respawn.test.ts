/** What starts checks again: when, how often, and which of them it ends. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CheckEnd, Loss, StartedCheck } from '../../../src/app/respawn.ts';
import { LIFE_MIN_MS, RENEW_MS, respawn } from '../../../src/app/respawn.ts';
import { systemClock } from '../../../src/host/clock.ts';

const HOUR_MS = 3_600_000;
const LOOK_MS = 100;
const KILLED: CheckEnd = { kind: 'killed', why: 'ended by SIGKILL' };
const VERDICT: CheckEnd = { kind: 'verdict', why: 'ended with exit code 1' };
const FAILED: CheckEnd = { kind: 'failed', why: 'ended with exit code 3' };

class FakeCheck implements StartedCheck {
  isRunning = true;
  readonly looked: Promise<void>;
  readonly ended: Promise<CheckEnd>;
  #resolve: (end: CheckEnd) => void = () => undefined;

  constructor(looks: boolean) {
    this.looked = new Promise((resolve) => {
      if (looks) setTimeout(() => this.isRunning && resolve(), LOOK_MS);
    });
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  end(): void {
    this.die(KILLED);
  }

  die(end: CheckEnd): void {
    this.isRunning = false;
    this.#resolve(end);
  }
}

interface Respawning {
  readonly checks: FakeCheck[];
  readonly running: () => readonly number[];
  /** Why, when again, and for how long nobody looked. */
  readonly lost: [string, number, number][];
  /** Those that are started from now on. */
  readonly next: { looks: boolean; livesMs: number };
  readonly stop: () => void;
  readonly isOver: () => boolean;
}

const respawning = (holdMs = HOUR_MS): Respawning => {
  const checks: FakeCheck[] = [];
  const lost: [string, number, number][] = [];
  const next = { looks: true, livesMs: Infinity };
  const controller = new AbortController();
  let isOver = false;
  const start = (): StartedCheck => {
    const check = new FakeCheck(next.looks);
    checks.push(check);
    if (next.livesMs < Infinity) setTimeout(() => check.die(FAILED), next.livesMs);
    return check;
  };
  const onLost = ({ why, againInMs, blindMs }: Loss): void => {
    lost.push([why, againInMs, blindMs]);
  };
  void respawn({ clock: systemClock, start, signal: controller.signal, onLost }, systemClock.nowMs() + holdMs).then(
    () => (isOver = true),
  );
  return {
    checks,
    running: () => checks.flatMap(({ isRunning }, index) => (isRunning ? [index] : [])),
    lost,
    next,
    stop: () => controller.abort(),
    isOver: () => isOver,
  };
};

const after = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a check that is started again', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('at once when it was killed, and that is said', async () => {
    const { checks, running, lost } = respawning();
    await after(LIFE_MIN_MS);
    expect(running()).toEqual([0]);
    checks[0]?.die(KILLED);
    await after(0);
    expect(running()).toEqual([1]);
    expect(lost).toEqual([['ended by SIGKILL', 0, 0]]);
  });

  test('without a word when it gave its verdict; one that did so early waits a second', async () => {
    const { checks, running, lost } = respawning();
    await after(LIFE_MIN_MS - 1);
    checks[0]?.die(VERDICT);
    await after(999);
    expect(running()).toEqual([]);
    await after(1);
    expect(running()).toEqual([1]);
    await after(LIFE_MIN_MS);
    checks[1]?.die(VERDICT);
    await after(0);
    expect([running(), lost]).toEqual([[2], []]);
  });

  test('every other minute, and the one before stays until the new one has looked', async () => {
    const { running, lost } = respawning();
    await after(RENEW_MS);
    expect(running()).toEqual([0, 1]);
    await after(LOOK_MS);
    expect(running()).toEqual([1]);
    await after(RENEW_MS - LOOK_MS);
    expect(running()).toEqual([1, 2]);
    await after(LOOK_MS);
    expect([running(), lost]).toEqual([[2], []]);
  });

  test('the one before goes on as long as no new one can look', async () => {
    const { checks, running, lost, next } = respawning();
    await after(RENEW_MS / 2);
    Object.assign(next, { looks: false, livesMs: 90 });
    await after(RENEW_MS);
    expect(running()).toEqual([0]);
    expect(lost.map(([, ms]) => ms)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
    Object.assign(next, { looks: true, livesMs: Infinity });
    await after(RENEW_MS / 2);
    expect(running()).toEqual([checks.length - 1]);
  });

  test('one that hangs is ended in its time, and the one before goes on', async () => {
    const { running, lost, next } = respawning();
    await after(RENEW_MS / 2);
    next.looks = false;
    await after(RENEW_MS / 2);
    expect(running()).toEqual([0, 1]);
    await after(RENEW_MS);
    expect([running(), lost]).toEqual([[0], [['it did not look at all', 1000, 0]]]);
    next.looks = true;
    await after(1000 + LOOK_MS);
    expect(running()).toEqual([2]);
  });

  test('for how long nobody has looked is told, and what failed long ago is forgotten', async () => {
    const { checks, lost, next } = respawning();
    next.looks = false;
    await after(0);
    checks[0]?.die(FAILED);
    await after(1500);
    checks[1]?.die(FAILED);
    next.looks = true;
    await after(2000 + LIFE_MIN_MS);
    next.looks = false;
    checks[2]?.die(KILLED);
    await after(5000);
    checks[3]?.die(KILLED);
    await after(0);
    expect(lost.map(([, againInMs, blindMs]) => [againInMs, blindMs])).toEqual([
      [1000, 0],
      [2000, 1500],
      [0, 0],
      [1000, 5000],
    ]);
  });

  test('one that cannot look: ever more seldom, twice a minute at last, also where each takes its time', async () => {
    const { checks, lost, next } = respawning();
    Object.assign(next, { looks: false, livesMs: 15_000 });
    checks[0]?.die(FAILED);
    await after(10 * 60_000);
    expect(lost.slice(0, 7).map(([, ms]) => ms)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    const { length } = checks;
    await after(9 * 60_000);
    expect(checks.length - length).toBe(12);
  });

  test('its time is over: the last check stays', async () => {
    const { running, isOver } = respawning(60_000);
    await after(59_999);
    expect(isOver()).toBe(false);
    await after(1);
    expect([isOver(), running()]).toEqual([true, [0]]);
  });

  test.each([
    ['while one check runs', RENEW_MS / 2],
    ['while two of them run', RENEW_MS + LOOK_MS / 2],
  ])('the signal takes all of them: %s', async (_, ms) => {
    const { running, stop, isOver } = respawning();
    await after(ms);
    stop();
    await after(0);
    expect([isOver(), running()]).toEqual([true, []]);
  });

  test('the signal in a pause: no further check', async () => {
    const { checks, stop, isOver } = respawning();
    await after(500);
    checks[0]?.die(FAILED);
    await after(500);
    stop();
    await after(HOUR_MS);
    expect([isOver(), checks.length]).toEqual([true, 1]);
  });
});
