/** Every timing rule of the resident at one port that says who is asked when. What comes of it: `judging.test.ts`. */
import { describe, expect, test } from 'vitest';
import { replica, silent } from '../builders.ts';
import { Driven } from './driven.ts';

const AWAY = { verdict: { underAddress: false } } as const;

/** Nothing has changed for so long that nobody is in a hurry. */
const SETTLED_MS = 31_000;

/** How far the moments are apart. */
const gaps = (times: readonly number[]): readonly number[] =>
  [...new Set(times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)))].toSorted((one, other) => one - other);

describe('at the start', () => {
  test('both are asked, looked at, judged and told of at once, and the master is listened to', () => {
    const port = new Driven();
    expect(port.take()).toEqual(
      [
        'pulse local',
        'pulse peer',
        'look local',
        'listen local',
        'look peer',
        'judge answering answering',
        'no claim',
        'tell fit',
        'settle',
      ].map((what) => [0, what]),
    );
  });

  test('without a peer local is judged alone', () => {
    const port = new Driven({ hasPeer: false });
    expect(port.take()).toContainEqual([0, 'judge answering nobody']);
  });

  test.each([
    ['has not been heard', 1900, []],
    ['is given up', 2000, [2000]],
  ])(
    'nobody is judged as long as the peer has neither been heard nor been given up: it %s',
    (_name, atMs, expected) => {
      const port = new Driven({ peerIsSilent: true }).until(atMs);
      expect(port.times('judge answering frozen').slice(0, 1)).toEqual(expected);
    },
  );
});

describe('how often a server is asked', () => {
  const YOUNG = [1000, 6000] as const;
  const OLD = [SETTLED_MS, 60_000] as const;
  test.each([
    // name, has the address, from, until, what, shortest and longest time between two
    ['young: a sign of life of local', true, YOUNG, 'pulse local', 1000, 1000],
    ['young: a look at local', true, YOUNG, 'look local', 1000, 1000],
    ['young: the peer', true, YOUNG, 'pulse peer', 1000, 1000],
    ['settled: a sign of life of local', true, OLD, 'pulse local', 2400, 2600],
    // Whenever the peer has been looked at both are judged, and local as it is then.
    ['settled: a look at local', true, OLD, 'look local', 2400, 2600],
    ['settled: the peer, which may go', true, OLD, 'pulse peer', 1000, 1000],
    ['settled: a look at the peer', true, OLD, 'look peer', 5000, 5200],
    ['settled, without the address: local', false, OLD, 'pulse local', 2400, 2800],
    ['settled, without the address: the peer, whose place it would take', false, OLD, 'pulse peer', 400, 600],
    ['settled, without the address: a look at the peer', false, OLD, 'look peer', 5000, 5400],
  ] as const)('%s', (_name, underAddress, [fromMs, untilMs], what, shortestMs, longestMs) => {
    const port = new Driven({ verdict: { underAddress } }).until(fromMs);
    port.take();
    const found = gaps(port.until(untilMs).times(what));
    expect(found[0]).toBeGreaterThanOrEqual(shortestMs);
    expect(found.at(-1)).toBeLessThanOrEqual(longestMs);
  });

  test('a master that cannot say that it is none any more is asked at every tick', () => {
    const port = new Driven();
    port.post({ kind: 'heard', side: 'local', isTold: false });
    port.until(SETTLED_MS).take();
    expect(gaps(port.until(40_000).times('pulse local'))).toEqual([200]);
  });

  test('one that can is listened to again after it was told', () => {
    const port = new Driven().until(300);
    port.take();
    port.post({ kind: 'heard', side: 'local', isTold: true });
    expect(port.times('listen local')).toEqual([300]);
  });

  test('a process that /proc does not show is asked at every tick, for it may be stopped', () => {
    const port = new Driven().until(SETTLED_MS);
    port.process = 'unknown';
    port.until(SETTLED_MS + 200).take();
    expect(gaps(port.until(40_000).times('pulse local'))).toEqual([200]);
  });

  test('a stopped process is asked every 25 ms as long as it is not dead, and dead after its time', () => {
    const port = new Driven().until(SETTLED_MS);
    port.take();
    port.process = 'stopped';
    port.local.isSilent = true;
    port.until(SETTLED_MS + 1000);
    const done = port.take();
    const askedMs = done.find(([, what]) => what === 'pulse local')?.[0] ?? 0;
    const toldMs = done.find(([, what]) => what === 'tell unfit')?.[0] ?? 0;
    expect(askedMs).toBeLessThanOrEqual(SETTLED_MS + 200);
    expect(toldMs - askedMs).toBe(300);
  });

  test('a stopped process that answers all the same is asked every 25 ms', () => {
    const port = new Driven().until(1000);
    port.process = 'stopped';
    port.until(1400).take();
    expect(gaps(port.until(2000).times('pulse local'))).toEqual([25]);
  });

  test('the address without the role: both are asked every 25 ms', () => {
    const port = new Driven().until(1000);
    port.local.view = replica();
    port.post({ kind: 'ended', side: 'local' });
    port.until(1300).take();
    expect(gaps(port.until(2000).times('pulse local'))).toEqual([25]);
    expect(gaps(port.until(3000).times('pulse peer'))).toEqual([25]);
  });

  test('a replica without the address is no reason for a hurry', () => {
    const port = new Driven(AWAY);
    port.local.view = replica();
    port.until(2000).take();
    expect(gaps(port.until(9000).times('pulse local'))).toEqual([1200]);
  });

  test('what is unfit or gone is watched closely, however long it has been so', () => {
    const port = new Driven();
    port.peer.view = silent('unreachable');
    port.until(SETTLED_MS + 5000).take();
    expect(gaps(port.until(60_000).times('look local'))).toEqual([1000]);
  });

  test('nobody is asked who owes an answer', () => {
    const port = new Driven().until(1100);
    port.local.isSilent = true;
    port.until(2300).take();
    expect(port.until(4000).times('pulse local')).toEqual([]);
  });
});

describe('what makes it look at once', () => {
  test('a sign of life that is another one', () => {
    const port = new Driven().until(SETTLED_MS);
    port.take();
    port.local.pulse = () => 'another';
    const atMs = port.until(SETTLED_MS + 3000).times('look local')[0];
    expect(atMs).toBeLessThan(SETTLED_MS + 2700);
  });

  test('a server that gives no sign of life: every time that it is asked', () => {
    const port = new Driven();
    port.local.pulse = () => undefined;
    port.until(SETTLED_MS).take();
    const done = port.until(50_000).take();
    const count = (what: string): number => done.filter(([, it]) => it === what).length;
    expect(count('look local')).toBe(count('pulse local'));
  });

  test.each(['local', 'peer'] as const)('the end of the connection to %s: once until the next tick', (side) => {
    const port = new Driven().until(1010);
    port.take();
    for (let time = 1; time <= 5; time += 1) port.post({ kind: 'ended', side });
    expect(port.times(`look ${side}`)).toEqual([1010]);
    port.until(1300).take();
    port.post({ kind: 'ended', side });
    expect(port.times(`look ${side}`)).toEqual([1300]);
  });

  test('a rival that is heard 97 times in a moment: one look at each', () => {
    const port = new Driven().until(1010);
    port.take();
    for (let time = 1; time <= 97; time += 1) port.post({ kind: 'rival' });
    const looks = port.take().filter(([, what]) => what.startsWith('look'));
    expect(looks).toEqual([
      [1010, 'look local'],
      [1010, 'look peer'],
    ]);
  });

  test('and 97 times in a second: one look at each as well, and the next one a second later', () => {
    const port = new Driven().until(SETTLED_MS);
    port.take();
    for (let time = 0; time < 97; time += 1) {
      port.post({ kind: 'rival' });
      port.until(SETTLED_MS + 10 * (time + 1));
    }
    expect(port.take().filter(([, what]) => what.startsWith('look'))).toEqual([
      [SETTLED_MS, 'look local'],
      [SETTLED_MS, 'look peer'],
    ]);
    port.until(SETTLED_MS + 1000).take();
    port.post({ kind: 'rival' });
    expect(port.times('look local')).toEqual([SETTLED_MS + 1000]);
  });

  test('an end that comes while an answer is owed: the look follows the answer', () => {
    const port = new Driven().until(1010);
    port.local.isSilent = true;
    port.until(2010).take();
    port.post({ kind: 'ended', side: 'local' });
    expect(port.take()).toEqual([]);
    port.answers('local');
    expect(port.times('look local')).toEqual([2010]);
  });
});
