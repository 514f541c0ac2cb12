/** When the program of a person is started: after a role change, a few at once, and not for what was over in a moment. */
import { expect, test } from 'vitest';
import { openHooks } from '../../../src/app/hooks.ts';
import type { JournalEntry } from '../../../src/app/ports.ts';
import { heardBefore } from '../../../src/core/history/people.ts';
import { recordingLog } from '../host/recording-log.ts';

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A clock that goes when it is told to, and programs that end when they are told to. */
const open = () => {
  const { log, lines } = recordingLog();
  const timers = new Set<{ readonly dueMs: number; readonly listener: () => void }>();
  const running: { readonly event: string; readonly end: (why?: string) => void }[] = [];
  const started: string[] = [];
  const written: JournalEntry[] = [];
  let nowMs = 0;
  const hooks = openHooks({
    clock: { nowMs: () => nowMs, wallIso: () => '2026-11-30T03:12:04.118Z' },
    after: (ms, listener) => {
      const timer = { dueMs: nowMs + ms, listener };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    before: heardBefore({ fit: true, condition: { row: 38, local: 'master', peer: 'replica', isSound: true } }),
    run: ({ event }) => {
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      started.push(event);
      running.push({ event, end: resolve });
      return promise;
    },
    log,
  });
  const journal = hooks.hearing({ append: (entry) => Promise.resolve(void written.push(entry)) });
  return {
    hooks,
    lines,
    started,
    written,
    running,
    tell: async (...entries: readonly JournalEntry[]) => {
      for (const entry of entries) await journal.append(entry);
      await settled();
    },
    pass: async (ms: number) => {
      const endMs = nowMs + ms;
      while (nowMs < endMs) {
        nowMs += 50;
        for (const timer of timers) {
          if (timer.dueMs > nowMs) continue;
          timers.delete(timer);
          timer.listener();
        }
        await settled();
      }
    },
    timers,
  };
};

const verdict = (fit: boolean, inOrder: boolean): JournalEntry => ({
  event: 'verdict',
  fit,
  inOrder,
  rule: 11,
  why: 'so',
});
const role = (change: string): readonly JournalEntry[] => [
  { event: 'plan', change, steps: ['promote'] },
  { event: 'step', change, step: { kind: 'promote', side: 'local' } },
];
const end = (change: string): JournalEntry => ({ event: 'end', change });

test('a healthy pair has nothing to tell, and no timer', async () => {
  const { tell, pass, started, timers } = open();
  await tell(verdict(true, true));
  await pass(20_000);
  expect([started, timers.size]).toEqual([[], 0]);
});

test('what was over in a moment is not told; what lasts is', async () => {
  const { tell, pass, started } = open();
  await tell(verdict(false, false));
  await pass(500);
  await tell(verdict(true, false));
  await pass(5000);
  await tell(verdict(true, true));
  await pass(20_000);
  expect(started).toEqual([]);
  await tell(verdict(false, false));
  await pass(1500);
  expect(started).toEqual(['unfit']);
  await tell(verdict(true, true));
  expect(started).toEqual(['unfit', 'fit']);
});

test('while a change of a role is at work no program is started; everything is written down at once', async () => {
  const { tell, pass, started, written } = open();
  await tell(verdict(false, false), ...role('x'));
  expect(written).toHaveLength(3);
  await pass(5000);
  expect(started).toEqual([]);
  await tell(end('x'));
  expect(started).toEqual(['unfit', 'role-changed']);
});

test('but a change that comes to no end is not waited for for ever', async () => {
  const { tell, pass, started } = open();
  await tell(verdict(false, false), ...role('x'));
  await pass(61_000);
  expect(started).toEqual(['unfit']);
});

test('two programs run at once; what is too much is dropped, with one line', async () => {
  const { tell, pass, started, running, lines } = open();
  for (let number = 0; number < 30; number++) await tell(...role(String(number)), end(String(number)));
  await pass(500);
  expect(started).toHaveLength(2);
  expect(lines).toEqual([['warn', 'hook-dropped', { of: 'role-changed', waiting: 20 }]]);
  running[0]?.end('it hangs');
  await pass(500);
  expect(started).toHaveLength(3);
  expect(lines[1]).toEqual(['warn', 'hook-failed', { of: 'role-changed', why: 'it hangs' }]);
});

test('a command of a person waits for its programs at its end, and not longer than until a signal', async () => {
  const { tell, hooks, running, started } = open();
  const over = new AbortController();
  await tell(...role('a'), end('a'), ...role('b'), end('b'), ...role('c'), end('c'));
  const finished = hooks.finish(over.signal);
  for (const { end: endOne } of running) endOne();
  await settled();
  expect(started).toHaveLength(3);
  over.abort();
  await finished;
});
