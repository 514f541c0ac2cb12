/** What an interrupted command leaves: a FAILOVER that hangs, a fence, a pause. The next command finds and ends it. */
import { describe, expect, test } from 'vitest';
import { isSince, serverOf } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, part, startPair, startTappedPair, type TestPair } from './lib/pair.ts';
import { rescuesOf, valuesOf } from './lib/rounds.ts';
import { rights } from './lib/troubles.ts';

const IS_OLD = !isSince(serverOf('a'), [6, 2]);

const QUICK = ['hand_over_timeout = "300ms"'];

/** The target was frozen and the FAILOVER forced: nobody is a master, and Redis would leave it so for ever. */
async function forcedOntoFrozen({ a, b }: TestPair): Promise<void> {
  b.redis.freeze();
  await a.ask('FAILOVER', 'TO', b.address, b.port, 'FORCE', 'TIMEOUT', 100);
  const state = async (): Promise<string> => (await a.redis.view()).failover;
  await waitFor('the FAILOVER to hang', { deadlineMs: 20_000 }, state, (now) => now === 'failover-in-progress');
  expect(await a.role()).toBe('slave');
}

const config = async (node: TestNode): Promise<string> =>
  [...(await node.redis.config('min-replicas-*')).values()].toSorted().join(' ');

type Tapped = Awaited<ReturnType<typeof startTappedPair>>;

/** b takes the role from a and is killed at the moment when a has carried out the command, without hearing of it. */
async function killedAfter({ a, b, tap }: Tapped, command: RegExp): Promise<void> {
  tap.arm(command);
  const running = b.start('master', a);
  await tap.reached();
  running.signal('SIGKILL');
  await running.ended;
  tap.letGo();
}

const onlyFence = (pair: TestPair): Promise<unknown> => rights([pair.a, pair.b], '-client|pause', '-failover');

describe.skipIf(IS_OLD)('an unfinished FAILOVER, which Redis has since 6.2', () => {
  test('is called off by the next master command, and somebody can write again', async () => {
    const pair = await startPair({ toml: QUICK });
    const { a, b } = pair;
    await forcedOntoFrozen(pair);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 206 });
    expect(a.rules).toContain(122);
    expect(await a.ask('SET', 'again', 'yes')).toBe('OK');
    b.redis.thaw();
    await a.run('master', b);
    await b.told('backup', a);
    await expectInOrder(a, b);
    expect(await valuesOf(b, ['again', 'seed:1'])).toEqual({ again: 'yes', 'seed:1': '1' });
  });

  test('is left to end by itself as long as it may: the target thaws and has the role', async () => {
    const pair = await startPair({ ownPorts: true });
    const { a, b } = pair;
    await forcedOntoFrozen(pair);
    const running = a.start('backup', b);
    await waitFor(
      'the wait',
      { deadlineMs: 10_000 },
      () => a.rules,
      (rules) => rules.includes(120),
    );
    b.redis.thaw();
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(a.rules).not.toContain(122);
    await expectInOrder(b, a);
  });
});

describe('a command that was killed', () => {
  test('after a merge, before the other side followed: the merge is known again, and nothing is saved twice', async () => {
    const pair = await startTappedPair();
    const { a, b, tap } = pair;
    await part(pair, { onA: ['a1'] });
    await b.ask('INCR', 'counter');
    tap.arm(/\r\nEXEC\r\n/);
    const running = a.start('master', b);
    await tap.reached();
    running.signal('SIGKILL');
    await running.ended;
    tap.letGo();
    const counter = async (): Promise<unknown> => a.ask('GET', 'counter');
    await waitFor('the merge', { deadlineMs: 20_000 }, counter, (value) => value === '1');
    expect(await b.role()).toBe('master');
    const before = rescuesOf(a);
    expect(await a.told('master', b), a.log).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.decisions.slice(-3)).toEqual([225, 222, 204]);
    expect(rescuesOf(a)).toEqual(before);
    await expectInOrder(a, b);
    expect(await valuesOf(b, ['a1', 'counter'])).toEqual({ a1: 'by a', counter: '1' });
  });

  test('while it held a fence: the fence stays, and the next command takes it down with the old values', async () => {
    const pair = await startTappedPair({ toml: QUICK, lines: ['min-replicas-max-lag 7'] });
    const { a, b } = pair;
    await onlyFence(pair);
    await killedAfter(pair, /CONFIG\r\n\$3\r\nSET/);
    const write = async (): Promise<string> => String(await a.redis.ask('SET', 'k', 'v'));
    await waitFor('the fence', { deadlineMs: 20_000 }, write, (reply) => reply.includes('NOREPLICAS'));
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.rules).toEqual([130, 132, 204]);
    expect(await config(a)).toBe('0 7');
    expect(await write()).toBe('OK');
  });

  test('while it held a fence, of which half is left: the next command takes down that half', async () => {
    const pair = await startPair({ toml: QUICK, lines: ['min-replicas-max-lag 7'] });
    const { a, b } = pair;
    await a.ask('CONFIG', 'SET', 'min-replicas-to-write', 1_000_000);
    expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(a.rules).toEqual([130, 132, 204]);
    expect(await config(a)).toBe('0 7');
  });

  test('while it held a fence: the same command again goes on and hands over', async () => {
    const pair = await startTappedPair({ toml: QUICK });
    const { a, b } = pair;
    await onlyFence(pair);
    await killedAfter(pair, /CONFIG\r\n\$3\r\nSET/);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(b.decisions.slice(-3)).toEqual([132, 300, 204]);
    await expectInOrder(b, a);
  });

  test.skipIf(IS_OLD)(
    'while it held a pause, which Redis has of writes alone since 6.2: the pause ends by itself, and the same command again hands over',
    async () => {
      const pair = await startTappedPair({ toml: QUICK });
      const { a, b } = pair;
      await killedAfter(pair, /CLIENT\r\n\$5\r\nPAUSE/);
      expect(await a.redis.writesPaused()).toBe(true);
      await waitFor(
        'the end of the pause',
        { deadlineMs: 20_000 },
        () => a.redis.writesPaused(),
        (paused) => !paused,
      );
      expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
      await expectInOrder(b, a);
    },
  );

  test('after the demotion and before the promotion: no master is left, never two, and the next command makes one', async () => {
    const pair = await startTappedPair({ toml: QUICK });
    const { a, b } = pair;
    await killedAfter(pair, /REPLICAOF/);
    expect([await a.role(), await b.role()]).toEqual(['slave', 'slave']);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
    await expectInOrder(b, a);
    expect((await b.redis.info('stats')).get('sync_full'), 'full copies').toBe('0');
  });

  test.skipIf(IS_OLD)(
    'after a FAILOVER was begun: Redis ends it, and the same command again finds the role moved',
    async () => {
      const pair = await startTappedPair({ toml: QUICK });
      const { a, b } = pair;
      await rights([pair.a, pair.b], '-client|pause');
      await killedAfter(pair, /FAILOVER/);
      expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
      await expectInOrder(b, a);
    },
  );

  test('while it held back a diverged master: the writes of both are there in the end', async () => {
    const pair = await startTappedPair();
    const { a, b } = pair;
    await b.ask('REPLICAOF', 'NO', 'ONE');
    await a.ask('SET', 'a1', 'by a');
    await b.ask('SET', 'b1', 'by b');
    await killedAfter(pair, /PSYNC/);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
    await expectInOrder(b, a);
    expect(await valuesOf(a, ['a1', 'b1'])).toEqual({ a1: 'by a', b1: 'by b' });
  });
});
