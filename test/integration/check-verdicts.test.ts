/** Every verdict of the check on real servers, with the number of its rule; and the repairs that it starts. */
import { describe, expect, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, part, startPair, type TestPair } from './lib/pair.ts';
import { valuesOf } from './lib/rounds.ts';
import {
  blockByScript,
  fill,
  follow,
  leaveFence,
  NOBODY,
  restartLoading,
  restartWithout,
  rights,
  takeAllConnections,
} from './lib/troubles.ts';

type Verdict = Awaited<ReturnType<TestNode['check']>>;

/** As keepalived leaves it after a start: a has the address and the role. */
async function settled(options: Parameters<typeof startPair>[0] = {}): Promise<TestPair> {
  const pair = await startPair(options);
  expect((await pair.a.run('master', pair.b)).code).toBe(0);
  expect((await pair.b.run('backup', pair.a)).code).toBe(0);
  return pair;
}

/** The verdict of the first check that `rule` decides. */
const verdictBy = (node: TestNode, rule: number, deadlineMs = 10_000): Promise<Verdict> =>
  waitFor(
    `rule ${rule} on ${node.name}`,
    { deadlineMs, everyMs: 100 },
    () => node.check(),
    (seen) => seen.rule === rule,
  );

const verdictWhen = (node: TestNode, accept: (verdict: Verdict) => boolean, deadlineMs = 10_000): Promise<Verdict> =>
  waitFor(`a verdict on ${node.name}`, { deadlineMs, everyMs: 100 }, () => node.check(), accept);

describe('in order', () => {
  test('both are fit: the master under the address, and the replica that may take it over', async () => {
    const { a, b } = await settled();
    expect(await a.check()).toMatchObject({ code: 0, fit: true, rule: 38 });
    expect(await b.check()).toMatchObject({ code: 0, fit: true, rule: 66 });
  });

  test('a node that nobody told of a peer is fit as a master', async () => {
    const { a } = await startPair();
    expect(await a.check()).toMatchObject({ code: 0, fit: true, rule: 38 });
  });

  test('the replica is fit when the master is dead, frozen or loading', async () => {
    const { a, b } = await settled();
    await a.redis.kill();
    expect(await b.check()).toMatchObject({ fit: true, rule: 66 });
    await a.redis.start();
    a.redis.freeze();
    expect(await b.check()).toMatchObject({ fit: true, rule: 66 });
    a.redis.thaw();
  });
});

describe('a local Redis that answers errors', () => {
  test('loading: unfit while the peer serves, fit when nobody else does', async () => {
    const { a, b } = await settled();
    await fill(a);
    await b.follows(a);
    await restartLoading(b);
    expect(await b.check()).toMatchObject({ code: 1, fit: false, rule: 16 });
    await a.redis.kill();
    expect(await b.check()).toMatchObject({ code: 0, fit: true, rule: 16 });
  });

  test('loading under the address: fit for the grace, then not', async () => {
    const { a } = await settled({ toml: ['loading_grace = "600ms"'] });
    await fill(a);
    await restartLoading(a);
    expect(await a.check()).toMatchObject({ fit: true, rule: 16 });
    expect(await verdictWhen(a, ({ fit }) => !fit)).toMatchObject({ code: 1, rule: 16 });
  });

  test('blocked by a script: fit for the grace, then not', async () => {
    const { a } = await settled({ toml: ['busy_grace = "600ms"'] });
    const end = await blockByScript(a);
    expect(await a.check()).toMatchObject({ code: 0, fit: true, rule: 12 });
    expect(await verdictWhen(a, ({ fit }) => !fit)).toMatchObject({ code: 1, rule: 12 });
    await end();
  });

  test('a password is missing: alive, so fit, and it says what it cannot judge', async () => {
    const { a } = await startPair({ lines: ['requirepass sesame'], linked: false });
    const verdict = await a.check();
    expect(verdict).toMatchObject({ code: 0, fit: true, rule: 14 });
    expect(verdict.why).toMatch(/^alive, but rejects our credentials \(NOAUTH/);
  });

  test('no connection left: alive, so fit', async () => {
    const { a } = await settled();
    await takeAllConnections(a);
    expect(await a.check()).toMatchObject({ code: 0, fit: true, rule: 14 });
  });
});

describe('a replica that must not be elected', () => {
  test('its link is down while the master lives', async () => {
    const { a, b } = await settled();
    await rights([a], '-psync', '-sync');
    await a.ask('CLIENT', 'KILL', 'TYPE', 'replica');
    expect(await verdictBy(b, 62)).toMatchObject({ code: 1, fit: false });
  });

  test('it is empty, though the pair held keys, and the peer does not answer', async () => {
    const { a, b } = await settled();
    await a.redis.kill();
    await restartWithout(b, a);
    const verdict = await b.check();
    expect(verdict).toMatchObject({ code: 1, fit: false, rule: 64 });
    expect(verdict.why).toContain('10 keys');
  });

  test('it follows a stranger while the peer leads: unfit, and put right', async () => {
    const { a, b } = await settled();
    await follow(b, ...NOBODY);
    expect(await verdictWhen(b, ({ heal }) => heal !== undefined)).toMatchObject({
      fit: false,
      rule: 60,
      heal: 'backup',
    });
    await expectInOrder(a, b);
  });
});

describe('under the address', () => {
  test('a replica while a command is at work: fit', async () => {
    const { a, b } = await startPair({ ownPorts: true });
    await rights([a], '-psync', '-sync');
    await a.ask('CLIENT', 'KILL', 'TYPE', 'replica');
    const running = b.start('master', a, ['--option', 'sync_timeout=4s']);
    await waitFor(
      'the wait',
      { deadlineMs: 10_000 },
      () => b.rules,
      (rules) => rules.includes(302),
    );
    const check = () => b.check({ REDISHA_PEER_PORT: String(a.port) });
    expect(await check()).toMatchObject({ code: 0, fit: true, rule: 50 });
    expect((await running.ended).code).toBe(4);
    const verdict = await waitFor('rule 52', { deadlineMs: 20_000 }, check, ({ rule }) => rule === 52);
    expect(verdict).toMatchObject({ code: 1, fit: false });
  });

  test('a replica because a person promoted the peer: unfit, so that the address follows the role', async () => {
    const { a, b } = await settled();
    expect((await b.run('promote', a)).code).toBe(0);
    expect(await verdictBy(a, 52)).toMatchObject({ code: 1, fit: false });
    expect(await b.check()).toMatchObject({ code: 0, fit: true, rule: 38 });
  });

  test('nobody is a master: fit for the budget, and put right', async () => {
    const { a, b } = await settled();
    await follow(a, ...NOBODY);
    await follow(b, ...NOBODY);
    expect(await verdictWhen(a, ({ heal }) => heal !== undefined)).toMatchObject({
      fit: true,
      rule: 54,
      heal: 'master',
    });
    await waitFor(
      'a master',
      { deadlineMs: 10_000 },
      () => a.role(),
      (role) => role === 'master',
    );
    expect((await b.run('backup', a)).code).toBe(0);
    await expectInOrder(a, b);
  });

  test('nobody is a master for longer than the budget, and a repair cannot help: unfit', async () => {
    const { a, b } = await settled({ toml: ['hand_over_budget = "1200ms"'] });
    await follow(a, ...NOBODY);
    await follow(b, ...NOBODY);
    await rights([a, b], '-replicaof', '-slaveof');
    expect(await verdictWhen(a, ({ fit }) => !fit)).toMatchObject({ code: 1, rule: 54 });
  });

  test('two masters that both wrote: fit, and merged by the repair', async () => {
    const pair = await settled();
    const { a, b } = pair;
    await part(pair, { onA: ['a1'], onB: ['b1'] });
    expect(await verdictWhen(a, ({ heal }) => heal !== undefined)).toMatchObject({
      fit: true,
      rule: 32,
      heal: 'master',
    });
    await expectInOrder(a, b);
    expect(await valuesOf(b, ['a1', 'b1'])).toEqual({ a1: 'by a', b1: 'by b' });
    expect(a.journal.some(({ event }) => event === 'merged')).toBe(true);
  });

  test('a master that has less than the peer: fit for the budget, and the data is fetched by the repair', async () => {
    const pair = await settled();
    const { a, b } = pair;
    await part(pair, { onB: ['b1'] });
    expect(await verdictWhen(a, ({ heal }) => heal !== undefined)).toMatchObject({
      fit: true,
      rule: 30,
      heal: 'master',
    });
    await expectInOrder(a, b);
    expect(await valuesOf(a, ['b1'])).toEqual({ b1: 'by b' });
  });

  test('a peer that was out of reach and is back: fit, and the network is told where the address is', async () => {
    const { a, b } = await settled();
    b.redis.freeze();
    // The first looks may find it only slow.
    expect(await verdictWhen(a, ({ isInOrder }) => !isInOrder)).toMatchObject({ fit: true, rule: 38 });
    b.redis.thaw();
    expect(await verdictWhen(a, ({ heal }) => heal !== undefined)).toMatchObject({ fit: true, rule: 37 });
    await waitFor(
      'the repair',
      { deadlineMs: 10_000 },
      () => Promise.resolve(a.decisions),
      (rules) => rules.slice(-2).join(' ') === '203 204',
    );
    expect(await a.check()).toMatchObject({ fit: true, rule: 38 });
  });

  test('a fence that nobody took down: fit, and taken down by the repair', async () => {
    const { a, b } = await settled({ toml: ['hand_over_timeout = "200ms"'] });
    await leaveFence(a);
    expect(await verdictWhen(a, ({ heal }) => heal !== undefined)).toMatchObject({
      fit: true,
      rule: 36,
      heal: 'master',
    });
    const fence = async () => (await a.redis.config('min-replicas-to-write')).get('min-replicas-to-write');
    await waitFor('the end of the fence', { deadlineMs: 10_000 }, fence, (value) => value === '0');
    await expectInOrder(a, b);
  });
});

describe('two masters, the address is at the peer', () => {
  test('the rival is unfit, so that it cannot be elected', async () => {
    const pair = await settled();
    await part(pair, { onA: ['a1'], onB: ['b1'] });
    const verdict = await pair.b.check();
    expect(verdict).toMatchObject({ code: 1, fit: false, rule: 34 });
    expect(verdict.heal).toBeUndefined();
  });

  test('a rival that has nothing of its own is unfit as well, and follows by the repair', async () => {
    const pair = await settled();
    await part(pair, { onA: ['a1'] });
    expect(await verdictWhen(pair.b, ({ heal }) => heal !== undefined)).toMatchObject({
      fit: false,
      rule: 30,
      heal: 'backup',
    });
    await expectInOrder(pair.a, pair.b);
  });
});

describe('what is written down', () => {
  test('a change of verdict is one line in the log, and no beat is', async () => {
    const { a } = await startPair({ linked: false });
    for (let beat = 0; beat < 4; beat += 1) expect((await a.check()).code).toBe(0);
    expect(a.log.trim().split('\n')).toEqual([expect.stringMatching(/INFO check\[\d+\] fit .*rule=38/)]);
    await a.redis.kill();
    for (let beat = 0; beat < 3; beat += 1) expect((await a.check()).code).toBe(1);
    await a.redis.start();
    await a.check();
    expect(
      a.log
        .trim()
        .split('\n')
        .map((line) => /check\[\d+\] (\w+)/.exec(line)?.[1]),
    ).toEqual(['fit', 'unfit', 'fit']);
  });

  test('a repair is started once in a while, not by every check', async () => {
    const { a, b } = await settled();
    await rights([a, b], '-replicaof', '-slaveof');
    await rights([a], '+replicaof');
    await follow(a, ...NOBODY);
    await rights([a], '-replicaof');
    await verdictWhen(a, ({ heal }) => heal !== undefined);
    const repairs = () => a.journal.filter(({ event, intent }) => event === 'end' && intent === 'master').length;
    await waitFor('the end of the repair', { deadlineMs: 10_000 }, repairs, (count) => count >= 2);
    for (let beat = 0; beat < 4; beat += 1) await a.check();
    expect(repairs()).toBe(2);
  });
});
