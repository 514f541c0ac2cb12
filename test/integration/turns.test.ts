/** Commands of one host overlap, repeat, supersede and end each other, as keepalived starts and stops them. */
import { describe, expect, test } from 'vitest';
import type { Running } from '../lib/process.ts';
import { isSince } from '../lib/server.ts';
import { nowMs, waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, startTappedPair } from './lib/pair.ts';
import { rights } from './lib/troubles.ts';

const DONE = { code: 0, signal: null };

const isAt = async (node: TestNode, rule: number): Promise<void> => {
  await waitFor(
    `rule ${rule} on ${node.name}`,
    { deadlineMs: 10_000, everyMs: 10 },
    () => node.rules,
    (rules) => rules.includes(rule),
  );
};

const superseded = (running: Running): boolean => running.text.includes('superseded');

/** How often the role was moved; a command may plan to and be superseded before it does. */
const handOvers = (node: TestNode): number => node.log.match(/ handed-over /g)?.length ?? 0;

describe('on both nodes at once', () => {
  test('backup on the old master and master on the new one meet in a hand-over', async () => {
    const { a, b } = await startPair({ ownPorts: true });
    const running = [a.start('backup', b), b.start('master', a)];
    expect(await Promise.all(running.map(({ ended }) => ended))).toEqual([DONE, DONE]);
    await expectInOrder(b, a);
    expect(b.decisions).toEqual([300, 204]);
  });

  test('the same, with the new master first', async () => {
    const { a, b } = await startPair({ ownPorts: true });
    const first = b.start('master', a);
    await isAt(b, 300);
    const second = a.start('backup', b);
    expect([await first.ended, await second.ended]).toEqual([DONE, DONE]);
    await expectInOrder(b, a);
  });

  test('backup on both, as when both hosts boot: nobody gives up the only master', async () => {
    const { a, b } = await startPair({ ownPorts: true, toml: ['peer_master_timeout = "500ms"'] });
    const running = [a.start('backup', b), b.start('backup', a)];
    await Promise.all(running.map(({ ended }) => ended));
    await expectInOrder(a, b);
  });

  test('master on both: one of them leads, the other follows, and nothing is lost', async () => {
    const { a, b } = await startPair({ ownPorts: true });
    const running = [a.start('master', b), b.start('master', a)];
    await Promise.all(running.map(({ ended }) => ended));
    const roles = [await a.role(), await b.role()];
    expect(roles.toSorted()).toEqual(['master', 'slave']);
    const [master, replica] = roles[0] === 'master' ? [a, b] : [b, a];
    await expectInOrder(master, replica);
    expect(await master.ask('DBSIZE')).toBe(10);
  });
});

describe('on one node', () => {
  test('the same notify three times over: each ends well, the role moves once', async () => {
    const { a, b } = await startPair();
    const running = [1, 2, 3].map(() => b.start('master', a));
    expect(await Promise.all(running.map(({ ended }) => ended))).toEqual([DONE, DONE, DONE]);
    await expectInOrder(b, a);
    expect(handOvers(b)).toBe(1);
  });

  test('a newer command ends an older one that waits: exit 0, and it says so', async () => {
    const { a, b } = await startPair();
    const older = a.start('backup', b);
    await isAt(a, 554);
    const newer = a.start('master', b);
    expect([await older.ended, await newer.ended]).toEqual([DONE, DONE]);
    expect(superseded(older), older.text).toBe(true);
    expect(superseded(newer), newer.text).toBe(false);
    expect(a.journal.filter(({ event }) => event === 'end').map(({ result }) => result)).toEqual([
      'superseded',
      'done',
    ]);
    await expectInOrder(a, b);
  });

  test('fault ends a command that waits, too', async () => {
    const { a, b } = await startPair();
    const older = a.start('backup', b);
    await isAt(a, 554);
    expect((await a.run('fault', b)).code).toBe(0);
    expect(await older.ended).toEqual(DONE);
    expect(superseded(older), older.text).toBe(true);
    await expectInOrder(a, b);
  });

  test('a promote that is refused ends nobody', async () => {
    const { a, b } = await startPair({ toml: ['frozen_timeout = "6s"'] });
    a.redis.freeze();
    const waiting = b.start('master', a);
    await isAt(b, 334);
    expect((await b.run('promote', a)).code).toBe(4);
    expect(await waiting.ended).toEqual(DONE);
    expect(superseded(waiting), waiting.text).toBe(false);
    expect(await b.role()).toBe('master');
  });

  test.each(['fault', 'stop'])('%s without words only records, and what is at work goes on as fault', async (word) => {
    const { a, b } = await startPair();
    const older = a.start('backup', b);
    await isAt(a, 554);
    expect((await a.runWith([word], b)).code).toBe(0);
    expect(await older.ended).toEqual(DONE);
    expect(a.decisions).toEqual([552]);
    await expectInOrder(a, b);
  });

  test('keepalived changes its mind eight times within a second: the last word holds', async () => {
    const { a, b } = await startPair();
    const words = ['master', 'backup', 'fault', 'master', 'stop', 'backup', 'master', 'backup'];
    const running = words.map((command) => b.start(command, a));
    await Promise.all(running.map(({ ended }) => ended));
    const last = b.start('master', a);
    expect(await last.ended).toEqual(DONE);
    await expectInOrder(b, a);
    expect(b.journal.at(-1)).toMatchObject({ event: 'end', intent: 'master', result: 'done' });
  });

  test('notify and notify_master, started in the same moment, do one thing together', async () => {
    const { a, b } = await startPair();
    const general = b.startWith(['notify', ...b.words(a), 'INSTANCE', 'VI_1', 'MASTER', '100'], a);
    const own = b.start('master', a);
    expect([await general.ended, await own.ended]).toEqual([DONE, DONE]);
    await expectInOrder(b, a);
    expect(handOvers(b)).toBe(1);
  });

  test('a repair leaves at once when a command is at work, and supersedes nobody', async () => {
    const { a, b } = await startPair();
    const waiting = a.start('backup', b);
    await isAt(a, 554);
    const { code, stdout } = await a.run('master', b, ['--heal']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('another command') as string });
    expect(waiting.over).toBe(false);
    expect((await a.run('master', b)).code).toBe(0);
    await waiting.ended;
  });
});

describe('SIGTERM, as keepalived ends its scripts when it ends', () => {
  test.for([
    ['a pause', [], /CLIENT\r\n\$5\r\nPAUSE/],
    ['a fence', ['-client|pause', '-failover'], /CONFIG\r\n\$3\r\nSET/],
  ] as const)('while %s holds the writes: it is released, exit 143, the old master goes on', async (held, { skip }) => {
    const [what, changes, command] = held;
    const pair = await startTappedPair();
    const { a, b, tap } = pair;
    skip(what === 'a pause' && !isSince(a.redis.server, [6, 2]), 'this server has no pause of writes');
    await rights([pair.a, pair.b], ...changes);
    tap.arm(command);
    const running = b.start('master', a);
    await tap.reached();
    b.redis.freeze();
    const startMs = nowMs();
    running.signal('SIGTERM');
    tap.letGo();
    expect(await running.ended).toEqual({ code: 143, signal: null });
    expect(nowMs() - startMs).toBeLessThan(4_000);
    expect(await a.redis.writesPaused()).toBe(false);
    b.redis.thaw();
    await expectInOrder(a, b);
    expect(running.text).toContain('interrupted');
    expect(b.journal.at(-1)).toMatchObject({ event: 'end', result: 'interrupted', exitCode: 143 });
  });

  test('while FAILOVER waits for a frozen replica: it is called off, exit 143, the old master goes on', async ({
    skip,
  }) => {
    const pair = await startTappedPair();
    const { a, b, tap } = pair;
    skip(!isSince(a.redis.server, [6, 2]), 'this server has no FAILOVER');
    await rights([pair.a, pair.b], '-client|pause');
    tap.arm(/CLIENT\r\n\$5\r\nPAUSE/);
    const running = b.start('master', a);
    await tap.reached();
    b.redis.freeze();
    tap.letGo();
    const failover = async (): Promise<string> => (await a.redis.view()).failover;
    await waitFor('the FAILOVER', { deadlineMs: 10_000, everyMs: 5 }, failover, (now) => now !== 'no-failover');
    running.signal('SIGTERM');
    expect(await running.ended).toEqual({ code: 143, signal: null });
    expect(await failover()).toBe('no-failover');
    b.redis.thaw();
    await expectInOrder(a, b);
  });

  test('while it waits for the peer: exit 143 at once, nothing changed', async () => {
    const { a, b } = await startPair({ toml: ['peer_master_timeout = "30s"'] });
    const running = a.start('backup', b);
    await isAt(a, 554);
    const startMs = nowMs();
    running.signal('SIGTERM');
    expect(await running.ended).toEqual({ code: 143, signal: null });
    expect(nowMs() - startMs, 'half of what it would have waited').toBeLessThan(15_000);
    await expectInOrder(a, b);
  });

  test('while it waits for its turn: exit 143', async () => {
    const { a, b } = await startPair();
    const holder = a.start('backup', b);
    await isAt(a, 554);
    // The other node of this pair has its own record of what keepalived said, and here the same turn.
    const waiting = b.start('backup', a);
    await waitFor('the announcement', { deadlineMs: 20_000 }, () => b.announced, Boolean);
    waiting.signal('SIGTERM');
    expect((await waiting.ended).code).toBe(143);
    holder.signal('SIGINT');
    expect((await holder.ended).code).toBe(130);
  });
});
