/** What `status` says of a node that may not write. */
import { expect, test } from 'vitest';
import { licenceFindings } from '../../../src/app/licence-status.ts';
import type { LicencePosition } from '../../../src/core/licence/model.ts';

test.each<[LicencePosition['kind'], boolean]>([
  ['unbound', true],
  ['peer-unbound', true],
  ['refused', true],
  ['fenced', true],
  ['waiting', true],
  ['beside-master', true],
  ['whole', false],
  ['following', false],
  ['licensed', false],
  ['unwitnessed', false],
  ['handing-over', false],
])('%s: not in order: %s', (position, isFinding) => {
  const found = licenceFindings({ position, says: 'so it is' }, false);
  expect(found.map(({ code, says }) => [code, says])).toEqual(isFinding ? [['licence', 'so it is']] : []);
});

test('a witness that gives no answer is told while both nodes live', () => {
  const found = licenceFindings({ position: 'whole', says: 'so it is', away: 'WRONGPASS' }, false);
  expect(found.map(({ code, says }) => [code, says])).toEqual([
    ['witness', expect.stringContaining('no answer (WRONGPASS)')],
  ]);
});

test('without a witness there is nothing to say', () => {
  expect(licenceFindings(undefined, false)).toEqual([]);
});

test('a witness that nobody asks is of no use', () => {
  expect(licenceFindings(undefined, true).map(({ code, says }) => [code, says])).toEqual([
    ['witness', expect.stringContaining('it takes no writes')],
  ]);
});
