import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { JOURNAL_BYTES_MAX, openJournal } from '../../../src/host/journal.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';
import { recordingLog } from './recording-log.ts';

const clock = { wallIso: () => '2026-01-02T03:04:05.678Z' };

const journalIn = (stateDir: string) => {
  const { log, lines } = recordingLog();
  const journal = openJournal({ stateDir, port: 6379, version: '1.2.3', clock, log });
  return { journal, lines, file: join(stateDir, '6379', 'journal.jsonl') };
};

const entriesOf = (file: string): readonly unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

describe('the journal', () => {
  test('is one JSON line an entry, with time, process and version', async () => {
    const { journal, file, lines } = journalIn(temporaryDirectory());
    await journal.append({ event: 'plan', rule: 230, why: 'the peer\nis dead' });
    await journal.append({ event: 'end' });
    const common = { at: '2026-01-02T03:04:05.678Z', pid: process.pid, version: '1.2.3' };
    expect(entriesOf(file)).toEqual([
      { ...common, event: 'plan', rule: 230, why: 'the peer\nis dead' },
      { ...common, event: 'end' },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(lines).toEqual([]);
  });

  test('has what nobody waits for in the order of the calls', async () => {
    const { journal, file } = journalIn(temporaryDirectory());
    const numbers = Array.from({ length: 150 }, (_, number) => number);
    await Promise.all(numbers.map((number) => journal.append({ event: 'step', number })));
    expect(entriesOf(file)).toMatchObject(numbers.map((number) => ({ number })));
  });

  test('keeps the lines of many writers apart', async () => {
    const stateDir = temporaryDirectory();
    const writers = Array.from({ length: 20 }, () => journalIn(stateDir));
    await Promise.all(
      writers.map(({ journal }, number) => journal.append({ event: 'step', text: 'x'.repeat(5_000), number })),
    );
    expect(entriesOf(join(stateDir, '6379', 'journal.jsonl'))).toHaveLength(20);
  });

  test('holds no secret', async () => {
    const { journal, file } = journalIn(temporaryDirectory());
    await journal.append({ event: 'plan', redis: { requirepass: 'hunter2', masterauth: 'hunter2' } });
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
  });

  test('goes on after a line that a full disk has cut short', async () => {
    const { journal, file } = journalIn(temporaryDirectory());
    await journal.append({ event: 'plan' });
    appendFileSync(file, '{"event":"ste');
    await journal.append({ event: 'end' });
    const events = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => /"event":"(\w+)/.exec(line)?.[1]);
    expect(events).toEqual(['plan', 'ste', 'end', undefined]);
  });

  test('makes room when it is full, and keeps what it had', async () => {
    const { journal, file } = journalIn(temporaryDirectory());
    await journal.append({ event: 'plan' });
    truncateSync(file, JOURNAL_BYTES_MAX - 1);
    appendFileSync(file, '\n');
    await journal.append({ event: 'end' });
    await journal.append({ event: 'restored' });
    expect(readdirSync(join(file, '..')).toSorted()).toEqual(['journal.jsonl', 'journal.jsonl.1']);
    expect(entriesOf(file)).toMatchObject([{ event: 'restored' }]);
    expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/^\{.*"plan".*"end"\}\n$/s);
  });

  test('that cannot be written is logged once, and nothing is thrown', async () => {
    const { journal, lines, file } = journalIn(temporaryFile('no-directory', ''));
    await journal.append({ event: 'plan' });
    await journal.append({ event: 'end' });
    expect(lines).toEqual([['warn', 'journal-not-written', { file, why: 'ENOTDIR' }]]);
  });

  test('keeps the mode that somebody else gave the file', async () => {
    const stateDir = temporaryDirectory();
    mkdirSync(join(stateDir, '6379'));
    writeFileSync(join(stateDir, '6379', 'journal.jsonl'), '{}\n', { mode: 0o600 });
    const { journal, file } = journalIn(stateDir);
    await journal.append({ event: 'plan' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
