/** The local Redis does not answer as it should: what is waited for, what is refused, and with which words. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finished } from '../lib/process.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair } from './lib/pair.ts';
import { valuesOf } from './lib/rounds.ts';
import { blockByScript, fill, restartLoading, rights, takeAllConnections } from './lib/troubles.ts';

const IMPATIENT = { toml: ['loading_timeout = "300ms"'] };

const isAt = async (node: TestNode, rule: number): Promise<void> => {
  await waitFor(
    `rule ${rule}`,
    { deadlineMs: 10_000 },
    () => node.rules,
    (rules) => rules.includes(rule),
  );
};

const words = ({ stdout, stderr }: Finished): string => stdout + stderr;

describe('a local Redis that is down', () => {
  test.each(['master', 'backup', 'promote'])(
    '%s: exit 5, and the check is said to send the address away',
    async (command) => {
      const { a, b } = await startPair();
      await b.redis.kill();
      const told = await b.told(command, a);
      expect(told).toMatchObject({ exitCode: 5, rule: 106, result: 'refused' });
      expect(told.message).toContain('refuses connections');
      expect(await a.role()).toBe('master');
    },
  );

  test('fault has nothing to tidy and says so', async () => {
    const { a, b } = await startPair();
    await b.redis.kill();
    expect(await b.told('fault', a)).toMatchObject({ exitCode: 0, rule: 102 });
  });
});

describe('a local Redis that loads', () => {
  test('is waited for, and then takes the role', async () => {
    const { a, b } = await startPair();
    await fill(a);
    await restartLoading(a);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.rules[0]).toBe(110);
    await expectInOrder(a, b);
  });

  test('and does not come to an end: exit 5', async () => {
    const { a, b } = await startPair(IMPATIENT);
    await fill(a);
    await restartLoading(a);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 5, rule: 112 });
  });
});

describe('a local Redis that is blocked by a script', () => {
  test('is waited for, and then takes the role', async () => {
    const { a, b } = await startPair();
    const end = await blockByScript(b);
    const running = b.start('master', a);
    await isAt(b, 104);
    await end();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(b.decisions).toEqual([300, 204]);
    await expectInOrder(b, a);
  });

  test('for too long: exit 5, the script is left alone', async () => {
    const { a, b } = await startPair(IMPATIENT);
    const end = await blockByScript(b);
    const told = await b.told('master', a);
    expect(told).toMatchObject({ exitCode: 5, rule: 106 });
    expect(told.message).toContain('blocked by a script');
    expect(String(await end()), 'the script still runs').toBe('OK');
  });
});

describe('a local Redis with no connection left, or frozen', () => {
  test('full: is waited for', async () => {
    const { a, b } = await startPair();
    const widen = await takeAllConnections(b);
    const running = b.start('master', a);
    await isAt(b, 104);
    await widen();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    await expectInOrder(b, a);
  });

  test('frozen: is waited for, and the role is moved when it thaws', async () => {
    const { a, b } = await startPair();
    b.redis.freeze();
    const running = b.start('master', a);
    await isAt(b, 104);
    b.redis.thaw();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    await expectInOrder(b, a);
  });
});

describe('rights', () => {
  test('no password where one is needed: exit 3, at once, with where to set it', async () => {
    const { a, b } = await startPair({ lines: ['requirepass sesame'], linked: false });
    const done = await b.run('master', a);
    expect(done.code).toBe(3);
    expect(words(done)).toMatch(
      /the local Redis rejects our credentials \(NOAUTH[^]*rule 100[^]*hint: set the password/,
    );
  });

  test('a wrong password: exit 3, and the password is not in the words', async () => {
    const { a, b } = await startPair({
      lines: ['requirepass sesame'],
      toml: ['password = "wrong-secret"'],
      linked: false,
    });
    const done = await b.run('master', a);
    expect(done.code).toBe(3);
    expect(words(done)).toMatch(/WRONGPASS/);
    expect(words(done) + b.log + JSON.stringify(b.journal)).not.toMatch(/wrong-secret|sesame/);
  });

  test('a password where none is needed does no harm', async () => {
    const { a, b } = await startPair({ toml: ['password = "needless"'] });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
    await expectInOrder(b, a);
  });

  test('a user who may not change roles: exit 3, the missing right is named, nothing is left paused', async () => {
    const { a, b } = await startPair();
    await rights([a, b], '-replicaof', '-slaveof', '-failover');
    const done = await b.run('master', a);
    expect({ code: done.code, role: await a.role() }).toEqual({ code: 3, role: 'master' });
    expect(words(done)).toMatch(/REPLICAOF/i);
    for (const { redis } of [a, b]) expect(await redis.writesPaused()).toBe(false);
    expect((await a.redis.config('min-replicas-to-write')).get('min-replicas-to-write')).toBe('0');
  });

  test('a server that cannot save answers errors, is fit, and its role moves all the same', async () => {
    const { a, b } = await startPair({ lines: ['save 3600 1', 'enable-protected-configs yes'] });
    // A directory in the place of its dump: the rename at the end of a save fails, as on a full disk.
    mkdirSync(join(a.dir, 'redis', 'blocked.rdb'));
    await a.ask('CONFIG', 'SET', 'dbfilename', 'blocked.rdb');
    await a.ask('BGSAVE');
    const answer = async (): Promise<string> => String(await a.redis.ask('PING'));
    await waitFor('MISCONF', { deadlineMs: 20_000 }, answer, (text) => text.includes('MISCONF'));
    expect(await a.check()).toMatchObject({ fit: true, rule: 38 });
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
    await expectInOrder(b, a);
  });
});

test('the peer is local itself: nothing is told to follow itself', async () => {
  const { a, b } = await startPair({ linesOfA: ['bind 127.0.0.1 127.0.0.9'], linked: false });
  const { code, stderr } = await a.runWith(['master', a.address, '127.0.0.9', String(a.port), '--json'], b);
  expect(code).toBe(4);
  expect(stderr).toContain('the address of the other host');
  expect(a.decisions).toEqual([109]);
  expect(await valuesOf(a, ['k'])).toEqual({ k: null });
});

test('a node of a cluster is left alone', async () => {
  const { a, b } = await startPair({ linesOfB: ['cluster-enabled yes'], linked: false });
  const told = await b.told('master', a);
  expect(told).toMatchObject({ exitCode: 4, rule: 108 });
  expect(told.message).toContain('cluster');
  expect(await valuesOf(a, ['k'])).toEqual({ k: null });
});
