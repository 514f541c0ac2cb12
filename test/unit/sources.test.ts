/** What the house rules find in sources. */
import { expect, test } from 'vitest';
import { circlesIn, unreadFields } from '../lib/sources.ts';

test('a circle of imports is found once, with what leads around it', () => {
  const links = { main: ['a'], a: ['b', 'd'], b: ['c'], c: ['a', 'd'], d: [], other: ['b'] };
  expect(circlesIn(new Map(Object.entries(links)))).toEqual(['a -> b -> c -> a']);
});

test('a field counts as read where it is taken from an object, by its name or by a word, and not where it is written', () => {
  const path = 'fields.ts';
  const declared = { path, text: 'export interface A { taken: 1; given: 2; set: 3; named: 4; counted: 5 }' };
  const text = `const { taken } = a; const b = { given: 2 }; a.set = 3; const name = 'named'; a.counted += 1;`;
  expect(unreadFields([declared], [{ path: 'reading.ts', text }])).toEqual(['fields.ts:1: given', 'fields.ts:1: set']);
});
