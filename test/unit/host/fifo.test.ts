/** A FIFO as keepalived has it: open for reading and writing, made anew now and then, gone without a word. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fifoAt, readFifo } from '../../../src/host/fifo.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory } from '../temporary.ts';

const DEADLINE = { deadlineMs: 10_000, everyMs: 5 };

const makeFifo = (path: string): void => void execFileSync('mkfifo', [path]);

/** keepalived's end of it. */
const openFifo = (path: string) => {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  onTestFinished(close);
  return { close, write: (text: string) => void writeSync(fd, text) };
};

const reading = (path: string) => {
  const lines: string[] = [];
  let ends = 0;
  const stop = readFifo(path, {
    onLine: (line) => void lines.push(line),
    onEnd: () => {
      ends += 1;
    },
  });
  onTestFinished(stop);
  return {
    lines,
    stop,
    ends: () => ends,
    said: (...words: readonly string[]) =>
      waitFor(
        words.join(' '),
        DEADLINE,
        () => [...lines],
        (seen) => seen.join() === words.join(),
      ),
    ended: () => waitFor('the end', DEADLINE, () => ends, Boolean),
  };
};

const fifo = (): string => {
  const path = join(temporaryDirectory(), 'fifo');
  makeFifo(path);
  return path;
};

describe('what keepalived writes', () => {
  test('is heard line by line, in order, however it is cut', async () => {
    const path = fifo();
    const keepalived = openFifo(path);
    const { lines, said } = reading(path);
    keepalived.write('one\ntwo\nth');
    await said('one', 'two');
    keepalived.write('re');
    keepalived.write('e\n');
    await said('one', 'two', 'three');
    expect(lines).toHaveLength(3);
  });

  test('before anybody reads is heard as well', async () => {
    const path = fifo();
    const keepalived = openFifo(path);
    keepalived.write('early\n');
    expect(await reading(path).said('early')).toEqual(['early']);
  });

  test('without an end of line is not kept for ever', async () => {
    const path = fifo();
    const keepalived = openFifo(path);
    const { lines, said } = reading(path);
    keepalived.write('x'.repeat(10_000));
    keepalived.write('\nnext\n');
    await waitFor(
      'the next line',
      DEADLINE,
      () => lines.at(-1),
      (line) => line === 'next',
    );
    expect(lines[0]?.length).toBeLessThanOrEqual(10_000);
    expect(lines).toHaveLength(2);
    await said(lines[0] ?? '', 'next');
  });
});

describe('the end', () => {
  test('comes once, as soon as keepalived has closed it after a word', async () => {
    const path = fifo();
    const keepalived = openFifo(path);
    const { said, ended, ends } = reading(path);
    keepalived.write('one\n');
    await said('one');
    keepalived.close();
    await ended();
    expect(ends()).toBe(1);
  });

  test('does not come while keepalived has not opened it yet', async () => {
    const path = fifo();
    const { said, ends } = reading(path);
    const keepalived = openFifo(path);
    keepalived.write('late\n');
    await said('late');
    expect(ends()).toBe(0);
  });

  test.each([
    ['nobody ever opens it', makeFifo],
    ['it is not there', () => undefined],
    [
      'it is a plain file',
      (path: string) => {
        writeFileSync(path, 'one\n');
      },
    ],
  ])('comes after a while where %s', async (_name, make) => {
    const path = join(temporaryDirectory(), 'fifo');
    make(path);
    const { ended, lines } = reading(path);
    await ended();
    expect(lines).toEqual([]);
  });

  test('does not come as long as keepalived has it open, whether or not it says anything', async () => {
    const path = fifo();
    const keepalived = openFifo(path);
    const { ends, said, ended } = reading(path);
    // By then one that nobody opens is given up.
    await reading(join(path, 'nowhere')).ended();
    expect(ends()).toBe(0);
    keepalived.write('one\n');
    await said('one');
    keepalived.close();
    await ended();
  });

  test('does not come to who has stopped', async () => {
    const path = fifo();
    const keepalived = openFifo(path);
    const { stop, ends } = reading(path);
    const other = reading(path);
    stop();
    keepalived.write('one\n');
    await other.said('one');
    keepalived.close();
    await other.ended();
    expect(ends()).toBe(0);
  });
});

describe('which FIFO it is', () => {
  test('the same as long as it is written to, another one when it is made anew, none when it is gone', () => {
    const path = fifo();
    const first = fifoAt(path);
    openFifo(path).write('one\n');
    expect(fifoAt(path)).toBe(first);
    rmSync(path);
    expect(fifoAt(path)).toBeUndefined();
    makeFifo(path);
    expect(fifoAt(path)).not.toBe(first);
  });
});
