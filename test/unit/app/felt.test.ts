/** What clients may have seen of a step. */
import { expect, test } from 'vitest';
import { feltHeld, feltLetGo, nothingFelt, takeFelt } from '../../../src/app/felt.ts';

test('a fence behind a pause refuses nobody, and what is held by nobody is not let go of', () => {
  const felt = nothingFelt();
  expect(takeFelt(felt)).toEqual({});
  feltHeld(felt, 'peer', 'pause', 100);
  feltHeld(felt, 'peer', 'fence', 103);
  feltLetGo(felt, 'peer', 110.4);
  feltLetGo(felt, 'peer', 120);
  feltLetGo(felt, 'local', 120);
  felt.way = 'pause';
  felt.clientsEnded = 0;
  felt.staysOpen = 'no right';
  const expected = {
    held: [{ side: 'peer', way: 'pause', forMs: 10 }],
    way: 'pause',
    clientsEnded: 0,
    staysOpen: 'no right',
  };
  expect(takeFelt(felt)).toEqual(expected);
  expect(takeFelt(felt)).toEqual({});
});
