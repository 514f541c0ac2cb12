import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeFileAtomic } from '../../../src/host/durable.ts';
import { ensureDirectory, replaceFile } from '../../../src/host/files.ts';
import { openMemory } from '../../../src/host/memory.ts';
import { readLastCheck, readMemory, writeLastCheck } from '../../../src/host/state.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';
import { recordingLog } from './recording-log.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

// Threads cannot have a umask of their own, but vitest runs each file in a process.
beforeAll(() => {
  process.umask(0o177);
});

/** Everything here is made under keepalived's umask; a directory must be made usable to test in at all. */
const directoryHere = (): string => {
  const directory = join(temporaryDirectory(), 'var', 'lib');
  ensureDirectory(directory);
  return directory;
};

describe("under keepalived's umask", () => {
  test('directories and their parents can be entered', () => {
    const directory = join(directoryHere(), 'one', 'two');
    ensureDirectory(directory, 0o700);
    expect([modeOf(join(directory, '..')), modeOf(directory)]).toEqual([0o750, 0o700]);
  });

  test('a directory that is there keeps its mode', () => {
    const directory = directoryHere();
    ensureDirectory(directory, 0o700);
    expect(modeOf(directory)).toBe(0o750);
  });

  test('files have the mode that the code says, and no temporary file is left', async () => {
    const directory = directoryHere();
    replaceFile(join(directory, 'quick'), 'a');
    await writeFileAtomic(join(directory, 'durable'), 'b');
    await writeFileAtomic(join(directory, 'durable'), 'c', 0o600);
    expect(readdirSync(directory).toSorted()).toEqual(['durable', 'quick']);
    expect([modeOf(join(directory, 'quick')), modeOf(join(directory, 'durable'))]).toEqual([0o640, 0o600]);
    expect(readFileSync(join(directory, 'durable'), 'utf8')).toBe('c');
  });

  test('a file that cannot be put in place leaves nothing behind', async () => {
    const directory = directoryHere();
    ensureDirectory(join(directory, 'taken', 'full'));
    await expect(writeFileAtomic(join(directory, 'taken'), 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(() => {
      replaceFile(join(directory, 'taken'), 'x');
    }).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(directory)).toEqual(['taken']);
  });
});

describe('the memory of a pair', () => {
  test('is what was saved last, by anybody', async () => {
    const place = { stateDir: directoryHere(), port: 6379 };
    const { log, lines } = recordingLog();
    expect(await openMemory(place, log).load()).toBeUndefined();
    const memory = { local: '127.0.0.1', peer: '10.0.0.2', keys: 3, wasMaster: true };
    await openMemory(place, log).save(memory);
    expect(await openMemory(place, log).load()).toEqual(memory);
    expect(readMemory(place)).toEqual(await openMemory(place, log).load());
    expect(modeOf(join(place.stateDir, '6379', 'pair.json'))).toBe(0o640);
    expect(lines).toEqual([]);
  });

  test('that makes no sense is no memory', async () => {
    const place = { stateDir: directoryHere(), port: 6379 };
    ensureDirectory(join(place.stateDir, '6379'));
    for (const nonsense of ['', '{', '[]', 'null', '{"local":"a","peer":"b"}']) {
      writeFileSync(join(place.stateDir, '6379', 'pair.json'), nonsense);
      expect(await openMemory(place, recordingLog().log).load()).toBeUndefined();
      expect(readMemory(place)).toBeUndefined();
    }
  });

  test('that cannot be saved is logged, and the work goes on', async () => {
    const { log, lines } = recordingLog();
    const place = { stateDir: temporaryFile('no-directory', ''), port: 6379 };
    await openMemory(place, log).save({ local: 'a', peer: 'b', keys: 0 });
    expect(lines).toEqual([
      ['warn', 'memory-not-saved', { file: join(place.stateDir, '6379', 'pair.json'), why: 'ENOTDIR' }],
    ]);
  });
});

describe('the last check', () => {
  const condition = { row: 10, local: 'frozen', peer: 'replica', isSound: false } as const;
  const last = {
    fit: false,
    condition,
    sinceMs: 1234,
    processId: 4711,
    repairs: [{ condition, heal: 'master', processId: 4711, atMs: 1000 } as const],
  };

  test('is read back by the next, in this boot only', () => {
    const place = { stateDir: directoryHere(), port: 6379 };
    expect(readLastCheck(place)).toBeUndefined();
    expect(writeLastCheck(place, last)).toBeUndefined();
    expect(readLastCheck(place)).toEqual(last);
    writeLastCheck(place, { ...last, processId: undefined, repairs: [] });
    expect(readLastCheck(place)).toEqual({ ...last, processId: undefined, repairs: [] });
    const file = join(place.stateDir, '6379', 'last-check.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"boot":"[^"]+"/, '"boot":"another"'));
    expect(readLastCheck(place)).toBeUndefined();
  });

  test.each([
    ['a condition in words', { ...last, condition: '10 local frozen peer replica' }],
    ['a node that looks like nothing that is known', { ...last, condition: { ...condition, peer: 'asleep' } }],
  ])('counts as none with %s', (_name, written) => {
    const place = { stateDir: directoryHere(), port: 6379 };
    writeLastCheck(place, written as unknown as typeof last);
    expect(readLastCheck(place)).toBeUndefined();
  });

  test('that cannot be written says why', () => {
    const place = { stateDir: temporaryFile('no-directory', ''), port: 6379 };
    expect(writeLastCheck(place, last)).toMatch(/^cannot write .*last-check\.json: ENOTDIR$/);
    expect(readLastCheck(place)).toBeUndefined();
  });

  test('is no file but a directory: nothing is thrown', () => {
    const place = { stateDir: directoryHere(), port: 6379 };
    ensureDirectory(join(place.stateDir, '6379'));
    mkdirSync(join(place.stateDir, '6379', 'last-check.json'));
    expect(readLastCheck(place)).toBeUndefined();
    expect(writeLastCheck(place, last)).toMatch(/EISDIR|ENOTEMPTY|EEXIST/);
  });
});
