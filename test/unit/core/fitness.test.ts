/** The table of the check: each line says what is seen, which row decides, the verdict, and what it has repaired. */
import { expect, test } from 'vitest';
import type { CheckFacts } from '../../../src/core/check-facts.ts';
import { conditionOf } from '../../../src/core/check/condition.ts';
import { FITNESS, judge } from '../../../src/core/fitness.ts';
import type { Intent } from '../../../src/core/model.ts';
import { at, checkOf, DRAINED, LOCAL, master, PAUSED, remembering, replica, silent } from './builders.ts';

type Views = readonly [local: CheckFacts['local'], peer: CheckFacts['peer'], changes?: Partial<CheckFacts>];
type Line = readonly [name: string, seen: Views, rule: number, fit: boolean, heal?: Intent];

const UNHEARD = { hasHeardRival: false };
/** The resident of the scripts' files. */
const DEAF = { startsAtOnce: true };
const ADDRESS = { vrrpState: 'MASTER' } as const;
const NEWER = { product: 'redis', version: [8, 0, 2] } as const;
const OLDER = { product: 'redis', version: [7, 0, 15] } as const;
const leader = master({ runId: 'other' });
const follower = replica({ runId: 'other' }, { endpoint: LOCAL });
const nobody = replica({ runId: 'other' }, { who: 'third-silent', linkUp: false });
const closed = { addressClosed: true } as const;
const fenced = { fence: { minReplicasToWrite: 0, minReplicasMaxLag: 10 } };
const further = master({ runId: 'other', history: at('X', 120, 'R', 100) });
const partedAt = (offset: number) => ({ history: at('X', offset, 'R', 100) });
const partedRival = (offset: number) => master({ runId: 'other', history: at('Z', offset, 'R', 100) });
const rival = master({ runId: 'other', history: at('U', 70) });
/** Restarted with other data than the other side has kept. */
const restarted = { history: at('Y', 95, 'R', 90), uptimeSeconds: 3 };
/** The master that crashed, with what it never sent. */
const cameBack = replica({ history: at('R', 120), uptimeSeconds: 3 }, { linkUp: false, linkDownSeconds: -1 });
const led = remembering({ wasMaster: true });
const empty = replica({ history: at('E', 0), keys: 0 }, { linkUp: false });
const newerReplica = replica({ program: NEWER, uptimeSeconds: 5 });
const newerLeader = master({ runId: 'other', program: NEWER });

const SILENT: readonly Line[] = [
  ['refuses connections', [silent('refused'), leader], 10, false],
  ['does not answer, and the peer is dead', [silent('frozen'), silent('refused'), ADDRESS], 10, false],
  ['blocked by a script', [silent('busy'), leader, { unchangedMs: 4999 }], 12, true],
  ['blocked by a script for long', [silent('busy'), leader, { unchangedMs: 5000 }], 12, false],
  ['the same, and the peer is dead', [silent('busy'), silent('refused'), { unchangedMs: 5000 }], 12, true],
  ['could not be asked', [silent('unasked'), leader, { unchangedMs: 4999 }], 13, true],
  ['could not be asked for long', [silent('unasked'), leader, { unchangedMs: 5000 }], 13, false],
  ['the same, and the peer is dead', [silent('unasked'), silent('unasked'), { unchangedMs: 5000 }], 13, true],
  ['locked', [silent('locked'), leader, { unchangedMs: 60_000 }], 14, true],
  ['without a connection left', [silent('full'), leader], 14, true],
  ['loading, and the peer is dead', [master({ loading: true }), silent('refused'), { unchangedMs: 60_000 }], 16, true],
  ['loading beside a peer', [master({ loading: true }), leader], 16, false],
  ['loading under the address', [master({ loading: true }), leader, { ...ADDRESS, unchangedMs: 9999 }], 16, true],
  ['the same for long', [master({ loading: true }), leader, { ...ADDRESS, unchangedMs: 10_000 }], 16, false],
];

const MASTER: readonly Line[] = [
  ['has less than the peer', [master(), further], 30, false, 'backup'],
  ['the same under the address', [master(), further, { ...ADDRESS, unchangedMs: 19_999 }], 30, true, 'master'],
  ['the same for long', [master(), further, { ...ADDRESS, unchangedMs: 20_000 }], 30, false, 'master'],
  ['restarted, and its replica has other data', [master(restarted), follower], 31, true, 'backup'],
  ['the same, and keepalived is in FAULT', [master(restarted), follower, { vrrpState: 'FAULT' }], 31, true, 'fault'],
  ['the same, and it has run on', [master(), replica({ runId: 'other', history: at('U', 90) })], 38, true],
  ['two masters, the address is here', [master(), rival, ADDRESS], 32, true, 'master'],
  [
    'the same, and keepalived is still to hear of the other one',
    [master(), rival, { ...ADDRESS, ...UNHEARD, unchangedMs: 2499 }],
    32,
    true,
  ],
  ['the same, and it never does', [master(), rival, { ...ADDRESS, ...UNHEARD, unchangedMs: 2500 }], 32, true, 'master'],
  [
    'the same, and keepalived keeps the address',
    [master(), rival, { ...ADDRESS, hasHeardRival: true }],
    32,
    true,
    'master',
  ],
  [
    'both took writes, and nobody tells of adverts',
    [master(partedAt(500)), partedRival(500), { ...ADDRESS, ...DEAF, unchangedMs: 3999 }],
    32,
    true,
  ],
  [
    'the same for long',
    [master(partedAt(500)), partedRival(500), { ...ADDRESS, ...DEAF, unchangedMs: 4000 }],
    32,
    true,
    'master',
  ],
  [
    'the peer took next to nothing',
    [master(partedAt(500)), partedRival(128), { ...ADDRESS, ...DEAF }],
    32,
    true,
    'master',
  ],
  [
    'local took next to nothing',
    [master(partedAt(128)), partedRival(500), { ...ADDRESS, ...DEAF }],
    32,
    true,
    'master',
  ],
  [
    'both took writes, seen by a check that looks once',
    [master(partedAt(500)), partedRival(500), ADDRESS],
    32,
    true,
    'master',
  ],
  ['the same while a command is at work', [master(), rival, { ...ADDRESS, commandRunning: true }], 32, true],
  ['the same a moment after keepalived said so', [master(), rival, { ...ADDRESS, vrrpAgeMs: 999 }], 32, true],
  ['two masters, the address is not here', [master(), rival, { unchangedMs: 9999 }], 34, false],
  ['the same for long', [master(), rival, { unchangedMs: 10_000 }], 34, true],
  ['a fence is left', [master(fenced), follower, ADDRESS], 36, true, 'master'],
  ['a FAILOVER is left', [master(), { ...follower, failover: 'in-progress' }, ADDRESS], 36, true, 'master'],
  ['its port is closed a moment ago', [master(closed), follower, { ...ADDRESS, unchangedMs: 1499 }], 35, true],
  ['its port is left closed', [master(closed), follower, { ...ADDRESS, unchangedMs: 1500 }], 35, true, 'master'],
  ['the port of the old master is closed', [master(), { ...follower, ...closed }, ADDRESS], 35, true],
  [
    'the same for longer',
    [master(), { ...follower, ...closed }, { ...ADDRESS, unchangedMs: 1500 }],
    35,
    true,
    'master',
  ],
  ['the address is not here yet', [master(), { ...follower, ...closed }], 38, true],
  ['a fence is left, the address is not here', [master(fenced), follower], 38, true],
  ['the two are together again', [master(), follower, { ...ADDRESS, wasApart: true }], 37, true, 'master'],
  ['they are still apart', [master(), silent('unreachable'), { ...ADDRESS, wasApart: true }], 38, true],
  ['in order', [master(), follower, ADDRESS], 38, true],
  ['two masters that hold the same', [master(), leader], 38, true],
  ['the peer is not known', [master(), undefined, ADDRESS], 38, true],
];

const REPLICA: readonly Line[] = [
  ['a command is at work', [replica(), leader, { ...ADDRESS, commandRunning: true }], 50, true],
  ['keepalived has just said MASTER', [replica(), follower, { ...ADDRESS, vrrpAgeMs: 999 }], 50, true],
  ['the peer restarted with other data', [replica(), master({ ...restarted, runId: 'other' })], 51, true, 'backup'],
  ['brings data back', [cameBack, leader, led], 61, false, 'backup'],
  ['brings data back, under the address', [cameBack, leader, { ...ADDRESS, ...led }], 61, false, 'master'],
  ['the same a moment after keepalived said so', [cameBack, leader, { ...led, vrrpAgeMs: 999 }], 61, false],
  ['the same in the resident', [cameBack, leader, { ...led, vrrpAgeMs: 100, startsAtOnce: true }], 61, false, 'backup'],
  ['the same at once', [cameBack, leader, { ...led, vrrpAgeMs: 99, startsAtOnce: true }], 61, false],
  ['the role is at the peer', [replica(), leader, ADDRESS], 52, false],
  ['nobody is a master', [replica(), nobody, { ...ADDRESS, unchangedMs: 1499 }], 54, true],
  ['the same for longer', [replica(), nobody, { ...ADDRESS, unchangedMs: 1500 }], 54, true, 'master'],
  ['the same for long', [replica(), nobody, { ...ADDRESS, unchangedMs: 20_000 }], 54, false, 'master'],
  ['follows nobody of the pair', [replica({}, { who: 'third-silent' }), leader], 60, false, 'backup'],
  ['its link is down', [replica({}, { linkUp: false }), leader, { wasFit: false }], 62, false],
  ['its link was lost', [replica({}, { linkUp: false }), leader, { wasFit: true, unchangedMs: 999 }], 62, true],
  ['the same for long', [replica({}, { linkUp: false }), leader, { wasFit: true, unchangedMs: 1000 }], 62, false],
  [
    'was upgraded on its old data',
    [newerReplica, newerLeader, remembering({ data: { program: OLDER } })],
    63,
    false,
    'backup',
  ],
  ['lost its data, and the peer is dead', [empty, silent('refused'), remembering({ keys: 10 })], 64, false],
  ['never had any data', [empty, silent('refused'), remembering({ keys: 0 })], 66, true],
  ['older, and has refused commands', [replica({ refusedCommands: 2 }), newerLeader], 65, false],
  ['its port is closed, and the address is here yet', [replica(closed), leader, ADDRESS], 52, false],
  ['its port is closed, and the address has left', [replica(closed), leader], 67, true, 'backup'],
  ['in step', [replica(), leader], 66, true],
  ['the peer is dead', [replica({}, { linkUp: false }), silent('refused')], 66, true],
];

const drained = { marks: { drained: DRAINED, paused: undefined } };
const paused = { marks: { drained: undefined, paused: PAUSED } };
const both = { marks: { drained: DRAINED, paused: PAUSED } };

const SAID: readonly Line[] = [
  ['drained, and in step', [replica(), leader, drained], 4, false],
  ['drained, and the peer is dead', [replica({}, { linkUp: false }), silent('refused'), drained], 4, false],
  ['drained, the master under the address', [master(), follower, { ...ADDRESS, ...drained }], 4, false],
  ['drained, and its Redis is dead', [silent('refused'), leader, drained], 4, false],
  ['drained, and brings data back', [cameBack, leader, { ...led, ...drained }], 4, false, 'backup'],
  ['the same in FAULT', [cameBack, leader, { ...led, ...drained, vrrpState: 'FAULT' }], 4, false, 'fault'],
  ['paused, and was fit', [replica(), leader, { ...paused, wasFit: true }], 2, true],
  ['paused, was fit, and its Redis is dead', [silent('refused'), leader, { ...paused, wasFit: true }], 2, true],
  ['paused, was unfit, and is well', [replica(), leader, { ...paused, wasFit: false }], 2, false],
  ['paused, and nobody knows how it was', [silent('refused'), leader, paused], 2, false],
  ['the same, and it is well', [replica(), leader, paused], 2, true],
  ['paused, and there is something to repair', [cameBack, leader, { ...led, ...paused, wasFit: true }], 2, true],
  ['drained and paused', [replica(), leader, { ...both, wasFit: true }], 2, false],
];

test.each([
  ...SAID.map((line) => [`a person has said: ${line[0]}`, line] as const),
  ...SILENT.map((line) => [`local, ${line[0]}`, line] as const),
  ...MASTER.map((line) => [`a master, ${line[0]}`, line] as const),
  ...REPLICA.map((line) => [`a replica, ${line[0]}`, line] as const),
])('%s', (_name, [, seen, rule, fit, heal]) => {
  expect(judge(checkOf(...seen))).toMatchObject({ rule, fit, heal });
});

test.each<readonly [name: string, seen: Views, isInOrder: boolean]>([
  ['a master and its replica', [master(), follower, ADDRESS], true],
  ['a master, and nobody has named the peer', [master(), undefined, ADDRESS], true],
  ['a master whose replica is gone', [master(), silent('refused'), ADDRESS], false],
  ['a master whose replica is locked', [master(), silent('locked'), ADDRESS], false],
  ['a master whose replica loads', [master(), { ...follower, loading: true }, ADDRESS], false],
  ['two masters', [master(), leader], false],
  ['a replica and its master', [replica(), leader], true],
  ['a replica whose master is gone', [replica(), silent('refused')], false],
  ['a server that redisha cannot judge', [silent('locked'), leader], false],
  [
    'a replica under the address while a command is at work',
    [replica(), leader, { ...ADDRESS, commandRunning: true }],
    true,
  ],
])('for the log: %s', (_name, seen, isInOrder) => {
  expect(judge(checkOf(...seen)).isInOrder).toBe(isInOrder);
});

test('what a person has said comes first in why, and what is seen after it', () => {
  expect(judge(checkOf(replica(), leader, drained))).toMatchObject({
    why: expect.stringMatching(/^drained by ann at 2026-11-30T10:00:00.000Z: new kernel; seen: replica/) as string,
    isInOrder: false,
  });
  expect(judge(checkOf(replica(), leader, paused)).why).toMatch(
    /^paused by bob at .* until 2026-11-30T12:00:00.000Z: new switch; seen: replica/,
  );
});

test('it is another condition than what is seen alone, and ages as that does', () => {
  const [plain, said] = [{}, drained].map((marks) => conditionOf(checkOf(cameBack, leader, { ...led, ...marks })));
  expect([plain?.row, said?.row]).toEqual([61, '4: 61']);
});

test('every row is the answer to some line above', () => {
  const hit = new Set([...SAID, ...SILENT, ...MASTER, ...REPLICA].map(([, , rule]) => rule));
  const ids = FITNESS.flatMap(({ rows }) => rows.map(({ id }) => id));
  expect(ids.filter((id) => !hit.has(id))).toEqual([]);
});
