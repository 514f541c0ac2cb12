/** Why the role moved, from what lies in a journal. */
import { describe, expect, test } from 'vitest';
import { chainOf, openReach } from '../../../../src/core/history/chain.ts';
import type { Recorded } from '../../../../src/core/history/record.ts';
import { at, idAt, minute, takeover } from './story.ts';

const told = (records: readonly Recorded[], moment = undefined as typeof minute | undefined) => {
  const chain = chainOf(records, moment);
  return chain === undefined
    ? undefined
    : {
        title: chain.title,
        change: chain.change,
        links: chain.links.map(({ kind, afterMs }) => [kind, afterMs]),
        sums: chain.sums,
        unknown: chain.unknown,
      };
};

const OTHER_HOST = 'the other host has its own part of the story: redisha history why, there';
const FIRST_WRITE = 'no look is at every write, so the time of the very first one is not known';

const TAKEN_OVER = {
  title: 'local became the master',
  change: idAt(4.14),
  links: [
    ['first-bad-look', 0],
    ['keepalived', 138],
    ['decision', 139],
    ['promoted', 144],
    ['end', 149],
    ['address', 198],
    ['clients-told', 208],
    ['first-write-seen', 1098],
    ['in-order', 25_998],
  ],
  sums: [
    '0.144 s after the first bad look: this Redis takes writes',
    '0.198 s after the first bad look: the address has moved',
    '1.098 s after the first bad look: a look sees a write: the first one came in by then',
    '25.998 s after the first bad look: the node is fit and its pair in order again',
  ],
  unknown: [FIRST_WRITE, OTHER_HOST],
};

describe('why', () => {
  test('a takeover: from the first bad look to the first write and a pair in order', () => {
    expect(told(takeover())).toEqual(TAKEN_OVER);
  });

  test('of a moment that somebody names, also where something moved later', () => {
    const later = { ...at(900, 'step'), step: { kind: 'follow', side: 'local' }, change: idAt(899) };
    expect(told([...takeover(), later], minute)).toEqual(TAKEN_OVER);
    expect(told([...takeover(), later])).toMatchObject({ title: 'the peer became the master', links: [['step', 0]] });
    expect(told(takeover(), { fromMs: minute.toMs + 700_000, toMs: minute.toMs + 700_000 })).toBeUndefined();
  });

  test('another change that moved the role is another story', () => {
    const before = [
      at(-20, 'verdict', { fit: true, inOrder: false, rule: 56, why: 'gone' }),
      at(-10, 'step', { change: idAt(-11), step: { kind: 'follow', side: 'local' } }),
    ];
    const story = told([...before, ...takeover().slice(1)]);
    expect(story).toEqual(TAKEN_OVER);
  });

  test('without a bad look it says so, and nothing of yesterday belongs to it', () => {
    const change = idAt(10);
    const handOver = [
      at(-3000, 'end', { intent: 'backup', exitCode: 0 }, 9),
      at(10, 'plan', { change, steps: ['hand over'] }),
      at(10.02, 'step', { change, step: { kind: 'handOver', from: 'peer' }, way: 'pause', tookMs: 12 }),
    ];
    expect(told(handOver)).toMatchObject({
      links: [
        ['decision', 0],
        ['promoted', 20],
      ],
      sums: ['0.020 s after the first of these: this Redis takes writes'],
      unknown: [
        'this host had seen nothing wrong before: keepalived or a person moved it',
        'no look has seen a write since: perhaps nobody wrote',
        FIRST_WRITE,
        OTHER_HOST,
      ],
    });
  });

  test('on the host that lost its Redis: the address left', () => {
    const records = [
      at(4, 'verdict', { fit: false, inOrder: false, rule: 11, why: 'it refuses connections' }),
      at(4.13, 'vrrp', { vrrpState: 'FAULT' }),
      at(4.2, 'address', { isHere: false }),
    ];
    expect(told(records)).toMatchObject({
      title: 'the virtual address left this host',
      links: [
        ['first-bad-look', 0],
        ['keepalived', 130],
        ['address', 200],
      ],
      unknown: [OTHER_HOST],
    });
  });

  test('entries of an older version: no names of changes, no word about the order of the pair', () => {
    const older = takeover()
      .filter(({ event }) => event !== 'writes-seen')
      .map(({ change: _change, inOrder: _inOrder, ...entry }) => entry as Recorded);
    expect(told(older)).toMatchObject({
      change: idAt(4.141),
      links: [
        ['keepalived', 0],
        ['decision', 1],
        ['promoted', 6],
        ['end', 11],
        ['address', 60],
        ['clients-told', 70],
        ['in-order', 25_860],
      ],
    });
  });

  test('nothing has moved yet', () => {
    expect(told([at(1, 'verdict', { fit: true, inOrder: true })])).toBeUndefined();
    expect(told([])).toBeUndefined();
  });

  test('a journal is read back until an hour before what was asked for', () => {
    const wants = openReach(undefined);
    expect(
      [at(5000, 'verdict'), at(4000, 'address', { isHere: true }), at(500, 'verdict'), at(300, 'verdict')].map(wants),
    ).toEqual([true, true, true, false]);
    const named = openReach(minute);
    expect([at(9000, 'verdict'), at(-4000, 'verdict'), at(-4300, 'verdict')].map(named)).toEqual([true, true, false]);
  });
});
