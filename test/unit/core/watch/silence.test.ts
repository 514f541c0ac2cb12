/** Dead or only slow: what the resident makes of silence. Times are milliseconds on an invented clock. */
import { expect, test } from 'vitest';
import type { ProcessState, Silence } from '../../../../src/core/watch/silence.ts';
import { heardAt, reduceSilence } from '../../../../src/core/watch/silence.ts';

const POLICY = { tickMs: 50, stoppedMs: 300, silentMs: 800, busyMs: 3000 };

const asked = (): Silence => reduceSilence(heardAt(0), { kind: 'asked', atMs: 0 });

/** Ticks every 50 ms up to `untilMs`, with the server's process in this state. */
const silence = (from: Silence, untilMs: number, server: ProcessState): Silence => {
  let watched = from;
  for (let atMs = from.lastMs + 50; atMs <= untilMs; atMs += 50) {
    watched = reduceSilence(watched, { kind: 'tick', atMs, server, policy: POLICY });
  }
  return watched;
};

test.each([
  ['a stopped process is dead after 0.3 s', 'stopped', 250, 300],
  ['a process that sleeps and does not answer is dead after 0.8 s', 'asleep', 750, 800],
  ['a server that /proc does not show is dead after 0.8 s', 'unknown', 750, 800],
  ['a process at work is given 3 s', 'busy', 2950, 3000],
] as const)('%s', (_name, server, aliveMs, deadMs) => {
  expect(silence(asked(), aliveMs, server).verdict).toBe('alive');
  expect(silence(asked(), deadMs, server).verdict).toBe('silent');
});

test('an answer ends the silence', () => {
  const answered = reduceSilence(silence(asked(), 250, 'stopped'), { kind: 'answered', atMs: 260 });
  expect(answered).toMatchObject({ verdict: 'alive', unheardMs: 0 });
  expect(silence(answered, 5000, 'stopped').verdict).toBe('alive');
});

test('a stop of the whole process for 0.2 s is not death', () => {
  const stopped = silence(asked(), 200, 'stopped');
  expect(silence(stopped, 900, 'busy').verdict).toBe('alive');
});

test('our own sleep is not the silence of the server', () => {
  const woken = reduceSilence(asked(), { kind: 'tick', atMs: 60_000, server: 'asleep', policy: POLICY });
  expect(woken).toMatchObject({ verdict: 'alive', unheardMs: 100 });
});

test('nobody is silent who was not asked', () => {
  expect(silence(heardAt(0), 60_000, 'stopped').verdict).toBe('alive');
});

test('a process that is seen at work now and then is not taken for one that sleeps', () => {
  let watched = asked();
  for (let round = 0; round < 4; round += 1) {
    watched = silence(watched, watched.lastMs + 600, 'asleep');
    watched = silence(watched, watched.lastMs + 50, 'busy');
  }
  expect(watched.verdict).toBe('alive');
  expect(silence(watched, watched.lastMs + 800, 'asleep').verdict).toBe('silent');
});
