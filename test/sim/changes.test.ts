import { expect, test } from 'vitest';
import { RoleChanges } from './changes.ts';

/** So many changes, one every so often. */
const changed = (count: number, everyMs: number): RoleChanges => {
  const changes = new RoleChanges();
  for (let nth = 0; nth < count; nth++) {
    const role = nth % 2 === 0 ? 'master' : 'replica';
    changes.add({ index: nth % 4 < 2 ? 0 : 1, role, atMs: nth * everyMs });
  }
  return changes;
};

test('seven changes are a heal, however soon one follows the other; the eighth within a minute is too many', () => {
  expect(changed(7, 10).tooMany).toBeUndefined();
  expect(changed(8, 10).tooMany).toContain('A master at 0.0 s');
  expect(changed(8, 8000).tooMany).toContain('B replica at 56.0 s');
});

test('changes that are far apart are none of each other', () => {
  expect(changed(40, 9000).tooMany).toBeUndefined();
});

test('what changed while something failed does not count', () => {
  const changes = changed(30, 10);
  changes.calm();
  expect([changes.count, changes.tooMany]).toEqual([0, undefined]);
});
