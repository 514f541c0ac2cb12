import { describe, expect, test } from 'vitest';
import { judge, type Kind, type Operation, totalOf, type Verdict } from '../lib/history.ts';
import { hotRequest, hotValuesOf } from '../lib/hot-keys.ts';

const ACTIONS = { '+': 'add', '-': 'remove', '?': 'read' } as const;

/** `+x 0 1` adds or writes x between these times, `-x` takes it, `?x` reads it, `?` finds nothing; `+x 0` has no answer. */
function operationsOf(kind: Kind, told: string, client = 'here'): readonly Operation[] {
  const parts = told.split(', ').filter(Boolean);
  return parts.map((part) => {
    const [word = '', begin, end] = part.split(' ');
    const action = ACTIONS[word.charAt(0) as keyof typeof ACTIONS];
    const operation = { key: kind, kind, action, value: word.slice(1), client, beginMs: Number(begin) };
    return end === undefined ? operation : { ...operation, endMs: Number(end) };
  });
}

type Case = readonly [
  kind: Kind,
  name: string,
  told: string,
  /** Values are separated by blanks. */
  final: string,
  /** What is found, besides nothing. */
  found?: Partial<Verdict>,
  /** What was put aside, and what clients of the other side were told. */
  more?: { readonly kept?: string; readonly elsewhere?: string },
];

const THREE = '+1 0 1, +1 2 3, +1 4 5';

const CASES: readonly Case[] = [
  ['counter', 'every increment is there', THREE, '3'],
  ['counter', 'an increment is lost', THREE, '2', { vanished: 1 }],
  ['counter', 'the key is gone', THREE, '', { vanished: 3 }],
  ['counter', 'what is missing was put aside', THREE, '1', { aside: 2 }, { kept: '1 1' }],
  ['counter', 'more is missing than was put aside', THREE, '0', { aside: 1, vanished: 2 }, { kept: '1' }],
  ['counter', 'an unanswered increment may count', `${THREE}, +1 6`, '4'],
  ['counter', 'and may not', `${THREE}, +1 6`, '3'],
  ['counter', 'an increment counts twice', THREE, '4', { twice: 1 }],
  ['counter', 'those of the other side are there too', THREE, '5', { merged: 2 }, { elsewhere: '+1 0 1, +1 2 3' }],
  ['counter', 'one of them is missing', THREE, '4', { merged: 1, vanished: 1 }, { elsewhere: '+1 0 1, +1 2 3' }],
  ['counter', 'an unanswered one may stand for one of them', '+1 0', '1', {}, { elsewhere: '+1 0 1' }],

  ['list', 'every element is there', '+x 0 1, +y 2 3', 'x y'],
  ['list', 'an element is lost', '+x 0 1, +y 2 3', 'y', { vanished: 1 }],
  ['list', 'a lost element was put aside', '+x 0 1', '', { aside: 1 }, { kept: 'x' }],
  ['list', 'an element is there twice', '+x 0 1', 'x x', { twice: 1 }],
  ['list', 'an unanswered element may be there', '+x 0', 'x'],
  ['list', 'and may not', '+x 0', ''],
  ['list', 'but not twice', '+x 0', 'x x', { twice: 1 }],
  ['list', 'an element was taken', '+x 0 1, -x 2 3', ''],
  ['list', 'an element was taken, and is there again', '+x 0 1, -x 2 3', 'x', { again: 1 }],
  ['list', 'an element was given to two', '+x 0 1, -x 2 3, -x 4 5', '', { again: 1 }],
  ['list', 'a taker without an answer took one at most', '+x 0 1, +y 2 3, - 4', '', { vanished: 1 }],
  ['list', 'takers of an empty queue took nothing', '- 0 1, - 2 3', ''],
  ['list', 'an element of the other side is merged', '+x 0 1', 'x y', { merged: 1 }, { elsewhere: '+y 0 1' }],

  ['set', 'a member is lost', '+x 0 1, +y 0 1', 'x', { vanished: 1 }],
  ['set', 'a removed member is gone', '+x 0 1, -x 2 3', ''],
  ['set', 'a removed member is there again', '+x 0 1, -x 2 3', 'x', { again: 1 }],
  ['set', 'an unanswered removal may have been carried out', '+x 0 1, -x 2', ''],
  ['set', 'and may not', '+x 0 1, -x 2', 'x'],

  ['register', 'the last write is there', '+x 0 1, +y 2 3', 'y'],
  ['register', 'the last two writes are lost', '+x 0 1, +y 2 3, +z 4 5', 'x', { vanished: 2 }],
  ['register', 'one of them was put aside', '+x 0 1, +y 2 3, +z 4 5', 'x', { vanished: 1, aside: 1 }, { kept: 'z' }],
  ['register', 'of writes at the same time either may be the last', '+x 0 3, +y 1 2', 'x'],
  ['register', 'an unanswered write may come at any time', '+x 0, +y 2 3', 'x'],
  ['register', 'all is gone', '+x 0 1', '', { vanished: 1 }],
  ['register', 'a read is told the newest value', '+x 0 1, ?x 2 3', 'x'],
  ['register', 'a read is told an older value', '+x 0 1, +y 2 3, ?x 4 5, ?y 6 7', 'y', { stale: 1 }],
  ['register', 'a read is told that there is nothing', '+x 0 1, ? 2 3', 'x', { stale: 1 }],
  ['register', 'a read during a write may be told either', '+x 0 1, +y 2 5, ?x 3 4, ?y 3 4', 'y'],
];

const NOTHING = { vanished: 0, aside: 0, merged: 0, twice: 0, again: 0, stale: 0 };

const words = (text = ''): readonly string[] => text.split(' ').filter(Boolean);

describe('what became of operations', () => {
  const cases = CASES.map(([kind, name, told, final, found, more]) => ({ kind, name, told, final, found, ...more }));

  test.each(cases)('$kind: $name', ({ kind, told, final, found, kept, elsewhere = '' }) => {
    const operations = [...operationsOf(kind, told), ...operationsOf(kind, elsewhere, 'there')];
    const verdicts = judge(operations, {
      final: new Map([[kind, words(final)]]),
      kept: new Map([[kind, words(kept)]]),
      otherSide: new Set(['there']),
    });
    expect(totalOf(verdicts)).toEqual({ ...NOTHING, ...found });
  });

  test('is said for each key', () => {
    const told = [...operationsOf('counter', '+1 0 1, +1 2 3'), ...operationsOf('list', '+x 0 1')];
    const final = new Map([['counter', ['1']]]);
    expect(judge(told, { final, kept: new Map(), otherSide: new Set() })).toEqual([
      { key: 'counter', kind: 'counter', acked: 2, ...NOTHING, vanished: 1 },
      { key: 'list', kind: 'list', acked: 1, ...NOTHING, vanished: 1 },
    ]);
  });
});

describe('the keys of everybody', () => {
  const requests = Array.from({ length: 20 }, (_, nth) => hotRequest(nth, 'w0:'));

  test('are of every kind', () => {
    expect(new Set(requests.map(({ kind }) => kind))).toEqual(new Set(['register', 'counter', 'list', 'set']));
  });

  test('are found again in the commands that were put aside', () => {
    const written = requests
      .filter(({ action }) => action === 'add')
      .map(({ key, kind, action, value }, at): Operation => {
        return { key, kind, action, value, client: 'w0:', beginMs: at * 2, endMs: at * 2 + 1 };
      });
    const kept = hotValuesOf(requests.map(({ command }) => command.map(String)));
    expect(totalOf(judge(written, { final: new Map(), kept, otherSide: new Set() }))).toEqual({
      ...NOTHING,
      aside: written.length,
    });
  });
});
