/** What people are told of, from what is written down. */
import { expect, test } from 'vitest';
import type { SeenAs } from '../../../../src/core/check/condition.ts';
import type { Hearing } from '../../../../src/core/history/people.ts';
import { HOOK_EVENTS, hearEntry, heardBefore, NOTHING_HEARD } from '../../../../src/core/history/people.ts';
import type { Recorded } from '../../../../src/core/history/record.ts';
import { at, idAt, takeover } from './story.ts';

const hear = (records: readonly Recorded[], before?: Recorded) => {
  let heard: Hearing = NOTHING_HEARD;
  if (before !== undefined) heard = hearEntry(heard, before).next;
  return records.flatMap((record) => {
    const { next, events } = hearEntry(heard, record);
    heard = next;
    return events;
  });
};

const found = (local: SeenAs, peer: SeenAs, isSound = true) => ({
  fit: true,
  condition: { row: 38, local, peer, isSound },
});

const look = (fit: boolean, inOrder: boolean): Recorded => at(0, 'verdict', { fit, inOrder, rule: 1, why: 'so' });
const [GOOD, POOR, UNFIT] = [look(true, true), look(true, false), look(false, false)];
const BAD = { ...UNFIT, rule: 11 };
const DRAINED = { ...UNFIT, rule: 2 };

test.each<[name: string, before: Recorded | undefined, looks: readonly Recorded[], expected: readonly string[]]>([
  ['the first look of all finds a pair in order', undefined, [GOOD], []],
  ['or one that is not', undefined, [POOR], ['not-in-order']],
  ['or a node that is unfit', undefined, [BAD], ['unfit']],
  ['unfit, then fit and in order', GOOD, [BAD, GOOD], ['unfit', 'fit']],
  ['unfit, then fit and alone', GOOD, [BAD, POOR, GOOD], ['unfit', 'fit', 'not-in-order', 'in-order-again']],
  ['from not in order to unfit', POOR, [BAD], ['unfit']],
  ['what an earlier process has seen is no news', BAD, [BAD, BAD], []],
  ['but its end is', POOR, [GOOD], ['in-order-again']],
  ['a person has drained it, and takes that back', GOOD, [DRAINED, GOOD], []],
  ['what a drained node is after that, is news', GOOD, [DRAINED, BAD], ['unfit']],
])('%s', (_name, before, looks, expected) => {
  expect(hear(looks, before).map(({ event }) => event)).toEqual(expected);
});

test.each<[name: string, last: Parameters<typeof heardBefore>[0], standing: Hearing['standing']]>([
  ['nothing', undefined, undefined],
  ['a pair that is whole', found('master', 'replica'), 'in order'],
  ['the same on the other host', found('replica', 'master'), 'in order'],
  ['a server alone', found('master', 'unknown'), 'in order'],
  ['a dead peer', found('master', 'refused'), 'not in order'],
  ['nobody leads', found('replica', 'replica'), 'not in order'],
  ['a node that is unfit', { ...found('refused', 'replica', false), fit: false }, 'unfit'],
])('an earlier process has found %s', (_name, last, standing) => {
  expect(heardBefore(last).standing).toBe(standing);
});

test('what a person says is told as it is said', () => {
  const said = [
    at(1, 'drained', { by: 'kim', why: 'a new kernel' }),
    at(2, 'paused', { by: 'kim', until: '2026-11-30T05:00:00.000Z' }),
    at(3, 'resumed', { what: 'drain', why: 'by kim', was: 'drained' }),
  ];
  expect(hear(said).map(({ says }) => says)).toEqual([
    'kim has drained this node: a new kernel',
    'kim has paused redisha here until 2026-11-30T05:00:00.000Z',
    'the drain of this node has ended: by kim',
  ]);
});

test('a takeover is told once its command has ended, with the rule that decided it', () => {
  const [gone, role, back, ...none] = hear(takeover().slice(1), GOOD);
  expect([gone?.event, back?.event, none]).toEqual(['not-in-order', 'in-order-again', []]);
  expect(role).toMatchObject({
    event: 'role-changed',
    at: at(4.151, 'end').at,
    says: 'local became the master (rule 340: it is dead)',
    fields: { leader: 'local', rule: 340, why: 'it is dead', result: 'done', change: idAt(4.14) },
  });
});

test('a rescue is told when its change is over, and a change that moved nothing is not', () => {
  const change = idAt(1);
  const rescued = at(2, 'rescued', { change, loser: 'peer', form: 'suffix', file: '/r/a.resp', bytes: 12 });
  expect(hear([rescued])).toEqual([]);
  expect(hear([rescued, at(3, 'end', { change })])).toMatchObject([
    { event: 'rescue-made', fields: { file: '/r/a.resp', bytes: 12, loser: 'peer', form: 'suffix' } },
  ]);
  expect(hear([at(1, 'plan', { change, steps: [] }), at(2, 'end', { change })])).toEqual([]);
});

test('an event has the fields that are declared for it, and no others', () => {
  const told = hear([
    BAD,
    ...takeover(),
    at(90, 'rescued', { change: 'x', secret: 1 }),
    at(91, 'end', { change: 'x' }),
  ]);
  expect(new Set(told.map(({ event }) => event)).size).toBeGreaterThan(3);
  for (const { event, fields } of told) expect(Object.keys(fields)).toEqual([...HOOK_EVENTS[event].fields]);
});
