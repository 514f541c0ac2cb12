/** Which rescues another one makes needless. */
import { expect, test } from 'vitest';
import type { History } from '../../../src/core/model.ts';
import { eldersAmong, hasAllOf } from '../../../src/redis/rescue-elders.ts';
import type { RescueRecord } from '../../../src/redis/rescue-store.ts';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];

const record = (replid: string, content: RescueRecord['content'], changes: Partial<RescueRecord> = {}) => ({
  when: '2026-08-13T10:15:00.000Z',
  why: 'diverged',
  side: 'peer' as const,
  endpoint: '10.0.0.2:6379',
  replid,
  bytes: 100,
  content,
  ...changes,
});
const suffix = (replid: string, fromOffset: number, toOffset: number, changes: Partial<RescueRecord> = {}) => {
  const content = { form: 'suffix', commands: 1, keys: [], keyCount: 0, everything: undefined } as const;
  return record(replid, { ...content, fromOffset, toOffset }, changes);
};
const dataset = (replid: string, offset: number, replidAfter = replid, changes: Partial<RescueRecord> = {}) =>
  record(replid, { form: 'dataset', offset, replidAfter }, changes);

/** A server with this id, which was promoted at `before.offset` of the history that it had until then. */
const now = (replid: string, before?: { readonly replid: string; readonly offset: number }): History => ({
  replid,
  offset: 1000,
  replid2: before?.replid,
  secondOffset: before === undefined ? undefined : before.offset + 1,
});

test.each([
  ['a longer suffix of the same history', suffix(A, 10, 60), now(A), suffix(A, 10, 50), true],
  ['a longer suffix, after a promotion', suffix(B, 10, 60), now(B, { replid: A, offset: 50 }), suffix(A, 10, 50), true],
  ['a later dataset', dataset(A, 60), now(A), dataset(A, 50), true],
  ['a dataset after a promotion', dataset(B, 60), now(B, { replid: A, offset: 55 }), dataset(A, 50), true],
  ['the same again, of a server that had no backlog', dataset(B, 0), now(B), dataset(A, 0, B), true],
  ['a suffix that begins later', suffix(A, 20, 60), now(A), suffix(A, 10, 50), false],
  ['a suffix that ends before', suffix(A, 10, 40), now(A), suffix(A, 10, 50), false],
  ['a dataset of before', dataset(A, 40), now(A), dataset(A, 50), false],
  ['another history', dataset(C, 60), now(C, { replid: B, offset: 50 }), dataset(A, 50), false],
  ['a history that left the old one before', dataset(B, 60), now(B, { replid: A, offset: 40 }), dataset(A, 50), false],
  ['a server that has gone on to another history since', dataset(A, 60), now(C), dataset(A, 50), false],
  ['another server', dataset(A, 60, A, { endpoint: '10.0.0.1:6379' }), now(A), dataset(A, 50), false],
  ['a dataset, in the place of commands', dataset(A, 60), now(A), suffix(A, 10, 50), false],
  ['commands, in the place of a dataset', suffix(A, 0, 60), now(A), dataset(A, 50), false],
  ['what may have been replayed', suffix(A, 10, 60), now(A), suffix(A, 10, 50, { mayBeReplayed: true }), false],
  ['a server without ids', dataset('', 60), now(''), dataset('', 50), false],
])('%s', (_name, newer, history, elder, holdsAll) => {
  expect(hasAllOf(newer, history, elder)).toBe(holdsAll);
});

const stored = (file: string, of: RescueRecord | undefined) =>
  ({
    file,
    stamp: '',
    side: 'peer',
    replid8: '',
    fromOffset: undefined,
    toOffset: 0,
    bytes: 1,
    seen: undefined,
    record: of,
  }) as const;
const nobody = () => Promise.reject(new Error('asked'));

test('the server is asked only where there is an older rescue of it, and nothing goes where it does not answer', async () => {
  const others = [stored('lost', undefined), stored('another', dataset(A, 50, A, { endpoint: '10.0.0.1:6379' }))];
  expect(await eldersAmong(others, dataset(A, 60), nobody)).toEqual([]);
  const all = [...others, stored('elder', dataset(A, 50)), stored('older', dataset(C, 50))];
  expect(await eldersAmong(all, dataset(A, 60), () => Promise.resolve(undefined))).toEqual([]);
  expect(await eldersAmong(all, dataset(A, 60), () => Promise.resolve(now(A)))).toEqual(['elder']);
});
