/** The directory of rescues: what stays, what goes, what a name says. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PartFile } from '../../../src/redis/rescue-file.ts';
import { seenFileOf } from '../../../src/redis/rescue-seen.ts';
import {
  compactTime,
  listCutShort,
  listRescues,
  nameOfSame,
  parseName,
  pruneRescues,
  type RescueRecord,
  removeEmpty,
  removeLeftParts,
  shortId,
  sidecarOf,
  writeRecord,
} from '../../../src/redis/rescue-store.ts';
import { temporaryDirectory } from '../temporary.ts';

const nameOf = (day: number, extension = 'rdb'): string =>
  `2026080${String(day)}T101500Z-peer-3f2a9c01-${String(day)}.${extension}`;

/** An RDB of so many bytes, as far as its two ends go. */
const rdbOf = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from('REDIS0011'), Buffer.alloc(bytes - 18), Buffer.from([0xff]), Buffer.alloc(8)]);

/** One rescue of 100 bytes on each of these days, which somebody has looked at. */
const filled = (...days: readonly number[]): string => {
  const directory = temporaryDirectory();
  for (const day of days) {
    const file = join(directory, nameOf(day));
    writeFileSync(file, rdbOf(100));
    writeFileSync(sidecarOf(file), '{}');
    writeFileSync(seenFileOf(file), JSON.stringify({ at: '2026-08-13T10:15:00.000Z', by: 'show' }));
  }
  return directory;
};

const forget = (directory: string, ...days: readonly number[]): void => {
  for (const day of days) rmSync(seenFileOf(join(directory, nameOf(day))));
};

const daysIn = (directory: string): readonly number[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.rdb'))
    .toSorted()
    .map((name) => Number(name.slice(7, 8)));

describe('pruning', () => {
  test.each([
    ['the oldest beyond the count', { keep: 2, bytesMax: 1e9 }, 5, [4, 5]],
    ['the oldest beyond the bytes', { keep: 9, bytesMax: 350 }, 5, [3, 4, 5]],
    ['never the newest', { keep: 0, bytesMax: 0 }, 5, [5]],
    ['never the one just written, whatever its date', { keep: 2, bytesMax: 1e9 }, 1, [1, 5]],
    ['nothing within the limits', { keep: 5, bytesMax: 500 }, 5, [1, 2, 3, 4, 5]],
  ])('%s', async (_name, limits, newest, left) => {
    const directory = filled(1, 2, 3, 4, 5);
    const removed = await pruneRescues(directory, limits, join(directory, nameOf(newest)));
    expect(daysIn(directory)).toEqual(left);
    expect(removed.length).toBe(5 - left.length);
    expect(readdirSync(directory).length).toBe(3 * left.length);
  });

  test.each([
    ['beyond the count', { keep: 1, bytesMax: 1e9 }],
    ['beyond the bytes', { keep: 9, bytesMax: 1 }],
  ])('never what nobody has looked at, %s', async (_name, limits) => {
    const directory = filled(1, 2, 3, 4, 5);
    forget(directory, 1, 4);
    await pruneRescues(directory, limits, join(directory, nameOf(5)));
    expect(daysIn(directory)).toEqual([1, 4, 5]);
  });

  test('leaves other files alone', async () => {
    const directory = filled(1, 2);
    for (const name of ['dump.rdb', 'notes.txt', 'x.part']) writeFileSync(join(directory, name), 'x');
    await pruneRescues(directory, { keep: 0, bytesMax: 0 }, undefined);
    expect(readdirSync(directory).toSorted()).toEqual(['dump.rdb', 'notes.txt', 'x.part']);
  });

  test('never fails', async () => {
    expect(await pruneRescues('/nowhere/at/all', { keep: 0, bytesMax: 0 }, undefined)).toEqual([]);
    const directory = temporaryDirectory();
    mkdirSync(join(directory, nameOf(1)));
    expect(await pruneRescues(directory, { keep: 0, bytesMax: 0 }, undefined)).toEqual([]);
  });
});

describe('what is no rescue', () => {
  const RESP = '20260813T101500Z-local-3f2a9c01-1-2.resp';
  test.each([
    ['an empty dataset', nameOf(1), Buffer.alloc(0)],
    ['a dataset of nothing but its format', nameOf(1), Buffer.from('REDIS0011')],
    ['a dataset without its end', nameOf(1), rdbOf(100).subarray(0, 90)],
    ['a dataset that is none', nameOf(1), Buffer.from('<html>'.repeat(20))],
    ['no commands', RESP, Buffer.alloc(0)],
    ['commands without their end', RESP, Buffer.from('*1\r\n$4\r\nPI')],
  ])('%s is not listed, not counted and not pruned', async (_name, name, content) => {
    const directory = filled(2);
    writeFileSync(join(directory, name), content);
    expect((await listRescues(directory)).map(({ toOffset }) => toOffset)).toEqual([2]);
    expect(await listCutShort(directory)).toEqual([join(directory, name)]);
    expect(await pruneRescues(directory, { keep: 0, bytesMax: 0 }, undefined)).toEqual([join(directory, nameOf(2))]);
    expect(readdirSync(directory)).toEqual([name]);
  });

  test('one of another size than its sidecar says', async () => {
    const directory = filled(1);
    writeFileSync(sidecarOf(join(directory, nameOf(1))), JSON.stringify({ bytes: 4711, content: {} }));
    expect(await listRescues(directory)).toEqual([]);
  });

  test('goes where it holds nothing and nobody has touched it for an hour', async () => {
    const directory = temporaryDirectory();
    const old = new Date(Date.now() - 2 * 60 * 60_000);
    const write = (day: number, content: Buffer, isOld: boolean): void => {
      const file = join(directory, nameOf(day));
      writeFileSync(file, content);
      if (isOld) utimesSync(file, old, old);
    };
    write(1, Buffer.alloc(0), true);
    write(2, Buffer.from('REDIS0011'), true);
    write(3, Buffer.alloc(0), false);
    write(4, rdbOf(100).subarray(0, 90), true);
    write(5, rdbOf(100), true);
    await removeEmpty(directory);
    expect(daysIn(directory)).toEqual([3, 4, 5]);
  });
});

describe('names', () => {
  test('say when, whose and which suffix', () => {
    const suffix = { stamp: '20260813T101500Z', side: 'local', replid8: '3f2a9c01', fromOffset: 1200, toOffset: 4711 };
    expect(parseName('/some/where/20260813T101500Z-local-3f2a9c01-1200-4711.resp')).toEqual(suffix);
    expect(parseName('20260813T101500Z-local-3f2a9c01-4711.rdb')).toEqual({ ...suffix, fromOffset: undefined });
    expect(parseName('20260813T101500Z-local-3f2a9c01-4711.rdb.json')).toBeUndefined();
    expect(parseName('dump.rdb')).toBeUndefined();
  });

  test('hold nothing that a server made up', () => {
    expect(shortId('../../etc/passwd')).toBe('000000e0');
    expect(shortId('')).toBe('00000000');
    expect(compactTime('2026-08-13T10:15:00.123Z')).toBe('20260813T101500Z');
  });

  test('are the same for the same suffix', async () => {
    const directory = temporaryDirectory();
    const [older, newer] = ['20260813T101500Z', '20260814T101500Z'].map((stamp) => `${stamp}-peer-3f2a9c01-1-2.resp`);
    writeFileSync(join(directory, older ?? ''), '');
    expect(await nameOfSame(directory, newer ?? '')).toBe(older);
    const other = '20260814T101500Z-local-3f2a9c01-1-2.resp';
    expect(await nameOfSame(directory, other)).toBe(other);
    expect(await nameOfSame(join(directory, 'not-there'), other)).toBe(other);
  });
});

describe('the list', () => {
  test('has what is complete, oldest first, with or without a sidecar', async () => {
    const directory = filled(3, 1);
    writeFileSync(join(directory, `${nameOf(2)}.77.part`), 'half');
    const record: RescueRecord = {
      when: '2026-08-03T10:15:00.000Z',
      why: 'diverged',
      side: 'peer',
      endpoint: '10.0.0.2:6379',
      replid: '3f2a9c01'.repeat(5),
      bytes: 100,
      content: { form: 'dataset', offset: 3, replidAfter: '3f2a9c01'.repeat(5) },
    };
    await writeRecord(directory, join(directory, nameOf(3)), record);
    forget(directory, 3);
    const [one, three, ...more] = await listRescues(directory);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ toOffset: 1, bytes: 100, record: undefined, seen: { by: 'show' } });
    expect(three).toMatchObject({ toOffset: 3, bytes: 100, record, seen: undefined });
    expect(await listRescues(join(directory, 'not-there'))).toEqual([]);
  });
});

describe('a file on its way', () => {
  test('has its name only when it is complete, and its modes whatever the umask', async () => {
    const directory = join(temporaryDirectory(), 'state', '6379', 'rescue');
    const umask = process.umask(0o177);
    const part = await PartFile.create(directory, 'r', 3);
    process.umask(umask);
    await part.write(Buffer.from('abc'));
    expect(readdirSync(directory)).toEqual([`r.${String(process.pid)}.part`]);
    const file = await part.commit('r.rdb');
    expect(readdirSync(directory)).toEqual(['r.rdb']);
    expect(readFileSync(file, 'utf8')).toBe('abc');
    const modes = [directory, join(directory, '..'), file].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o750, 0o600]);
  });

  test('mends a directory of its own that nobody can enter', async () => {
    const directory = join(temporaryDirectory(), 'rescue');
    mkdirSync(directory);
    chmodSync(directory, 0o600);
    await (await PartFile.create(directory, 'r', 0)).discard();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is removed when whoever wrote it is gone, and only then', async () => {
    const directory = temporaryDirectory();
    const [mine, theirs] = [join(directory, `a.${String(process.pid)}.part`), join(directory, 'b.999999999.part')];
    for (const path of [mine, theirs]) writeFileSync(path, '');
    await removeLeftParts(directory);
    expect([existsSync(mine), existsSync(theirs)]).toEqual([true, false]);
  });
});

test('sidecars are read up to a size all together, those of the newest rescues first', async () => {
  const directory = filled(1, 2, 3, 4, 5, 6);
  const large = JSON.stringify({ content: {}, why: 'x'.repeat(4 * 1024 * 1024 - 40) });
  for (const day of [1, 2, 3, 4, 5, 6]) writeFileSync(sidecarOf(join(directory, nameOf(day))), large);
  const found = await listRescues(directory);
  expect(found.map(({ file }) => file)).toEqual([1, 2, 3, 4, 5, 6].map((day) => join(directory, nameOf(day))));
  expect(found.map(({ record }) => record !== undefined)).toEqual([false, false, true, true, true, true]);
});
