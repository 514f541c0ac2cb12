/** Files of redisha's in a directory where anybody may have put something else. */
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { announcedAt } from '../../../src/host/announcements.ts';
import { readOwnFile } from '../../../src/host/disk.ts';
import { noteLooks } from '../../../src/host/guard.ts';
import { openJournal } from '../../../src/host/journal.ts';
import { openJournalReader } from '../../../src/host/journal-reader.ts';
import { readMarks, watchMarks } from '../../../src/host/marks.ts';
import { OWN_BYTES_MAX, readOwnText } from '../../../src/host/own-file.ts';
import { readLastCheck, readMemory } from '../../../src/host/state.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';
import { recordingLog } from './recording-log.ts';

const READERS = [
  ['at once', (path: string) => Promise.resolve().then(() => readOwnText(path))],
  ['behind a deadline', (path: string) => readOwnFile(path)],
] as const;

const pipeAt = (path: string): string => {
  execFileSync('mkfifo', ['-m', '0600', path]);
  return path;
};

/** A place whose files are all pipes that nobody has open. */
const placeOfPipes = () => {
  const stateDir = temporaryDirectory();
  const place = { stateDir, port: 6379 };
  execFileSync('mkdir', [join(stateDir, '6379')]);
  for (const name of [
    'pair.json',
    'last-check.json',
    'journal.jsonl',
    'journal.jsonl.1',
    'drained.json',
    'paused.json',
  ])
    pipeAt(join(stateDir, '6379', name));
  return place;
};

describe.each(READERS)('a file of our own, read %s', (_how, read) => {
  test('is read whole, also where it is empty', async () => {
    expect(await read(temporaryFile('own', 'wörds\n'))).toBe('wörds\n');
    expect(await read(temporaryFile('own', ''))).toBe('');
    expect(await read('/dev/null')).toBe('');
  });

  test('has a largest size', async () => {
    const path = temporaryFile('own', 'x'.repeat(OWN_BYTES_MAX));
    expect(await read(path)).toHaveLength(OWN_BYTES_MAX);
    writeFileSync(path, 'x'.repeat(OWN_BYTES_MAX + 1));
    await expect(read(path)).rejects.toMatchObject({ code: `larger than ${String(OWN_BYTES_MAX)} bytes` });
  });

  test('is no pipe, device or directory', async () => {
    const pipe = pipeAt(join(temporaryDirectory(), 'own'));
    await expect(read(pipe)).rejects.toMatchObject({ code: 'no regular file' });
    await expect(read('/dev/zero')).rejects.toMatchObject({ code: 'no regular file' });
    await expect(read('/')).rejects.toMatchObject({ code: 'no regular file' });
    await expect(read(`${pipe}.gone`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('where every file is a pipe', () => {
  test('nothing is remembered, and nobody waits', async () => {
    const place = placeOfPipes();
    expect(readMemory(place)).toBeUndefined();
    expect(readLastCheck(place)).toBeUndefined();
    await expect(openJournalReader(place).last(1)).rejects.toMatchObject({
      code: 'HOST_FILE',
      message: expect.stringContaining('no regular file') as unknown,
    });
  });

  test('the node is drained by whoever put one there, and not paused', () => {
    expect(readMarks(placeOfPipes())).toMatchObject({ drained: { by: 'somebody' }, paused: undefined });
  });

  test('what nobody may look at does not count, and ends no watch', () => {
    const place = { stateDir: temporaryDirectory(), port: 6379 };
    // The error is one that root gets as well.
    symlinkSync('6379', join(place.stateDir, '6379'));
    const marks = watchMarks(place, () => undefined);
    expect([marks.now(), marks.changedAt()]).toEqual([{ drained: undefined, paused: undefined }, 0]);
    expect(announcedAt(place)).toBeGreaterThanOrEqual(0);
  });

  test('the journal says once that it cannot be written, and a look waits for nobody', async () => {
    const place = placeOfPipes();
    const { log, lines } = recordingLog();
    const journal = openJournal({ ...place, version: '1', clock: { wallIso: () => 'now' }, log });
    await journal.append({ event: 'plan' });
    await journal.append({ event: 'end' });
    expect(lines).toMatchObject([['warn', 'journal-not-written', { why: 'no regular file' }]]);
    noteLooks(pipeAt(join(place.stateDir, 'looks')));
  });
});
