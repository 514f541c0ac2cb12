/** A sign of life that comes long after it was asked for. */
import { expect, test } from 'vitest';
import { ATTENTIVE, hurry, looked, pulsed, SETTLED, tick, unseen } from '../../../../src/core/watch/server.ts';
import { master } from '../builders.ts';

const LOOK = [{ kind: 'look', side: 'peer' }];

test.each([
  ['at once, and the last look is young', ATTENTIVE, 500, 501, []],
  ['at once, and the last look is old', ATTENTIVE, 1000, 1001, LOOK],
  ['late, and the last look is old by then', ATTENTIVE, 500, 6700, LOOK],
  ['late, and the last look is young even so', SETTLED, 500, 3000, []],
])('an unchanged one that comes %s', (_name, pace, askedMs, answeredMs, expected) => {
  const [first] = hurry(unseen('peer', 0), 0);
  const [known] = looked(pulsed(first, 1, 'm')[0], 2, master());
  const [asked] = tick({ ...known, pace }, askedMs, { isTime: true, mustListen: false, pace });
  expect(pulsed(asked, answeredMs, 'm')[1]).toEqual(expected);
});
