/** What a busy machine delays, or somebody ends, says nothing about Redis: the address stays. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import type { Keepalived } from '../lib/keepalived.ts';
import { oneAfterTheOther } from '../lib/kept.ts';
import type { NodeFiles } from '../lib/pair.ts';
import { childPids } from '../lib/process.ts';
import { waitFor } from '../lib/wait.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

const DEADLINE_MS = 20_000;

/** The same, and the test need not wait an hour for keepalived to start the next one. */
const sooner = ({ keepalivedConf, ...files }: NodeFiles): NodeFiles => ({
  ...files,
  keepalivedConf: keepalivedConf
    .replace('--hold 3580s', '--hold 3s')
    .replace('interval 3600\n', 'interval 5\n')
    .replace('timeout 3590\n', 'timeout 4\n'),
});

/** Without CAP_SYS_RESOURCE, as in many containers, a reload kills a keepalived of real-time priority. */
const reloadable = ({ keepalivedConf, ...files }: NodeFiles): NodeFiles => ({
  ...files,
  keepalivedConf: keepalivedConf.replace(/^ *(?:vrrp_rt_priority|vrrp_rlimit_rttime) .*\n/gm, ''),
});

/** With threads, it has begun to count its time. */
const isStarted = (pid: number, ...words: readonly string[]): boolean => {
  try {
    const isIt = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(words.join('\0'));
    return isIt && readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
};

/** What keepalived has started to keep a check running. Its second process is the one that starts scripts. */
const keepers = ({ pid }: Keepalived): readonly number[] =>
  childPids(pid)
    .flatMap(childPids)
    .filter((child) => isStarted(child, 'check', '--respawn'));

const checks = (keepalived: Keepalived): readonly number[] =>
  keepers(keepalived)
    .flatMap(childPids)
    .filter((child) => isStarted(child, 'check', '--started-by'));

/** One that was started after those, and all who have not ended. */
const anotherThan = async (
  what: string,
  those: (keepalived: Keepalived) => readonly number[],
  keepalived: Keepalived,
  ...before: readonly number[]
): Promise<number> => {
  const found = await waitFor(
    what,
    { deadlineMs: DEADLINE_MS, everyMs: 2 },
    () => those(keepalived).find((pid) => !before.includes(pid)),
    (pid) => pid !== undefined,
  );
  if (found === undefined) throw new Error('unreachable');
  return found;
};

const ended = (...pids: readonly number[]): Promise<boolean> =>
  waitFor(
    `the end of ${pids.join(' and ')}`,
    { deadlineMs: DEADLINE_MS, everyMs: 5 },
    () => pids.some((pid) => isStarted(pid, 'check')),
    (some) => !some,
  );

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

describe.runIf(hostsPossible)('a check that is late, ended or killed', () => {
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

  test.each(['fast', 'balanced'] as const)('%s: what starts the checks may be late', async (profile) => {
    const { a: filesOfA, b: filesOfB } = await generated(profile);
    await onPair(
      async ({ pair: { a } }) => {
        const { keepalived } = a;
        const said = sayings(keepalived);
        const stopped = await anotherThan('the start', keepers, keepalived);
        process.kill(stopped, 'SIGSTOP');
        const next = await anotherThan('the next start', keepers, keepalived, stopped);
        await anotherThan('its check', checks, keepalived, ...childPids(stopped));
        // The one after it comes without delay.
        await anotherThan('the start after it', keepers, keepalived, stopped, next);
        expect(said()).not.toMatch(/Entering/);
        expect(keepalived.vrrpState).toBe('MASTER');
      },
      { files: { a: sooner(filesOfA), b: sooner(filesOfB) }, start: oneAfterTheOther },
    );
  });

  test('one hour and the next: somebody looks all the time', async () => {
    const { a: filesOfA, b: filesOfB } = await generated('balanced');
    await onPair(
      async ({ pair: { a } }) => {
        const { keepalived } = a;
        const said = sayings(keepalived);
        const first = await anotherThan('the first check', checks, keepalived);
        await anotherThan('the next check', checks, keepalived, first);
        // It stays beyond the end of what started it, until the next one has looked.
        await ended(first);
        expect(said()).not.toMatch(/Entering|skipping|timed/);
        expect(keepalived.vrrpState).toBe('MASTER');
      },
      { files: { a: sooner(filesOfA), b: sooner(filesOfB) }, start: oneAfterTheOther },
    );
  });

  test('neither a reload nor a check that is killed moves anything', async () => {
    const { a: filesOfA, b: filesOfB } = await generated('balanced');
    await onPair(
      async ({ pair: { a } }) => {
        const { host, keepalived } = a;
        const unfit = (): string => readFileSync(host.file('/run/redisha/6379-unfit'), 'latin1');
        const said = sayings(keepalived);
        const first = await anotherThan('a check', checks, keepalived);
        keepalived.reload();
        const second = await anotherThan('the check after the reload', checks, keepalived, first);
        await ended(first);
        expect(unfit()).toBe('0\n');
        process.kill(second, 'SIGKILL');
        await anotherThan('the check after the kill', checks, keepalived, first, second);
        expect(unfit()).toBe('0\n');
        expect(said()).not.toMatch(/Entering/);
        expect(keepalived.vrrpState).toBe('MASTER');
      },
      { files: { a: reloadable(filesOfA), b: reloadable(filesOfB) }, start: oneAfterTheOther },
    );
  });

  test('keepalived is killed: no check stays behind', async () => {
    await onPair(
      async ({ pair: { a } }) => {
        const { keepalived } = a;
        const check = await anotherThan('a check', checks, keepalived);
        const left = [...keepers(keepalived), check];
        await keepalived.kill();
        expect(await ended(...left)).toBe(false);
      },
      { files: await generated('fast'), start: oneAfterTheOther },
    );
  });
});
