/** What keepalived is told by a file, and when somebody looked last. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  calmDown,
  claimFile,
  hasten,
  noteLook,
  raisePriority,
  secondsSinceLook,
  tellKeepalived,
  toldKeepalived,
  verdictFile,
} from '../../../src/host/verdict-file.ts';
import { temporaryDirectory } from '../temporary.ts';

const PORT = 6379;

const looked = (directory: string): string => join(directory, `${String(PORT)}-looked`);

describe('the verdict', () => {
  test.each([
    [true, '0\n'],
    [false, '1\n'],
  ])('fit: %j, for everybody to read', (fit, content) => {
    const path = verdictFile(temporaryDirectory(), PORT);
    expect(path).toMatch(/\/6379-unfit$/);
    expect(tellKeepalived(path, fit)).toBeUndefined();
    expect([readFileSync(path, 'utf8'), toldKeepalived(path)]).toEqual([content, fit]);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  test('the same again: the file stays the one that it is', () => {
    const path = verdictFile(temporaryDirectory(), PORT);
    tellKeepalived(path, true);
    const { ino } = statSync(path);
    tellKeepalived(path, true);
    expect(statSync(path).ino).toBe(ino);
    tellKeepalived(path, false);
    expect(statSync(path).ino).not.toBe(ino);
  });

  test('what somebody else has written is written over', () => {
    const path = verdictFile(temporaryDirectory(), PORT);
    tellKeepalived(path, true);
    writeFileSync(path, '1\n');
    tellKeepalived(path, true);
    expect(toldKeepalived(path)).toBe(true);
  });

  test.each(['', '2\n', 'fit\n', '-1\n'])('%j says neither', (content) => {
    const path = verdictFile(temporaryDirectory(), PORT);
    writeFileSync(path, content);
    expect(toldKeepalived(path)).toBeUndefined();
  });

  test('that cannot be written is a sentence, and no error', () => {
    const directory = temporaryDirectory();
    const path = verdictFile(join(directory, 'missing'), PORT);
    expect(tellKeepalived(path, true)).toBe(`cannot write ${path}: ENOENT`);
    const taken = verdictFile(directory, PORT);
    mkdirSync(taken);
    expect(tellKeepalived(taken, true)).toContain(`cannot write ${taken}: `);
    expect(toldKeepalived(taken)).toBeUndefined();
  });
});

describe('the last look', () => {
  test('was just now, and of which verdict', () => {
    const directory = temporaryDirectory();
    expect(secondsSinceLook(directory, PORT)).toBeUndefined();
    noteLook(directory, PORT, false);
    expect(readFileSync(looked(directory), 'utf8')).toMatch(/^1 \d+\n$/);
    expect(secondsSinceLook(directory, PORT)).toBeLessThanOrEqual(1);
  });

  test('was a while ago', () => {
    const directory = temporaryDirectory();
    writeFileSync(looked(directory), `0 ${String(Math.trunc(uptime()) - 7)}\n`);
    expect(secondsSinceLook(directory, PORT)).toBeGreaterThanOrEqual(7);
    expect(secondsSinceLook(directory, PORT)).toBeLessThanOrEqual(8);
  });

  test.each(['', '0\n', '0 soon\n', '2 5\n', '0 5'])('is not known from %j', (content) => {
    const directory = temporaryDirectory();
    writeFileSync(looked(directory), content);
    expect(secondsSinceLook(directory, PORT)).toBeUndefined();
  });

  test('that cannot be written down is no error', () => {
    const directory = temporaryDirectory();
    rmSync(directory, { recursive: true });
    noteLook(directory, PORT, true);
    expect(secondsSinceLook(directory, PORT)).toBeUndefined();
  });
});

/** What stands in the file of the claim, and what does by now. */
const opened = (content: string | undefined) => {
  const path = claimFile(temporaryDirectory(), PORT);
  if (content !== undefined) writeFileSync(path, content);
  return { path, now: () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined) };
};

describe('the haste of a promote', () => {
  test.each([
    ['0\n', `254 ${String(process.pid)}\n`, '0\n'],
    ['52\n', '52\n', '52\n'],
    [undefined, undefined, undefined],
  ])('beside %j there is %j, and %j afterwards', (before, during, after) => {
    const { path, now } = opened(before);
    const asBefore = hasten(path);
    expect(now()).toBe(during);
    asBefore();
    expect(now()).toBe(after);
  });

  test('a claim that is raised meanwhile stays', () => {
    const { path, now } = opened('0\n');
    const asBefore = hasten(path);
    raisePriority(path, 52);
    asBefore();
    expect(now()).toBe('52\n');
  });

  test.each([
    ['of one that lives stays', process.pid, false, true],
    ['of one that was killed is taken back', 4_194_305, false, false],
    ['is taken back when it is so old that the number is another process', process.pid, true, false],
  ])('the haste %s', (_name, pid, isOld, isLeft) => {
    const haste = `254 ${String(pid)}\n`;
    const { path, now } = opened(haste);
    if (isOld) utimesSync(path, 1, 1);
    calmDown(path);
    expect(now()).toBe(isLeft ? haste : '0\n');
  });

  test('a claim is none', () => {
    const { path, now } = opened('52\n');
    calmDown(path);
    expect(now()).toBe('52\n');
  });
});
