/** What the log and the journal can say. */
import { expect, test } from 'vitest';
import { EVENTS } from '../../../src/app/events.ts';
import { sources } from '../../lib/sources.ts';

test('every event is spelled in one way', () => {
  expect(Object.keys(EVENTS).filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
});

test('every event is said somewhere', () => {
  const texts = sources.filter(({ path }) => path !== 'src/app/events.ts').map(({ text }) => text);
  const isSaid = (name: string): boolean =>
    texts.some((text) => text.includes(`('${name}'`) || text.includes(`event: '${name}'`));
  // Chosen between two, or the command that only records.
  const chosen = ['fault', 'stop', 'fit', 'unfit', 'usage'];
  const unsaid = Object.keys(EVENTS).filter((name) => !chosen.includes(name) && !isSaid(name));
  expect(unsaid).toEqual([]);
});
