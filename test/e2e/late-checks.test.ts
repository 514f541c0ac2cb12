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

/** The same, and the test need not wait half a minute for the next check. */
const sooner = ({ keepalivedConf, ...files }: NodeFiles): NodeFiles => ({
  ...files,
  keepalivedConf: keepalivedConf
    .replace('--hold 29.7s', '--hold 4.7s')
    .replace('interval 30\n', 'interval 5\n')
    .replace('timeout 55\n', 'timeout 10\n'),
});

/** Without CAP_SYS_RESOURCE, as in many containers, a reload kills a keepalived of real-time priority. */
const reloadable = ({ keepalivedConf, ...files }: NodeFiles): NodeFiles => ({
  ...files,
  keepalivedConf: keepalivedConf.replace(/^ *(?:vrrp_rt_priority|vrrp_rlimit_rttime) .*\n/gm, ''),
});

/** With threads, it has begun to count its time. */
const isCheck = (pid: number): boolean => {
  try {
    const isHeld = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('check\0--hold');
    return isHeld && readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
};

/** The check that keepalived started last. Its second process is the one that starts them. */
const newestCheck = ({ pid }: Keepalived): number => Math.max(0, ...childPids(pid).flatMap(childPids).filter(isCheck));

const anotherThan = (keepalived: Keepalived, ...before: readonly number[]): Promise<number> =>
  waitFor(
    'the next check',
    { deadlineMs: DEADLINE_MS, everyMs: 2 },
    () => newestCheck(keepalived),
    (pid) => pid > 0 && !before.includes(pid),
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

  test.each(['fast', 'balanced'] as const)('%s: a check may be late on a busy host', async (profile) => {
    const { a: filesOfA, b: filesOfB } = await generated(profile);
    await onPair(
      async ({ pair: { a } }) => {
        const { keepalived } = a;
        const stopped = await anotherThan(keepalived, newestCheck(keepalived));
        const said = sayings(keepalived);
        process.kill(stopped, 'SIGSTOP');
        await waitFor('the next one to be due', { deadlineMs: DEADLINE_MS, everyMs: 2 }, said, (text) =>
          text.includes('skipping run'),
        );
        process.kill(stopped, 'SIGCONT');
        // Whether or not this keepalived starts a second one beside the late one: two later both have been heard.
        const next = await anotherThan(keepalived, stopped);
        await anotherThan(keepalived, stopped, next);
        expect(said()).not.toMatch(/Entering|timed out|failed/);
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
        const first = newestCheck(keepalived);
        keepalived.reload();
        const second = await anotherThan(keepalived, first);
        expect(unfit()).toBe('0\n');
        process.kill(second, 'SIGKILL');
        await anotherThan(keepalived, first, second);
        expect(unfit()).toBe('0\n');
        expect(said()).not.toMatch(/Entering/);
        expect(keepalived.vrrpState).toBe('MASTER');
      },
      { files: { a: reloadable(sooner(filesOfA)), b: reloadable(sooner(filesOfB)) }, start: oneAfterTheOther },
    );
  });
});
