/** A check that is held and tells keepalived by a track_file: it goes on looking after every change. */
import { writeFileSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Running } from '../lib/process.ts';
import { programArgv, redisha, startRedisha } from '../lib/program.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { startPair, temporary } from './lib/pair.ts';
import { DEADLINE_MS, FIT, logged, read, says, trackFile, UNFIT } from './lib/track-file.ts';
import { follow, NOBODY } from './lib/troubles.ts';

const over = (check: Running): Promise<boolean> =>
  waitFor('the end of the check', { deadlineMs: DEADLINE_MS, everyMs: 10 }, () => check.over, Boolean);

const words = (node: TestNode, file: string, hold = '60s'): readonly string[] => [
  'check',
  '--hold',
  hold,
  '--track-file',
  file,
  node.address,
  String(node.port),
];

const watching = (node: TestNode, file: string): Running => {
  const check = startRedisha(words(node, file), node.env);
  onTestFinished(() => check.stop('SIGKILL', 5000));
  return check;
};

const roleWhenMaster = (node: TestNode, deadlineMs: number): Promise<string> =>
  waitFor(
    `${node.name} as the master`,
    { deadlineMs, everyMs: 20 },
    () => node.role(),
    (role) => role === 'master',
  );

/** Long enough to be seen in order for two seconds. */
const inOrderForAWhile = async (): Promise<void> => {
  const sinceMs = performance.now();
  await waitFor(
    'a while',
    { deadlineMs: 6000, everyMs: 20 },
    () => performance.now() - sinceMs,
    (ms) => ms > 3000,
  );
};

describe('a check with a track_file', () => {
  test('tells at the start, when Redis dies, and when it is back, and stays all the while', async () => {
    const { a, b } = await startPair();
    const file = await trackFile();
    const check = watching(a, file);
    await says(file, FIT);
    await a.redis.kill();
    await says(file, UNFIT);
    await b.run('promote', a, ['--force']);
    await a.redis.start();
    await a.redis.ask('REPLICAOF', b.address, b.port);
    await says(file, FIT);
    expect(check.over).toBe(false);
  });

  test('what was unfit is so for a second, however short it was', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    const check = watching(a, file);
    await says(file, FIT);
    a.redis.freeze();
    await says(file, UNFIT);
    const sinceMs = performance.now();
    a.redis.thaw();
    await says(file, FIT);
    expect(performance.now() - sinceMs).toBeGreaterThan(900);
    expect(check.over).toBe(false);
  });

  test('a role that was taken away: unfit until keepalived has given the address up', async () => {
    const { a, b } = await startPair();
    await a.run('master', b);
    const file = await trackFile();
    watching(a, file);
    await says(file, FIT);
    await b.run('promote', a);
    await says(file, UNFIT);
    await a.run('fault', b);
    expect(await says(file, FIT)).toBe(FIT);
  });

  test('what somebody else writes is put right', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    watching(a, file);
    await says(file, FIT);
    writeFileSync(file, UNFIT);
    expect(await says(file, FIT)).toBe(FIT);
  });

  test('ends with its time, and the exit code says the same as the file', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    const { code } = await redisha(words(a, file, '1500ms'), a.env);
    expect([code, read(file)]).toEqual([0, FIT]);
    await a.redis.kill();
    const second = await redisha(words(a, file, '1500ms'), a.env);
    expect([second.code, read(file)]).toEqual([1, UNFIT]);
  });

  test('a directory that is not there: it says so to keepalived and in the log', async () => {
    const { a } = await startPair();
    const file = join(await temporary(), 'missing', '6379-unfit');
    const { code, stderr } = await redisha(words(a, file, '500ms'), a.env);
    expect(code).toBe(6);
    expect(stderr).toContain(`cannot write ${file}: ENOENT`);
    expect(a.log.match(/keepalived-not-told/g)).toHaveLength(1);
  });

  test('a directory in the place of the file: whoever looks on sees it at once', async () => {
    const { a } = await startPair();
    const directory = await temporary();
    const check = watching(a, directory);
    const seen = (): string => check.text;
    await waitFor('a word about it', { deadlineMs: DEADLINE_MS }, seen, (text) => text.includes('keepalived-not-told'));
    expect(check.text).toContain(`cannot write ${directory}`);
    expect(check.over).toBe(false);
  });

  test('a repair that cannot be started: said so, and no reason to give the address away', async () => {
    const { a, b } = await startPair();
    await a.run('master', b);
    const file = await trackFile();
    const [program = '', ...rest] = programArgv(words(a, file));
    const copy = join(await temporary(), 'redisha');
    await copyFile(program, copy);
    const check = new Running([copy, ...rest], a.env);
    onTestFinished(() => check.stop('SIGKILL', 5000));
    await says(file, FIT);
    await rm(copy);
    await b.ask('REPLICAOF', 'NO', 'ONE');
    await logged(a, 'repair-not-started');
    expect([check.over, read(file)]).toEqual([false, FIT]);
  });

  test('nobody is a master, a second time within 10 s: repaired as soon as the first time', async () => {
    const { a, b } = await startPair();
    await a.run('master', b);
    const file = await trackFile();
    watching(a, file);
    await says(file, FIT);
    for (let time = 1; time <= 2; time += 1) {
      await follow(a, ...NOBODY);
      expect(await roleWhenMaster(a, DEADLINE_MS / 2)).toBe('master');
      await inOrderForAWhile();
    }
  });

  test('a configuration that cannot be read: unfit', async () => {
    const { a } = await startPair({ linked: false });
    const file = await trackFile();
    writeFileSync(file, FIT);
    const { code } = await redisha(words(a, file), { ...a.env, REDISHA_HOLD_TICK: 'often' });
    expect([code, read(file)]).toEqual([3, UNFIT]);
  });

  test('SIGTERM is no verdict', async () => {
    const { a } = await startPair();
    const file = await trackFile();
    const check = watching(a, file);
    await says(file, FIT);
    await check.stop('SIGTERM', 5000);
    await over(check);
    expect((await check.ended).code).not.toBe(0);
    expect(read(file)).toBe(FIT);
  });
});
