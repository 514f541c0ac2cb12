/** Both nodes are masters: whatever either wrote is on both in the end, or in a file that the journal names. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeSeen } from '../../src/redis/rescue-seen.ts';
import type { Reply } from '../lib/resp.ts';
import { isSince, serverOf } from '../lib/server.ts';
import { copiesBack, countsRefused } from '../lib/unreadable.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, part, startPair } from './lib/pair.ts';
import { rescuedText, rescuesOf, valuesOf } from './lib/rounds.ts';
import { keepAlivesOnly } from './lib/troubles.ts';

const noPlaceForRescues = (node: TestNode): void => {
  const dir = join(node.dir, 'state', String(node.port));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'rescue'), 'a file where the directory should be');
};

/** What of the fence the last commands that the node has carried out have set. */
const fencesOf = async (node: TestNode): Promise<readonly string[]> => {
  const slow = (await node.ask('SLOWLOG', 'GET', 100)) as readonly (readonly Reply[])[];
  const commands = slow.map((entry) => (entry[3] as readonly Reply[]).map(String).join(' '));
  return commands.flatMap((command) =>
    command.startsWith('CONFIG SET') ? (command.match(/min-replicas-\S+/g) ?? []) : [],
  );
};

/** The other tests wait for the server's own delay before a copy, as a pair does. These are about what is decided. */
const PROMPT = { promptCopies: true };

describe('the address is at a', () => {
  test('neither wrote: b follows', async () => {
    const pair = await startPair();
    await part(pair, {});
    const told = await pair.a.told('master', pair.b);
    expect(told).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([220, 204]);
    await expectInOrder(pair.a, pair.b);
    expect(rescuesOf(pair.a)).toEqual([]);
  });

  test('only a wrote: b follows, fenced until it does, and nothing is rescued', async () => {
    const pair = await startPair();
    await part(pair, { onA: ['k'] });
    await pair.b.ask('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([220, 204]);
    expect(await fencesOf(pair.b), 'up and down, two values each').toHaveLength(4);
    await expectInOrder(pair.a, pair.b);
    expect(rescuesOf(pair.a)).toEqual([]);
  });

  // Redis 6.0 does not count what it refuses of a newer master, and is not given the role after it.
  test.skipIf(!countsRefused)('only b wrote: its data comes to a first, then the role', async () => {
    const pair = await startPair();
    await part(pair, { onB: ['k'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([210, 300, 204]);
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.a, ['k', 'seed:1'])).toEqual({ k: 'by b', 'seed:1': '1' });
  });

  test('both wrote, to different keys: everything is on both, and the writes of b are kept in a file as well', async () => {
    const pair = await startPair();
    await part(pair, { onA: ['a1', 'a2'], onB: ['b1', 'b2', 'b3'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([225, 228, 222, 204]);
    await expectInOrder(pair.a, pair.b);
    const all = { a1: 'by a', a2: 'by a', b1: 'by b', b2: 'by b', b3: 'by b' };
    expect(await valuesOf(pair.b, Object.keys(all))).toEqual(all);
    expect(rescuedText(pair.a)).toContain('b3');
    expect(pair.a.log).not.toContain('ERROR');
    expect(pair.a.journal.find(({ event }) => event === 'merged')).toMatchObject({ loser: 'peer', commands: 3 });
  });

  test('both wrote, and both removed the same key, as they do when it runs out: that is no conflict', async () => {
    const pair = await startPair(PROMPT);
    await part(pair, { onA: ['a1'], onB: ['b1'] });
    for (const node of [pair.a, pair.b]) await node.ask('DEL', 'seed:1');
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([225, 228, 222, 204]);
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.b, ['a1', 'b1', 'seed:1'])).toEqual({ a1: 'by a', b1: 'by b', 'seed:1': null });
  });

  test('both wrote the same key: nothing is guessed, the writes of b are in a file and the key is named', async () => {
    const pair = await startPair();
    await part(pair, { onA: ['met', 'a1'], onB: ['met', 'b1'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0, rule: 204 });
    expect(pair.a.decisions).toEqual([225, 229, 222, 204]);
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.b, ['met', 'a1', 'b1'])).toEqual({ met: 'by a', a1: 'by a', b1: null });
    expect(rescuedText(pair.a)).toMatch(/met\r\n\$4\r\nby b[^]*b1\r\n\$4\r\nby b/);
    expect(pair.a.journal.find(({ event }) => event === 'examined')).toMatchObject({ meet: ['0/met'], meetCount: 1 });
    expect(pair.a.journal.find(({ bytes }) => Number(bytes) > 0)).toMatchObject({ file: rescuesOf(pair.a)[0]?.path });
    expect(pair.a.log).toMatch(/why="both sides wrote 0\/met"/);
  });

  test('only a wrote, b sent keep-alives: b follows, and nothing has to be rescued', async () => {
    const pair = await startPair(PROMPT);
    await part(pair, { onA: ['k'] });
    await keepAlivesOnly(pair.b);
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.decisions.slice(0, 2)).toEqual([225, 226]);
    await expectInOrder(pair.a, pair.b);
    expect(rescuesOf(pair.a)).toEqual([]);
  });

  test('only b wrote, a sent keep-alives: the writes of b are merged', async () => {
    const pair = await startPair(PROMPT);
    await part(pair, { onB: ['k'] });
    await keepAlivesOnly(pair.a);
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.decisions).toEqual([225, 228, 222, 204]);
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.a, ['k'])).toEqual({ k: 'by b' });
  });

  test('an older rescue that has to go is named, and one that nobody has looked at stays', async () => {
    const pair = await startPair({ toml: ['rescue_keep = 1'] });
    const directory = join(pair.a.dir, 'state', String(pair.a.port), 'rescue');
    mkdirSync(directory, { recursive: true });
    const [older, unseen] = ['1-2', '3-4'].map((range) =>
      join(directory, `20200813T101500Z-peer-3f2a9c01-${range}.resp`),
    ) as [string, string];
    for (const file of [older, unseen]) writeFileSync(file, '*1\r\n$4\r\nPING\r\n');
    await writeSeen(older, { at: '2026-08-13T10:15:00.000Z', by: 'show' });
    await part(pair, { onA: ['k'], onB: ['k'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(rescuesOf(pair.a)).toHaveLength(2);
    expect(existsSync(unseen)).toBe(true);
    expect(pair.a.journal.find(({ event }) => event === 'pruned')).toMatchObject({ removed: [older] });
    expect(pair.a.log).toMatch(/WARN .*pruned/);
  });

  test('a queue in another database, empty by now, is not replayed into keys of database 0', async () => {
    const pair = await startPair(PROMPT);
    const queue = [
      ['SELECT', 5],
      ['RPUSH', 'queue', 'x'],
      ['DEL', 'queue'],
    ];
    await pair.a.redis.askAll([['SET', 'queue', 'of database 0'], ...queue]);
    await pair.b.follows(pair.a);
    await part(pair, { onB: ['b1'] });
    await pair.a.redis.askAll(queue);
    expect(await pair.b.told('master', pair.a)).toMatchObject({ exitCode: 0 });
    expect(pair.b.decisions.slice(0, 3)).toEqual([225, 228, 222]);
    await expectInOrder(pair.b, pair.a);
    expect(await valuesOf(pair.b, ['queue', 'b1'])).toEqual({ queue: 'of database 0', b1: 'by b' });
  });

  // Where a is too old for a copy of b, it cannot get the data of b.
  test.skipIf(!copiesBack)(
    'only b wrote, a sent keep-alives and does not take the writes: a follows b first, nothing is thrown away',
    async () => {
      const pair = await startPair(PROMPT);
      await part(pair, { onB: ['k'] });
      await keepAlivesOnly(pair.a);
      await pair.a.ask('CONFIG', 'SET', 'min-replicas-to-write', 1);
      expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
      expect(pair.a.decisions.slice(0, 3)).toEqual([225, 228, 227]);
      await pair.a.ask('CONFIG', 'SET', 'min-replicas-to-write', 0);
      await expectInOrder(pair.a, pair.b);
      expect(await valuesOf(pair.b, ['k'])).toEqual({ k: 'by b' });
      expect(pair.a.log).toMatch(/not-merged .*NOREPLICAS/);
    },
  );

  test('they never had a common past: the whole dataset of b is in a file', async () => {
    const pair = await startPair({ linked: false });
    await pair.a.ask('SET', 'k', 'by a');
    await pair.b.ask('SET', 'k', 'by b');
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.decisions.slice(0, 3)).toEqual([225, 229, 222]);
    await expectInOrder(pair.a, pair.b);
    expect(rescuesOf(pair.a).map(({ name }) => name)).toEqual([expect.stringMatching(/\.rdb$/)]);
    expect(rescuedText(pair.a)).toMatch(/^(REDIS|VALKEY)[^]*by b/);
  });

  test.skipIf(!copiesBack)('a is empty: it takes the data of b before the role', async () => {
    const pair = await startPair({ linked: false });
    await pair.b.ask('SET', 'k', 'by b');
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.decisions.slice(0, 2)).toEqual([210, 300]);
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.a, ['k'])).toEqual({ k: 'by b' });
  });
});

describe('what the operator allows', () => {
  test('left to a person: refused, both stay as they are', async () => {
    const pair = await startPair({ toml: ['on_diverged = "manual"'] });
    await part(pair, { onA: ['k'], onB: ['k'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 4, rule: 221, result: 'refused' });
    expect([await pair.a.role(), await pair.b.role()]).toEqual(['master', 'master']);
    expect(await valuesOf(pair.b, ['k'])).toEqual({ k: 'by b' });
  });

  test('always rescued: writes that do not meet are not replayed', async () => {
    const pair = await startPair({ ...PROMPT, toml: ['on_diverged = "rescue"'] });
    await part(pair, { onA: ['a1'], onB: ['b1'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.decisions).toEqual([225, 229, 222, 204]);
    await expectInOrder(pair.a, pair.b);
    expect(await valuesOf(pair.a, ['a1', 'b1'])).toEqual({ a1: 'by a', b1: null });
    expect(rescuedText(pair.a)).toContain('b1');
  });

  test('the rescue cannot be written: refused, both keep their data and take writes', async () => {
    const pair = await startPair();
    noPlaceForRescues(pair.a);
    await part(pair, { onA: ['k'], onB: ['k'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 4, rule: 224, result: 'refused' });
    expect(await valuesOf(pair.b, ['k'])).toEqual({ k: 'by b' });
    for (const { redis } of [pair.a, pair.b]) expect(await redis.writesPaused()).toBe(false);
  });

  test('the rescue cannot be written, and shall not stand in the way: b follows', async () => {
    const pair = await startPair({ ...PROMPT, toml: ['on_rescue_failure = "proceed"'] });
    noPlaceForRescues(pair.a);
    await part(pair, { onA: ['k'], onB: ['k'] });
    expect(await pair.a.told('master', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.rules).toContain(223);
    await expectInOrder(pair.a, pair.b);
    expect(pair.a.log).toMatch(/ERROR .*rescue-failed/);
  });
});

describe('the address is not here', () => {
  test('fault: two masters that differ are left to the node with the address', async () => {
    const pair = await startPair();
    await part(pair, { onA: ['k'], onB: ['k'] });
    expect(await pair.a.told('fault', pair.b)).toMatchObject({ exitCode: 0, rule: 520 });
    expect([await pair.a.role(), await pair.b.role()]).toEqual(['master', 'master']);
  });

  test('fault: a master that has nothing of its own follows', async () => {
    const pair = await startPair();
    await part(pair, { onB: ['k'] });
    expect(await pair.a.told('fault', pair.b)).toMatchObject({ exitCode: 0 });
    expect(pair.a.rules[0]).toBe(510);
    await expectInOrder(pair.b, pair.a);
  });

  // The same: a would have to copy the data of b.
  test.skipIf(!copiesBack)('backup: the master command of the peer is waited for', async () => {
    const pair = await startPair({ ...PROMPT, ownPorts: true });
    await part(pair, { onA: ['a1'], onB: ['b1'] });
    const waiting = pair.a.start('backup', pair.b);
    await waitFor(
      'the wait',
      { deadlineMs: 10_000 },
      () => pair.a.rules,
      (rules) => rules.includes(522),
    );
    expect(await pair.b.told('master', pair.a)).toMatchObject({ exitCode: 0 });
    expect(await waiting.ended).toEqual({ code: 0, signal: null });
    expect(pair.a.rules).toContain(500);
    await expectInOrder(pair.b, pair.a);
    expect(await valuesOf(pair.b, ['a1', 'b1'])).toEqual({ a1: 'by a', b1: 'by b' });
  });

  const isPausable = copiesBack && isSince(serverOf('b'), [6, 2]);
  test.skipIf(!isPausable)('backup: a peer that wrote nothing is held until it has what local wrote', async () => {
    const pair = await startPair({ ...PROMPT, ownPorts: true });
    await part(pair, { onA: ['k'] });
    const ended = pair.a.run('backup', pair.b);
    await waitFor('the hold', { deadlineMs: 20_000 }, () => pair.b.redis.writesPaused(), Boolean);
    expect(await pair.b.told('master', pair.a)).toMatchObject({ exitCode: 0 });
    await ended;
    await expectInOrder(pair.b, pair.a);
    expect(await pair.b.redis.writesPaused()).toBe(false);
    expect([rescuesOf(pair.b), await valuesOf(pair.b, ['k'])]).toEqual([[], { k: 'by a' }]);
  });

  const NO_WAIT = { ...PROMPT, toml: ['peer_master_timeout = "100ms"'] };

  test('backup: when it does not come, a peer that has nothing of its own follows', async () => {
    const pair = await startPair(NO_WAIT);
    await part(pair, { onA: ['k'] });
    await pair.a.run('backup', pair.b);
    expect(pair.a.rules).toContain(524);
    await expectInOrder(pair.a, pair.b);
  });

  test.skipIf(!copiesBack)(
    'backup: when it does not come and both wrote, the writes of local are merged and it follows',
    async () => {
      const pair = await startPair(NO_WAIT);
      await part(pair, { onA: ['a1'], onB: ['b1'] });
      expect(await pair.a.told('backup', pair.b)).toMatchObject({ exitCode: 0, rule: 500 });
      expect(pair.a.rules).toEqual(expect.arrayContaining([535, 538, 532]));
      await expectInOrder(pair.b, pair.a);
      expect(await valuesOf(pair.b, ['a1', 'b1'])).toEqual({ a1: 'by a', b1: 'by b' });
    },
  );
});
