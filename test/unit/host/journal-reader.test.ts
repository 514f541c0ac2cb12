/** The journal from its end: lines longer than a piece, lines that are none, and the file before this one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournalReader } from '../../../src/host/journal-reader.ts';
import { temporaryDirectory } from '../temporary.ts';

const line = (number: number, more = ''): string =>
  `${JSON.stringify({ at: '2026-01-02T03:04:05.678Z', pid: 1, event: 'step', number, more })}\n`;

const journalOf = (older: string | undefined, newer: string | undefined) => {
  const stateDir = temporaryDirectory();
  const directory = join(stateDir, '6379');
  mkdirSync(directory);
  if (older !== undefined) writeFileSync(join(directory, 'journal.jsonl.1'), older);
  if (newer !== undefined) writeFileSync(join(directory, 'journal.jsonl'), newer);
  return openJournalReader({ stateDir, port: 6379 });
};

const numbers = (entries: readonly object[]): readonly unknown[] =>
  entries.map((entry) => (entry as { number?: unknown }).number);

const lines = (from: number, to: number, bytes = 0): string =>
  Array.from({ length: to - from + 1 }, (_, place) => line(from + place, 'é'.repeat(bytes / 2))).join('');

test.each<[name: string, older: string | undefined, newer: string | undefined, expected: readonly number[]]>([
  ['no journal', undefined, undefined, []],
  ['both files', lines(1, 3), lines(4, 5), [1, 2, 3, 4, 5]],
  ['only the one before', lines(1, 2), undefined, [1, 2]],
  ['lines that are longer than what is read at once', undefined, lines(1, 4, 150_000), [1, 2, 3, 4]],
  [
    'lines that end where a piece begins',
    undefined,
    lines(1, 40, 65_536 - line(1).length),
    Array.from({ length: 40 }, (_, n) => n + 1),
  ],
  ['lines that are none', undefined, `${line(1)}{"at":"2026\n\nnull\n[]\n{}\n${line(2)}{"at":"20`, [1, 2]],
  ['a line without an end', undefined, `${line(1)}${line(2).trimEnd()}`, [1, 2]],
  ['a line that nobody has written', undefined, `${line(1)}${line(2, 'x'.repeat(5_000_000))}${line(3)}`, [1, 3]],
])('%s', async (_name, older, newer, expected) => {
  expect(numbers(await journalOf(older, newer).last(100))).toEqual(expected);
});

test('is read no further back than is asked for', async () => {
  const journal = journalOf('', lines(1, 100));
  expect(numbers(await journal.last(2))).toEqual([99, 100]);
  expect(numbers(await journal.last(2, ({ number }) => Number(number) % 10 === 0))).toEqual([90, 100]);
  const visited: unknown[] = [];
  await journal.back(({ number }) => visited.push(number) < 3);
  expect(visited).toEqual([100, 99, 98]);
});
