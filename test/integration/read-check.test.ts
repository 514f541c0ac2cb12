/** `check --for read` on real servers: who may be read from, and that asking leaves no trace. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { link, startPair, startTappedPair } from './lib/pair.ts';
import { blockByScript, fill, follow, NOBODY, restartLoading } from './lib/troubles.ts';

interface Said {
  readonly code: number | null;
  readonly fit: boolean;
  readonly rule: number;
  readonly why: string;
}

/** As the node `from` is asked about `about`, which may be either. */
const ask = async (from: TestNode, about: TestNode): Promise<Said> => {
  const words = ['check', '--for', 'read', '--json', about.address, String(about.port)];
  const { code, stdout, stderr } = await from.runWith(words, about);
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Omit<Said, 'code'>) };
};

const ruleOf = (from: TestNode, about: TestNode, rule: number): Promise<Said> =>
  waitFor(
    `rule ${rule} on ${about.name}`,
    { deadlineMs: 10_000, everyMs: 100 },
    () => ask(from, about),
    (seen) => seen.rule === rule,
  );

describe('a pair in order', () => {
  test('the replica is read from and the master is not, whichever host asks', async () => {
    const { a, b } = await startPair();
    for (const from of [a, b]) {
      expect(await ask(from, a)).toMatchObject({ code: 1, fit: false, rule: 72 });
      expect(await ask(from, b)).toMatchObject({ code: 0, fit: true, rule: 78 });
    }
  });

  test('it leaves no trace: no state, no log, no repair', async () => {
    const { a, b } = await startPair();
    await ask(a, b);
    await a.redis.kill();
    expect(await ask(a, a)).toMatchObject({ code: 1, rule: 70 });
    for (const name of ['state', 'log']) expect(existsSync(join(a.dir, name))).toBe(false);
  });

  test('as keepalived calls it: one line for people', async () => {
    const { a, b } = await startPair();
    const { code, stdout, stderr } = await a.runWith(['check', '--for', 'read', b.address, String(b.port)], b);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^fit: in step, \d+ bytes behind: replica of [^\n]+ \(rule 78\)\n$/);
  });

  test('a password is asked for, and known', async () => {
    const { a, b } = await startPair({ password: 'sesame', toml: ['password = "sesame"'] });
    expect(await ask(a, b)).toMatchObject({ code: 0, rule: 78 });
  });
});

describe('a replica that is not read from', () => {
  test('its link is up and its data stays behind', async () => {
    const { a, b, tap } = await startTappedPair({ toml: ['read_max_lag = "64KiB"'] });
    tap.arm(/REPLCONF[^]*ACK/i);
    await tap.reached();
    await a.redis.askAll(Array.from({ length: 20 }, (_, at) => ['SET', `big:${at}`, 'x'.repeat(1_000)]));
    expect(await ask(a, b)).toMatchObject({ code: 0, rule: 78 });
    await a.redis.askAll(Array.from({ length: 60 }, (_, at) => ['SET', `big:${at}`, 'x'.repeat(1_000)]));
    const lagging = await ask(a, b);
    expect(lagging).toMatchObject({ code: 1, fit: false, rule: 76 });
    expect(lagging.why).toMatch(/^\d{5} bytes behind/);
    tap.letGo();
    expect(await ruleOf(a, b, 78)).toMatchObject({ code: 0, fit: true });
  });

  test('its link is down, though it is the heir of a dead master', async () => {
    const { a, b } = await startPair();
    await a.redis.kill();
    expect(await ruleOf(b, b, 74)).toMatchObject({ code: 1, fit: false });
  });

  test('it follows nobody', async () => {
    const { a, b } = await startPair();
    await follow(b, ...NOBODY);
    expect(await ruleOf(a, b, 74)).toMatchObject({ code: 1, fit: false });
  });

  test('it is frozen, blocked, loading or gone', async () => {
    const { a, b } = await startPair();
    b.redis.freeze();
    expect(await ask(a, b)).toMatchObject({ code: 1, rule: 70 });
    b.redis.thaw();
    const end = await blockByScript(b);
    expect(await ask(a, b)).toMatchObject({ code: 1, rule: 70 });
    await end();
    await fill(a);
    await b.follows(a);
    await restartLoading(b);
    expect(await ask(a, b)).toMatchObject({ code: 1, rule: 70 });
    await b.redis.kill();
    expect(await ask(a, b)).toMatchObject({ code: 1, rule: 70 });
  });
});

test('a master that does not answer us does not take its replica away', async () => {
  const { a, b } = await startPair();
  a.redis.freeze();
  expect(await ask(b, b)).toMatchObject({ code: 0, fit: true, rule: 77 });
  a.redis.thaw();
});

test('it moves with the roles', async () => {
  const { a, b } = await startPair();
  expect((await b.run('master', a)).code).toBe(0);
  await a.follows(b);
  expect(await ask(a, a)).toMatchObject({ code: 0, rule: 78 });
  expect(await ask(a, b)).toMatchObject({ code: 1, rule: 72 });
  await link(b, a);
});
