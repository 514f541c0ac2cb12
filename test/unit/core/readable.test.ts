/** One line for each row by which a node is read from or not. */
import { expect, test } from 'vitest';
import { judgeReading, READING, type ReadingFacts } from '../../../src/core/readable.ts';
import { at, master, replica, silent } from './builders.ts';

const LAG_MAX = 50;
const leader = master({ history: at('R', 150) });

const LINES: readonly (readonly [string, Omit<ReadingFacts, 'lagMaxBytes'>, number, boolean])[] = [
  ['silent', { node: silent('refused'), master: undefined }, 70, false],
  ['locked: nobody can tell', { node: silent('locked'), master: undefined }, 70, false],
  ['loading', { node: replica({ loading: true }), master: undefined }, 70, false],
  ['drained', { node: replica({ isDrained: true, history: at('R', 150) }), master: leader }, 71, false],
  ['a master', { node: master(), master: undefined }, 72, false],
  ['link down', { node: replica({}, { linkUp: false }), master: leader }, 74, false],
  ['syncing', { node: replica({}, { syncing: true }), master: leader }, 74, false],
  ['another history', { node: replica({ history: at('X', 150) }), master: leader }, 75, false],
  ['a byte too far behind', { node: replica({ history: at('R', 99) }), master: leader }, 76, false],
  ['as far behind as it may be', { node: replica({ history: at('R', 100) }), master: leader }, 78, true],
  [
    'ahead of what its master said a moment ago',
    { node: replica({ history: at('R', 151) }), master: leader },
    78,
    true,
  ],
  ['its master does not answer us', { node: replica(), master: undefined }, 77, true],
];

test.each(LINES)('%s', (_name, facts, rule, fit) => {
  expect(judgeReading({ ...facts, lagMaxBytes: LAG_MAX })).toMatchObject({ rule, fit });
});

test('every row is the answer to some line above', () => {
  const ids = READING.flatMap(({ rows }) => rows.map(({ id }) => id));
  expect(ids.filter((id) => !LINES.some(([, , rule]) => rule === id))).toEqual([]);
});
