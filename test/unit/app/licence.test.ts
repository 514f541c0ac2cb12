/** The driver of a licence: what it asks and does, and what it makes of answers that come late. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LicenceWorld } from '../../../src/app/licence.ts';
import { holdLicence } from '../../../src/app/licence.ts';
import type { LeaseAnswer } from '../../../src/core/licence/model.ts';
import type { NodeView, Side } from '../../../src/core/model.ts';
import { after, systemClock } from '../../../src/host/clock.ts';
import { master, replica, silent } from '../core/builders.ts';
import { recordingLog } from '../host/recording-log.ts';

const COUNTED = { counted: { toWrite: 1, maxLagSeconds: 2, good: 0 } };
const POLICY = { onNoWitness: 'refuse', canMakeSure: false } as const;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const NEVER = (): boolean => false;

/** A node whose witness gives it the lease, and what was asked and done. */
const open = (views: Record<Side, NodeView>) => {
  const done: string[] = [];
  let away: string | undefined;
  const answer = (asked: string, kind: 'held' | 'free') => (): Promise<LeaseAnswer> => {
    done.push(asked);
    if (away !== undefined) return Promise.resolve({ kind: 'away', why: away });
    const run = { startedMs: systemClock.nowMs(), run: 'a run', uptimeSeconds: 3600 };
    return Promise.resolve(kind === 'held' ? { kind, tenure: 'a tenure', ...run } : { kind, ...run });
  };
  let isValid = NEVER;
  const { log, lines } = recordingLog();
  const world: LicenceWorld = {
    clock: systemClock,
    after,
    port: 6379,
    look: (side) => Promise.resolve(views[side]),
    lease: {
      ask: answer('ask', 'free'),
      take: answer('take', 'held'),
      renew: answer('renew', 'held'),
      release: answer('release', 'free'),
      close: () => done.push('close'),
    },
    licence: {
      attach: (valid) => {
        done.push('attach');
        isValid = valid;
        return Promise.resolve(undefined);
      },
      detach: () => done.push('detach'),
      endLinks: () => done.push('end-links'),
      onEnded: () => undefined,
    },
    moved: (position) => done.push(position),
    prove: (proof) => done.push(`proves ${proof.tenure}`),
    peerSilentMs: () => 0,
    makeSure: () => Promise.resolve(false),
    log,
    journal: { append: () => Promise.resolve() },
  };
  const goes = (why: string): void => {
    away = why;
  };
  const comes = (): void => {
    away = undefined;
  };
  return { running: holdLicence(world, POLICY), done, lines, goes, comes, isValid: () => isValid() };
};

test('a master whose peer is gone takes the lease, attaches, and is valid until it is ended', async () => {
  const { running, done, isValid } = open({ local: master(COUNTED), peer: silent('refused') });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(done.filter((one) => ['take', 'attach', 'licensed', 'proves a tenure'].includes(one))).toEqual([
    'take',
    'proves a tenure',
    'attach',
    'licensed',
  ]);
  expect([running.report().position, isValid()]).toEqual(['licensed', true]);
  running.stop();
  expect([done.slice(-2), isValid()]).toEqual([['detach', 'close'], false]);
});

test('a witness that gives no answer is told once, with its reason, and so is its return', async () => {
  const { running, lines, goes, comes } = open({ local: replica(COUNTED), peer: master(COUNTED) });
  const told = () => lines.filter(([, event]) => event.startsWith('witness')).map(([, event]) => event);
  goes('WRONGPASS');
  await vi.advanceTimersByTimeAsync(10_000);
  expect([told(), running.report().away]).toEqual([['witness-away'], 'WRONGPASS']);
  comes();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([told(), running.report().away]).toEqual([['witness-away', 'witness-answers'], undefined]);
  running.stop();
});

test('a look that was asked for before a newer one says nothing new', async () => {
  const { running } = open({ local: master(COUNTED), peer: replica(COUNTED) });
  await vi.advanceTimersByTimeAsync(1_000);
  const before = running.report().position;
  running.seen('local', silent('frozen'), systemClock.nowMs() - 900);
  expect(running.report().position).toBe(before);
  running.seen('local', silent('frozen'), systemClock.nowMs());
  expect(running.report().position).not.toBe(before);
  running.stop();
});
