/** What the check says of a replica that may lack writes, what a person is told, and what is remembered. */
import type { RememberedData } from '../../../src/core/memory.ts';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/core/fitness.ts';
import type { CheckFacts } from '../../../src/core/check-facts.ts';
import { rememberedData } from '../../../src/core/gap.ts';
import { plan } from '../../../src/core/plan.ts';
import type { ServerVersion } from '../../../src/core/program.ts';
import { at, contextOf, master, pairOf, remembering, replica, silent } from './builders.ts';

const REDIS_7: ServerVersion = { product: 'redis', version: [7, 0, 15] };
const REDIS_8: ServerVersion = { product: 'redis', version: [8, 0, 2] };
const newer = master({ program: REDIS_8, runId: 'other' });

const judged = (local: CheckFacts['local'], peer: CheckFacts['peer'], changes: Partial<CheckFacts> = {}) =>
  judge({
    local,
    peer,
    vrrpState: 'BACKUP',
    vrrpAgeMs: 60_000,
    commandRunning: false,
    unchangedMs: 60_000,
    memory: { keys: 10 },
    policy: { loadingGraceMs: 10_000, busyGraceMs: 5000, handOverBudgetMs: 20_000 },
    ...changes,
  });

describe('the check', () => {
  const refusing = replica({ refusedCommands: 2 });
  const upgraded = replica({ program: REDIS_8, uptimeSeconds: 5 });
  const remembered = remembering({ data: { program: REDIS_7 } });

  test.each([
    ['older, and has refused commands', refusing, newer, {}, { rule: 65, fit: false, heal: undefined }],
    ['the same, and its master is gone', refusing, silent('refused'), {}, { rule: 66, fit: true, heal: undefined }],
    ['the same, under the address', refusing, newer, { vrrpState: 'MASTER' }, { rule: 52, fit: false }],
    ['older, and has refused nothing', replica(), newer, {}, { rule: 66, fit: true }],
    ['newer', replica({ program: REDIS_8, refusedCommands: 2 }), master(), {}, { rule: 66, fit: true }],
    ['upgraded on its old data', upgraded, newer, remembered, { rule: 63, fit: false, heal: 'backup' }],
    ['the same, and its master is gone', upgraded, silent('refused'), remembered, { rule: 66, fit: true }],
  ] as const)('of a replica that is %s', (_name, local, peer, changes, expected) => {
    expect(judged(local, peer, changes)).toMatchObject(expected);
  });

  test('names both servers, and what is missing', () => {
    expect(judged(refusing, newer).why).toBe(
      'local runs Redis 7.0.15 and has refused 2 commands of its master, Redis 8.0.2: it lacks what they wrote',
    );
    expect(judged(upgraded, newer, remembered).why).toBe(
      'local was upgraded from Redis 7.0.15 on its old data and has had no full copy from its master, Redis 8.0.2: it may lack writes',
    );
  });
});

const warningsOf = (
  local: CheckFacts['local'],
  peer: CheckFacts['local'],
  changes: Parameters<typeof contextOf>[2],
): readonly string[] => plan(contextOf('master', pairOf(local, peer), changes)).warnings;

describe('what a person is told of a plan', () => {
  test.each([
    ['a hand-over among equals', replica({ refusedCommands: 2 }), master(), {}, []],
    ['a hand-over to a newer server', replica({ program: REDIS_8 }), master(), {}, []],
    ['a hand-over to an older one', replica(), newer, {}, [/refused nothing so far, and will drop/]],
    [
      'a hand-over that is insisted on',
      replica({ refusedCommands: 1 }),
      newer,
      { forced: true },
      [/by --force: local runs Redis 7\.0\.15 and has refused a command of its master, Redis 8\.0\.2/],
    ],
    ['a takeover', replica({}, { linkUp: false }), silent('refused'), {}, []],
    [
      'a takeover by one that has refused commands',
      replica({ refusedCommands: 3 }, { linkUp: false }),
      silent('refused'),
      {},
      [/has refused 3 commands of a master/],
    ],
    [
      'a takeover by one that did not count them',
      replica({ refusedCommands: undefined }, { linkUp: false }),
      silent('refused'),
      remembering({ data: { program: REDIS_7, gap: 'uncounted' } }),
      [/may lack writes of its master/],
    ],
  ] as const)('%s', (_name, local, peer, changes, expected) => {
    const warnings = warningsOf(local, peer, changes);
    expect(warnings).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(warnings[index]).toMatch(pattern);
  });
});

describe('what is remembered of local', () => {
  const before: RememberedData = { program: REDIS_7, wholeRun: 'before' };

  test.each([
    ['a master', master(), replica(), before, { program: REDIS_7, wholeRun: 'run' }],
    ['an older replica that has all so far', replica(), newer, before, { program: REDIS_7, wholeRun: 'run' }],
    [
      'an older replica that has refused something',
      replica({ refusedCommands: 1 }),
      newer,
      before,
      { program: REDIS_7, wholeRun: 'before', gap: 'refused' },
    ],
    [
      'one that was upgraded on its old data: it stays what it was until it is copied',
      replica({ program: REDIS_8, uptimeSeconds: 5 }),
      newer,
      before,
      { program: REDIS_7, wholeRun: 'before', gap: 'upgraded' },
    ],
    [
      'the same after the copy',
      replica({ program: REDIS_8, uptimeSeconds: 5, hadFullCopy: true }),
      newer,
      before,
      { program: REDIS_8, wholeRun: 'run' },
    ],
    [
      'one that was upgraded before its master, and follows it by its new id',
      replica({ program: REDIS_8, uptimeSeconds: 5, history: at('X', 120, 'R', 100) }),
      newer,
      before,
      { program: REDIS_8, wholeRun: 'run' },
    ],
  ] as const)('%s', (_name, local, peer, known, expected) => {
    expect(rememberedData(local, peer, known)).toEqual(expected);
  });
});
