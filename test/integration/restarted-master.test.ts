/** A master comes back without its data, and Redis is about to copy it over its replica: the replica sees it, too. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSince, serverOf } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { rescuesOf, valuesOf } from './lib/rounds.ts';

/** A server that never saves keeps the whole delay. */
const SAVES = ['save 3600 1'];
const SLOW = [...SAVES, 'repl-diskless-sync yes', 'repl-diskless-sync-delay 1000'];

/** a came back empty, as a master; Redis gives b, its replica, some 5 s. */
const cameBackEmpty = async (lines: readonly string[] = SAVES, agedSeconds = 0): Promise<TestPair> => {
  const pair = await startPair({ ownPorts: true, lines });
  const { a, b } = pair;
  await b.run('backup', a);
  await waitFor(
    'a server that has run for a while',
    { deadlineMs: 10_000 },
    () => b.redis.info('server'),
    (info) => Number(info.get('uptime_in_seconds')) >= agedSeconds,
  );
  await a.redis.kill();
  // A full sync has left its file there, where it goes by the disk, as by default before 7.0.
  rmSync(join(a.dir, 'redis', 'dump.rdb'), { force: true });
  await a.redis.start([...a.lines, 'repl-diskless-sync yes', 'repl-diskless-sync-delay 5', ...lines]);
  return pair;
};

const KEPT = { 'seed:0': '0', 'seed:9': '9' };

test('master on the replica does not wait for data that the peer has lost', async () => {
  const { a, b } = await cameBackEmpty();
  expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
  expect(b.decisions).toEqual([500, 294, 220, 204]);
  await expectInOrder(b, a);
  expect(await valuesOf(b, ['seed:0', 'seed:9'])).toEqual(KEPT);
});

test('nobody waits for the delay of a copy, and no setting is changed for it', async () => {
  const { a, b } = await cameBackEmpty(SLOW);
  await a.ask('SET', 'since', 'by a');
  const settings = () => Promise.all([a, b].map((node) => node.ask('CONFIG', 'GET', 'repl-*')));
  const before = await settings();
  expect(await b.told('master', a)).toMatchObject({ exitCode: 0, rule: 204 });
  await expectInOrder(b, a);
  expect(await valuesOf(b, ['seed:0', 'seed:9'])).toEqual(KEPT);
  expect(await settings()).toEqual(before);
});

test('the check of the replica finds it, stays fit, and has the data kept', async () => {
  const { a, b } = await cameBackEmpty();
  const verdict = await waitFor(
    'a repair',
    { deadlineMs: 20_000, everyMs: 100 },
    () => b.check({ REDISHA_PEER_PORT: String(a.port) }),
    ({ heal }) => heal !== undefined,
  );
  expect(verdict).toMatchObject({ code: 0, fit: true, rule: 51, heal: 'backup' });
  await waitFor(
    'the first step',
    { deadlineMs: 20_000, everyMs: 50 },
    () => b.role(),
    (role) => role === 'master',
  );
  expect(await valuesOf(b, ['seed:0', 'seed:9'])).toEqual(KEPT);
  expect(await a.told('fault', b)).toMatchObject({ exitCode: 0 });
  await expectInOrder(b, a);
});

/** Redis tells since 7.0 how many keys it loaded. */
const tellsWhatItLoaded = ['a', 'b'].map(serverOf).every((server) => isSince(server, [7, 0]));

/** What was written on a while b led already: a key of b's, two that b lacks, one that b has deleted, one in another database. */
const wroteMeanwhile = async ({ a }: TestPair): Promise<void> => {
  await a.redis.askAll([
    ['SET', 'seed:0', 'by a'],
    ['INCR', 'counter'],
    ['XADD', 'stream', '1-1', 'field', 'value'],
    ['SET', 'short', 'lived', 'EX', 1000],
    ['DEL', 'seed:9'],
    ['SELECT', 3],
    ['RPUSH', 'list', 'x', 'y'],
  ]);
};

test.skipIf(!tellsWhatItLoaded)('what cannot collide is merged, and the rest is in a file', async () => {
  const pair = await cameBackEmpty(SAVES, 4);
  const { a, b } = pair;
  await wroteMeanwhile(pair);
  expect(await a.told('master', b)).toMatchObject({ exitCode: 0, rule: 204 });
  expect(a.decisions.slice(0, 4)).toEqual([202, 215, 218, 212]);
  await expectInOrder(a, b);
  expect(await valuesOf(a, ['seed:0', 'seed:9', 'counter', 'short'])).toEqual({
    ...KEPT,
    counter: '1',
    short: 'lived',
  });
  const [stream, ttl, , list] = await a.redis.askAll([
    ['XLEN', 'stream'],
    ['TTL', 'short'],
    ['SELECT', 3],
    ['LRANGE', 'list', 0, -1],
  ]);
  expect({ stream, list, lives: Number(ttl) > 900 }).toEqual({ stream: 1, list: ['x', 'y'], lives: true });
  expect(a.journal.find(({ event }) => event === 'merged')).toMatchObject({
    keys: 4,
    keysInFileAlone: 1,
    inPart: true,
  });
  expect(rescuesOf(a)).toHaveLength(1);
});
