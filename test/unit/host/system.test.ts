import { isIP } from 'node:net';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/host/clock.ts';
import { within } from '../../../src/host/deadline.ts';
import { bootId, commandKeys, ownKey, startedAfter } from '../../../src/host/identity.ts';
import { openResolver, systemInterfaces } from '../../../src/host/network.ts';
import { startDetached } from '../../../src/host/spawn.ts';
import { runOk } from '../../lib/process.ts';
import { waitFor } from '../../lib/wait.ts';
import { temporaryDirectory, temporaryFile } from '../temporary.ts';

describe('the clock', () => {
  test('is the same for all processes of the host', async () => {
    const beforeMs = systemClock.nowMs();
    const file = join(import.meta.dirname, '../../../src/host/clock.ts');
    const program = `import(${JSON.stringify(file)}).then(({ systemClock }) => console.log(systemClock.nowMs()))`;
    const theirsMs = Number(await runOk([process.execPath, '-e', program]));
    expect(theirsMs).toBeGreaterThanOrEqual(beforeMs);
    expect(theirsMs).toBeLessThanOrEqual(systemClock.nowMs());
  });

  test('waits as long as it is told, and no longer when it is told to stop', async () => {
    const startMs = systemClock.nowMs();
    await systemClock.delay(20);
    expect(systemClock.nowMs() - startMs).toBeGreaterThanOrEqual(19);
    const stop = new AbortController();
    const long = systemClock.delay(60_000, stop.signal);
    stop.abort();
    await long;
    await systemClock.delay(60_000, stop.signal);
    expect(systemClock.nowMs() - startMs).toBeLessThan(10_000);
  });

  test('tells people the time of day', () => {
    expect(systemClock.wallIso()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});

describe('a deadline', () => {
  test('takes what is there in time, and hands on a failure', async () => {
    expect(await within(10_000, Promise.resolve('done'), 'late')).toBe('done');
    await expect(within(10_000, Promise.reject(new Error('no')), 'late')).rejects.toThrow('no');
  });

  test('ends the wait for what never comes, or fails later', async () => {
    const work = Promise.withResolvers<string>();
    expect(await within(1, work.promise, 'late')).toBe('late');
    work.reject(new Error('unseen'));
  });
});

describe('identity', () => {
  test('is this process, by the time of its fork', () => {
    const stat = readFileSync(`/proc/${String(process.pid)}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    expect(ownKey()).toEqual({ pid: process.pid, startTicks: Number(stat[19]) });
    expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is found although the name of the program has brackets and blanks', async () => {
    const file = join(import.meta.dirname, '../../../src/host/identity.ts');
    const program = `process.title = 'a) R 1 (b) '; import(${JSON.stringify(file)}).then(({ ownKey }) => console.log(JSON.stringify(ownKey())))`;
    const beforeTicks = ownKey()?.startTicks ?? 0;
    const { startTicks } = JSON.parse(await runOk([process.execPath, '-e', program])) as { startTicks: number };
    expect(startTicks).toBeGreaterThanOrEqual(beforeTicks);
  });

  test('of many commands in one process: each is younger than the one before, and than the process', () => {
    const next = commandKeys();
    const keys = [ownKey(), ...Array.from({ length: 5 }, next)].filter((key) => key !== undefined);
    expect(keys.map(({ pid }) => pid)).toEqual(Array.from({ length: 6 }, () => process.pid));
    expect(keys.slice(1).every((key, index) => startedAfter(key, keys[index] ?? key))).toBe(true);
  });
});

describe('the network', () => {
  test('of this host has addresses without zone', () => {
    const addresses = systemInterfaces.addresses();
    expect(addresses).toContain('127.0.0.1');
    expect(addresses.filter((address) => isIP(address) === 0 || address.includes('%'))).toEqual([]);
  });

  test.each([['10.0.0.2'], ['::1'], ['fe80::1']])('resolves %s to itself', async (literal) => {
    expect(await openResolver(0).resolve(literal)).toEqual([literal]);
  });

  test('resolves a name of /etc/hosts, and takes an unknown one for an empty list', async () => {
    const resolver = openResolver();
    expect(await resolver.resolve('localhost')).toContain('127.0.0.1');
    expect(await resolver.resolve('localhost')).toContain('127.0.0.1');
    expect(await resolver.resolve('no-such-host.invalid')).toEqual([]);
  });

  test('does not wait for a name beyond its limit', async () => {
    const startMs = systemClock.nowMs();
    expect(await openResolver(0).resolve('slow.invalid')).toEqual([]);
    expect(systemClock.nowMs() - startMs).toBeLessThan(1_000);
  });
});

describe('a detached copy', () => {
  test('has its own session, the root as its directory, our environment and no streams', async () => {
    const said = join(temporaryDirectory(), 'said');
    const script = temporaryFile(
      'script.mjs',
      `import { writeFileSync, renameSync } from 'node:fs';
       const [file, ...rest] = process.argv.slice(2);
       writeFileSync(file + '.part', JSON.stringify({ cwd: process.cwd(), rest, word: process.env.WORD }));
       renameSync(file + '.part', file);
       setInterval(() => undefined, 1000);`,
    );
    const pid = await startDetached({ script, args: [said, 'a b', '$HOME'], env: { ...process.env, WORD: 'x' } });
    onTestFinished(() => {
      process.kill(pid, 'SIGKILL');
    });
    const text = await waitFor(
      'the copy to speak',
      { deadlineMs: 10_000 },
      () => readFileSync(said, 'utf8'),
      () => true,
    );
    expect(JSON.parse(text)).toEqual({ cwd: '/', rest: ['a b', '$HOME'], word: 'x' });
    const session = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[3];
    expect(Number(session)).toBe(pid);
    expect([0, 1, 2].map((fd) => readlinkSync(`/proc/${String(pid)}/fd/${String(fd)}`))).toEqual(
      Array(3).fill('/dev/null'),
    );
  });

  test('that the kernel does not give is an error with a code', async () => {
    const args = ['x'.repeat(4 * 1024 * 1024)];
    await expect(startDetached({ script: undefined, args, env: {} })).rejects.toMatchObject({ code: 'STEP_FAILED' });
  });
});
