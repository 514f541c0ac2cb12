/** What a busy machine delays, or somebody ends, says nothing about Redis: the address stays, and nobody stays behind. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import type { Keepalived } from '../lib/keepalived.ts';
import { oneAfterTheOther } from '../lib/kept.ts';
import type { Node } from '../lib/pair.ts';
import { childPids } from '../lib/process.ts';
import { residentsOf, type Residents } from '../lib/residents.ts';
import { waitFor } from '../lib/wait.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

const DEADLINE_MS = 20_000;

/** Longer than keepalived, and than either process of a resident, waits for anything. */
const STOPPED_MS = 6_000;

/** How long the process may work without a break before the kernel kills it: the hard limit. Source: getrlimit(2). */
const realTimeLimitUs = (pid: number): number =>
  Number(/^Max realtime timeout +\d+ +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);

/** What keepalived has said since, in one text. */
const sayings = (keepalived: Keepalived): (() => string) => {
  const { length } = keepalived.lines;
  return () =>
    keepalived.lines
      .slice(length)
      .map(({ text }) => text)
      .join('\n');
};

const fileOn = ({ host }: Node, path: string): string => {
  try {
    return readFileSync(host.file(path), 'utf8');
  } catch {
    return '';
  }
};

const residents = (node: Node): Promise<Residents> =>
  residentsOf(node.host, () => fileOn(node, '/var/log/redisha/redisha.log'), DEADLINE_MS);

const signal = (node: Node, name: string, { atWork, guard }: Residents): Promise<unknown> =>
  node.host.run(['kill', `-${name}`, String(atWork), String(guard)]);

const someLeft = ({ host }: Node, { atWork, guard }: Residents): boolean =>
  [atWork, guard].some((pid) => existsSync(host.file(`/proc/${String(pid)}/exe`)));

describe.runIf(hostsPossible)('a resident that is late, ended or left behind', () => {
  test('keepalived is not killed for what it has to catch up on', async () => {
    await onPair(
      ({ pair: { a } }) => {
        const [vrrp = 0] = childPids(a.keepalived.pid);
        expect(realTimeLimitUs(vrrp)).toBeGreaterThanOrEqual(10_000_000);
        return Promise.resolve();
      },
      { files: await generated('fast'), start: oneAfterTheOther },
    );
  });

  test('keepalived misses no advert while nobody reads its FIFO, and is heard once somebody does', async () => {
    await onPair(
      async ({ pair: { a, b } }) => {
        const both = await residents(a);
        const [saidByA, saidByB] = [sayings(a.keepalived), sayings(b.keepalived)];
        await signal(a, 'STOP', both);
        const untilMs = performance.now() + STOPPED_MS;
        await waitFor(
          'a while',
          { deadlineMs: 2 * STOPPED_MS },
          () => performance.now(),
          (nowMs) => nowMs > untilMs,
        );
        await signal(a, 'CONT', both);
        await residents(a);
        const looked = fileOn(a, '/run/redisha/6379-looked');
        await waitFor(
          'a look',
          { deadlineMs: DEADLINE_MS },
          () => fileOn(a, '/run/redisha/6379-looked'),
          (seen) => seen !== '' && seen !== looked,
        );
        expect(fileOn(a, '/run/redisha/6379-unfit')).toBe('0\n');
        expect(`${saidByA()}${saidByB()}`).not.toMatch(/Entering/);
        expect(a.keepalived.vrrpState).toBe('MASTER');
      },
      { files: await generated('fast'), start: oneAfterTheOther },
    );
  });

  test('keepalived is killed: nobody stays behind', async () => {
    await onPair(
      async ({ pair: { a } }) => {
        const both = await residents(a);
        await a.keepalived.kill();
        const isLeft = await waitFor(
          'the end of both',
          { deadlineMs: DEADLINE_MS },
          () => someLeft(a, both),
          (left) => !left,
        );
        expect(isLeft).toBe(false);
      },
      { files: await generated('fast'), start: oneAfterTheOther },
    );
  });
});
