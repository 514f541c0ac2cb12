/** What the resident makes of what it has seen at one port: when it is judged, who is dead, what keepalived is told. */
import { describe, expect, test } from 'vitest';
import { peerSilentMs } from '../../../../src/core/watch/step.ts';
import { master, silent } from '../builders.ts';
import { Driven } from './driven.ts';

const AWAY = { verdict: { underAddress: false } } as const;

const unfitAt = (atMs: number): Driven => {
  const port = new Driven().until(atMs);
  port.take();
  Object.assign(port.verdict, { fit: false });
  port.post({ kind: 'said' });
  expect(port.times('tell unfit')).toEqual([atMs]);
  return port;
};

describe('when it is judged', () => {
  test('what keepalived says is judged by local as it is now', () => {
    const port = new Driven().until(500);
    port.take();
    port.post({ kind: 'said' });
    expect(port.take().map(([, what]) => what)).toEqual([
      'pulse local',
      'look local',
      'judge answering answering',
      'tell fit',
    ]);
  });

  test.each([
    ['50 ms ago: judged as it was seen', 50, 'judge answering answering'],
    ['51 ms ago: looked at before', 51, 'pulse local'],
  ])('local was seen %s', (_name, agoMs, first) => {
    const port = new Driven();
    port.take();
    port.until(agoMs);
    port.post({ kind: 'said' });
    expect(port.take()[0]?.[1]).toBe(first);
  });

  test('a server that does not answer is judged as it is, however old that is', () => {
    const port = new Driven();
    port.local.view = silent('unreachable');
    port.local.pulse = () => undefined;
    port.until(1000).take();
    port.until(1100);
    port.post({ kind: 'said' });
    expect(port.take()[0]?.[1]).toBe('judge unreachable answering');
  });

  test('local has changed: the peer is looked at, and then both are judged', () => {
    const port = new Driven().until(1010);
    port.take();
    port.local.view = master({ runId: 'another' });
    port.local.pulse = () => 'another';
    port.post({ kind: 'ended', side: 'local' });
    const words = port.take().map(([, what]) => what);
    expect(words.indexOf('look peer')).toBeGreaterThan(words.indexOf('look local'));
    expect(words.indexOf('judge answering answering')).toBeGreaterThan(words.indexOf('look peer'));
  });

  test('and without the peer after 200 ms, where that says nothing', () => {
    const port = new Driven().until(1010);
    port.take();
    port.peer.isSilent = true;
    port.local.pulse = () => 'another';
    port.post({ kind: 'ended', side: 'local' });
    port.until(1209);
    expect(port.times('judge answering answering')).toEqual([]);
    const [judgedMs] = port.until(1500).times('judge answering answering');
    expect(judgedMs).toBeGreaterThanOrEqual(1210);
    expect(judgedMs).toBeLessThanOrEqual(1210 + 200);
  });

  test('one judgement at a time: what is new meanwhile is judged after it', () => {
    const port = new Driven().until(1010);
    const { judge } = port;
    port.judge = undefined;
    port.post({ kind: 'said' });
    port.take();
    port.post({ kind: 'said' });
    port.post({ kind: 'said' });
    expect(port.times('judge answering answering')).toEqual([]);
    port.judge = judge;
    port.post({ kind: 'judged', ...port.verdict });
    expect(port.times('judge answering answering')).toEqual([1010]);
  });

  test('nothing new, nothing judged', () => {
    const port = new Driven().until(1100);
    port.take();
    expect(
      port
        .until(1900)
        .take()
        .filter(([, what]) => what.startsWith('judge')),
    ).toEqual([]);
  });
});

describe('silence', () => {
  test.each([
    ['asleep', 2000],
    ['unknown', 2000],
    ['busy', 5000],
  ] as const)('of a process that is %s is death after its time', (process, deadMs) => {
    const port = new Driven().until(1010);
    port.process = process;
    port.local.isSilent = true;
    const done = port.until(9000).take();
    const askedMs = done.filter(([atMs, what]) => atMs > 1010 && what === 'pulse local')[0]?.[0] ?? 0;
    const toldMs = done.find(([, what]) => what === 'tell unfit')?.[0] ?? 0;
    expect(toldMs - askedMs).toBe(deadMs);
    expect(done).toContainEqual([toldMs, 'judge frozen answering']);
  });

  test('of the peer is death as well, and its answer is life', () => {
    const port = new Driven().until(1010);
    port.peer.isSilent = true;
    const done = port.until(9000).take();
    expect(done.some(([, what]) => what === 'judge answering frozen')).toBe(true);
    port.answers('peer');
    expect(port.times('judge answering answering')).not.toEqual([]);
  });

  test('how long the peer owes an answer is known, and 0 where it owes none', () => {
    const port = new Driven(AWAY).until(2000);
    expect(peerSilentMs(port.state, port.nowMs)).toBe(0);
    port.peer.isSilent = true;
    const [askedMs = 0] = port.until(2400).times('pulse peer').slice(-1);
    port.until(3100);
    expect(peerSilentMs(port.state, port.nowMs)).toBe(3100 - askedMs);
  });

  test('a host that was suspended has not been listening', () => {
    const port = new Driven(AWAY).until(2000);
    port.peer.isSilent = true;
    port.until(2500);
    const before = peerSilentMs(port.state, port.nowMs);
    port.nowMs = 60_000;
    expect(peerSilentMs(port.state, port.nowMs)).toBeLessThanOrEqual(before + 400);
  });
});

describe('what keepalived is told', () => {
  test.each([
    ['well again at once', 1, 1000],
    ['well again just before', 999, 1000],
    ['well again after a second', 1000, 1000],
    ['well again later', 1500, 1500],
  ])('unfit for a second at least: %s', (_name, afterMs, fitMs) => {
    const port = unfitAt(3010);
    port.until(3010 + afterMs);
    Object.assign(port.verdict, { fit: true });
    port.take();
    port.post({ kind: 'said' });
    expect(port.until(6000).times('tell fit')[0]).toBe(3010 + fitMs);
  });

  test('unfit again within that second: the second is counted from the first', () => {
    const port = unfitAt(3010);
    for (const [atMs, fit] of [
      [3200, true],
      [3400, false],
      [3600, true],
    ] as const) {
      port.until(atMs);
      Object.assign(port.verdict, { fit });
      port.post({ kind: 'said' });
    }
    port.take();
    expect(port.until(6000).times('tell fit')[0]).toBe(4010);
  });

  test('the same again at every judgement, for somebody else may write the file', () => {
    const port = new Driven().until(1010);
    port.take();
    port.post({ kind: 'said' });
    expect(port.times('tell fit')).toEqual([1010]);
  });

  test.each([
    ['the same: not written down again', {}, []],
    ['another name: written down', { isNews: true }, [1010]],
    ['another verdict: written down', { fit: false }, [1010]],
  ])('%s', (_name, verdict, expected) => {
    const port = new Driven().until(1010);
    Object.assign(port.verdict, verdict);
    port.take();
    port.post({ kind: 'said' });
    expect(port.times('settle')).toEqual(expected);
  });
});
