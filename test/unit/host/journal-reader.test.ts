/** The journal from its end, whatever its length and whatever stands in it. */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openJournalReader } from '../../../src/host/journal-reader.ts';
import { temporaryDirectory } from '../temporary.ts';

const line = (number: number, rest = ''): string =>
  `${JSON.stringify({ at: 'now', pid: 1, event: 'step', number, rest })}\n`;

const journalOf = (content: string) => {
  const place = { stateDir: temporaryDirectory(), port: 6379 };
  mkdirSync(join(place.stateDir, '6379'));
  const file = join(place.stateDir, '6379', 'journal.jsonl');
  writeFileSync(file, content);
  const reader = openJournalReader(place);
  const numbers = async (...args: Parameters<typeof reader.last>): Promise<readonly unknown[]> =>
    (await reader.last(...args)).map(({ number }: Record<string, unknown> & object) => number);
  return { file, reader, numbers };
};

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe('the last entries of the journal', () => {
  test.each([
    ['short lines', 'x', 5_000],
    ['lines that are longer than one piece', 'é'.repeat(50_000), 20],
  ])('are found over many pieces: %s', async (_name, rest, count) => {
    const { numbers } = journalOf(
      range(1, count)
        .map((number) => line(number, rest))
        .join(''),
    );
    expect(await numbers(3)).toEqual([count - 2, count - 1, count]);
    expect(await numbers(count + 1)).toEqual(range(1, count));
    expect(await numbers(2, (entry) => Number((entry as { readonly number?: number }).number) <= 4)).toEqual([3, 4]);
    expect(await numbers(0)).toEqual([]);
  });

  test('pass over what is no entry, also where it is longer than any entry', async () => {
    const { file, numbers } = journalOf(line(1));
    appendFileSync(file, `{"event":"ste\n\n[]\n${line(2)}${'x'.repeat(1024 * 1024 + 1)}\n${line(3)}{"at":`);
    expect(await numbers(9)).toEqual([1, 2, 3]);
  });

  test('go on in the journal before', async () => {
    const { file, numbers } = journalOf(`${line(1)}${line(2)}`);
    renameSync(file, `${file}.1`);
    expect(await numbers(9)).toEqual([1, 2]);
    writeFileSync(file, line(3));
    expect(await numbers(2)).toEqual([2, 3]);
    expect(await numbers(1)).toEqual([3]);
  });

  test('are none where there is no journal, or nothing in it', async () => {
    const { file, numbers } = journalOf('');
    expect(await numbers(1)).toEqual([]);
    renameSync(file, `${file}.elsewhere`);
    expect(await numbers(1)).toEqual([]);
  });

  test('are visited no further back than is asked for', async () => {
    const { reader } = journalOf(
      range(1, 100)
        .map((number) => line(number))
        .join(''),
    );
    const visited: unknown[] = [];
    await reader.back(({ number }) => visited.push(number) < 3);
    expect(visited).toEqual([100, 99, 98]);
  });
});
