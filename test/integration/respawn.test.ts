/** A check that is started again whenever it ends, and outlives whoever does that. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { childPids, Running } from '../lib/process.ts';
import { programArgv, redisha, startRedisha } from '../lib/program.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { startPair, temporary } from './lib/pair.ts';
import { DEADLINE_MS, FIT, logged, says, trackFile, UNFIT } from './lib/track-file.ts';

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}/exe`);

const gone = (what: string, ...pids: readonly number[]): Promise<boolean> =>
  waitFor(
    `the end of ${what}`,
    { deadlineMs: DEADLINE_MS, everyMs: 10 },
    () => pids.some(isThere),
    (some) => !some,
  );

const kill = (pid: number): void => {
  if (isThere(pid)) process.kill(pid, 'SIGKILL');
};

const words = (node: TestNode, file: string, hold = '60s'): readonly string[] => [
  'check',
  '--respawn',
  '--hold',
  hold,
  '--track-file',
  file,
  node.address,
  String(node.port),
];

/** The check that `keeper` has started last, another one than those. */
const checkOf = async (keeper: Pick<Running, 'pid'>, ...before: readonly number[]): Promise<number> => {
  const pid = await waitFor(
    'a check',
    { deadlineMs: DEADLINE_MS, everyMs: 5 },
    () => childPids(keeper.pid).find((child) => !before.includes(child)),
    (child) => child !== undefined,
  );
  if (pid === undefined) throw new Error('unreachable');
  onTestFinished(() => kill(pid));
  return pid;
};

const keeping = (node: TestNode, file: string, hold?: string): Running => {
  const keeper = startRedisha(words(node, file, hold), node.env);
  onTestFinished(() => kill(keeper.pid));
  return keeper;
};

describe('check --respawn', () => {
  test('a check that is killed is followed by another one, and the log says so', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    const keeper = keeping(a, file);
    const first = await checkOf(keeper);
    await says(file, FIT);
    kill(first);
    const second = await checkOf(keeper, first);
    await logged(a, 'check-ended');
    await a.redis.kill();
    await says(file, UNFIT);
    expect([isThere(first), isThere(second), keeper.over]).toEqual([false, true, false]);
  });

  test('SIGTERM ends both, and is no verdict', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    const keeper = keeping(a, file);
    const check = await checkOf(keeper);
    await says(file, FIT);
    await keeper.stop('SIGTERM', 5000);
    await gone('the check', check);
    expect((await keeper.ended).code).toBe(143);
    expect(readFileSync(file, 'utf8')).toBe(FIT);
  });

  test.each([
    ['was killed', '60s', 'SIGKILL'],
    ['has ended with its time', '5s', undefined],
  ] as const)('a check whose starter %s looks on until the next one does', async (_, hold, signal) => {
    const { a } = await startPair();
    const file = await trackFile();
    const keeper = keeping(a, file, hold);
    const first = await checkOf(keeper);
    await says(file, FIT);
    if (signal !== undefined) keeper.signal(signal);
    await gone('the one that started it', keeper.pid);
    await a.redis.kill();
    await says(file, UNFIT);
    expect(isThere(first)).toBe(true);
    const next = await checkOf(keeping(a, file));
    await gone('the first check', first);
    expect(isThere(next)).toBe(true);
    await a.redis.start();
    expect(await says(file, FIT)).toBe(FIT);
  });

  test('a check without a starter ends with keepalived', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    const line = programArgv(words(a, file)).join(' ');
    const keepalived = new Running(['/bin/sh', '-c', `${line} & read -r _`], a.env);
    const [keeper = 0] = await waitFor(
      'the start',
      { deadlineMs: DEADLINE_MS, everyMs: 5 },
      () => childPids(keepalived.pid),
      (pids) => pids.length > 0,
    );
    onTestFinished(() => [keepalived.pid, keeper].forEach(kill));
    const check = await checkOf({ pid: keeper });
    await says(file, FIT);
    kill(keeper);
    await gone('its starter', keeper);
    await a.redis.kill();
    await says(file, UNFIT);
    expect(isThere(check)).toBe(true);
    kill(keepalived.pid);
    expect(await gone('the check', check)).toBe(false);
  });

  test('a peer that is told of later: the next check asks it, and not only minutes later', async () => {
    const { a, b } = await startPair();
    const file = await trackFile();
    const keeper = keeping(a, file);
    const alone = await checkOf(keeper);
    await says(file, FIT);
    await a.run('master', b);
    expect(await checkOf(keeper, alone)).toBeGreaterThan(0);
  });

  test('a configuration that cannot be read: unfit after a while, and again and again tried until it can be', async () => {
    const { a } = await startPair({ linked: false });
    const file = await trackFile();
    const config = join(await temporary(), 'redisha.toml');
    writeFileSync(config, 'watch_tick = "often"\n');
    writeFileSync(file, FIT);
    const keeper = startRedisha(words(a, file), { ...a.env, REDISHA_CONFIG: config });
    onTestFinished(() => keeper.stop('SIGTERM', 5000));
    await logged(a, 'check-ended', 'exit code 3', 'redisha check 127.');
    expect(readFileSync(file, 'utf8')).toBe(FIT);
    await says(file, UNFIT, 3 * DEADLINE_MS);
    await logged(a, 'no check can look at this node');
    writeFileSync(config, '');
    expect(await says(file, FIT, 3 * DEADLINE_MS)).toBe(FIT);
  });

  test('a check by hand does not end one that is left', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    const keeper = keeping(a, file);
    const left = await checkOf(keeper);
    await says(file, FIT);
    keeper.signal('SIGKILL');
    await gone('its starter', keeper.pid);
    expect((await redisha(['check', a.address, String(a.port)], a.env)).code).toBe(0);
    await a.redis.kill();
    expect(await says(file, UNFIT)).toBe(UNFIT);
    expect(isThere(left)).toBe(true);
  });

  test.each([
    [['--respawn', '--hold', '5s'], '--respawn needs --track-file'],
    [['--respawn', '--hold', 'long', '--track-file', '/nowhere/unfit'], '--hold needs a duration'],
    [['--started-by', '1,2', '--hold', '5s'], '--started-by needs --track-file'],
    [['--started-by', 'all', '--hold', '5s', '--track-file', '/nowhere/unfit'], '--started-by needs two process ids'],
  ])('%j is refused', async (options, why) => {
    const { code, stderr } = await redisha(['check', ...options, '127.0.0.1', '1']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
  });
});
