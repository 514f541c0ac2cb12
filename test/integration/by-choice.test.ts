/**
 * Somebody has decided who leads, and the resident of either node looks on: no repair takes the decision back. All servers
 * are young, and wait as Redis does by default before they make a copy, so that there is time to go wrong.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RoleWatch } from '../lib/role-watch.ts';
import { watchRoles } from '../lib/role-watch.ts';
import { isSince } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { startResident } from './lib/resident.ts';
import { rescuedText, rescuesOf, valuesOf } from './lib/rounds.ts';
import { follow } from './lib/troubles.ts';

const SECRET = 'sesame';
/** The default since 7.0. Before, a copy goes by the disk, and wipes the replica of an empty master at once. */
const DELAY = ['repl-diskless-sync yes'];
/** A node alone shows that it is watched by a repair: it is looked at every second, and again at once. */
const QUIET_MS = 4_000;

/** The node is watched and repaired, as under keepalived. */
const watched = async (node: TestNode, peer: TestNode): Promise<void> => {
  await startResident(node, peer);
};

const rolesOf = ({ a, b }: TestPair): RoleWatch => {
  const roles = watchRoles([a.redis, b.redis]);
  onTestFinished(() => roles.stop());
  return roles;
};

/** Two servers are watched by two questions: which of them changed first is not known. */
const ofEach = (changes: readonly string[]): string =>
  ['a', 'b'].map((name) => changes.filter((change) => change.startsWith(name)).join()).join('; ');

/** These roles have changed since, and no other does. */
const stays = (roles: RoleWatch, expected: readonly string[]): Promise<unknown> =>
  waitFor(
    `these changes of roles and no other: ${expected.join(', ')}`,
    { deadlineMs: 2 * QUIET_MS, holdMs: QUIET_MS },
    () => roles.changes,
    (changes) => ofEach(changes) === ofEach(expected),
  );

/** a leads, has its address and takes writes; b is not let in, and has never been. */
const neverLetIn = async (): Promise<TestPair> => {
  const pair = await startPair({
    linked: false,
    ownPorts: true,
    password: SECRET,
    toml: [`password = "${SECRET}"`, 'sync_timeout = "500ms"'],
  });
  const { a, b } = pair;
  await b.ask('CONFIG', 'SET', 'masterauth', '');
  await follow(b, a.address, a.port);
  await a.run('master', b);
  await a.ask('SET', 'k', 'by a');
  return pair;
};

/** As keepalived starts it: a first, which finds nobody; then b, as its file says. Both are watched. */
const started = async (): Promise<TestPair> => {
  const pair = await startPair({ linked: false, ownPorts: true, lines: DELAY });
  const { a, b } = pair;
  await b.redis.kill();
  await a.run('master', b);
  await a.redis.askAll(Array.from({ length: 10 }, (_, at) => ['SET', `seed:${at}`, at]));
  await watched(a, b);
  await b.redis.start([...b.lines, `replicaof ${a.address} ${String(a.port)}`]);
  await b.run('fault', a);
  await watched(b, a);
  await b.follows(a);
  return pair;
};

describe('stale data is promoted over a live master', () => {
  test.each([
    ['a person insists', ['promote', '--force']],
    ['the operator allows it', ['master', '--option', 'on_stale=promote']],
  ])(
    '%s: one master, as was chosen, and one file with what the other one had',
    async (_who, [command = '', ...options]) => {
      const pair = await neverLetIn();
      const { a, b } = pair;
      await Promise.all([watched(a, b), watched(b, a)]);
      const roles = rolesOf(pair);
      expect(await b.told(command, a, options), b.log).toMatchObject({ exitCode: 0, rule: 204 });
      expect(b.decisions).toEqual([303, 304, 222, 204]);
      await expectInOrder(b, a);
      await stays(roles, ['b master', 'a slave']);
      expect(await a.ask('EXISTS', 'k')).toBe(0);
      expect([rescuesOf(a).length, rescuesOf(b).length]).toEqual([0, 1]);
      expect(rescuedText(b)).toContain('by a');
    },
  );

  test('what the other one wrote since the two parted is merged (before 7.0 saved), and nobody makes the new master follow meanwhile', async () => {
    const pair = await startPair({
      ownPorts: true,
      password: SECRET,
      toml: [`password = "${SECRET}"`, 'sync_timeout = "500ms"'],
    });
    const { a, b } = pair;
    await a.run('master', b);
    await b.ask('CONFIG', 'SET', 'masterauth', '');
    await a.ask('CLIENT', 'KILL', 'TYPE', 'slave');
    await a.ask('SET', 'k', 'by a');
    // Before 7.0 a replica that its master refuses lets its backlog go, when it tries again. A server without one does not count
    // its writes, so that nobody knows what b took since it leads. Source: redis/src/replication.c syncWithMaster; seen on 6.0.16.
    const isCounting = isSince(b.redis.server, [7, 0]);
    if (!isCounting) {
      await waitFor(
        'b, refused, to let its backlog go',
        { deadlineMs: 20_000, everyMs: 20 },
        async () => (await b.redis.info('replication')).get('repl_backlog_active'),
        (active) => active === '0',
      );
    }
    await Promise.all([watched(a, b), watched(b, a)]);
    const roles = rolesOf(pair);
    expect(await b.told('promote', a, ['--force']), b.log).toMatchObject({ exitCode: 0, rule: 204 });
    expect(b.decisions).toEqual(isCounting ? [303, 304, 228, 222, 204] : [303, 304, 228, 225, 229, 222, 204]);
    await expectInOrder(b, a);
    await stays(roles, ['b master', 'a slave']);
    expect(await valuesOf(b, ['k', 'seed:3'])).toEqual({ k: isCounting ? 'by a' : null, 'seed:3': '3' });
    expect(rescuedText(b)).toContain('by a');
  });
});

describe('a pair that is whole again', () => {
  test('a frozen master thaws: it follows the one that took over, and does not take itself for the replica of a master without data', async () => {
    const pair = await started();
    const { a, b } = pair;
    const client = a.connect();
    onTestFinished(() => client.close());
    a.redis.freeze();
    // The kernel takes it, and the server when it thaws: a write that b has not got, so that a needs a full copy.
    const late = client.send('SET', 'late', 'by a');
    // What keepalived starts on the way to FAULT and back.
    const fault = a.start('fault', b);
    expect(await b.told('master', a)).toMatchObject({ exitCode: 0 });
    await b.ask('SET', 'k', 'by b');
    const roles = rolesOf(pair);
    a.redis.thaw();
    expect(await late).toBe('OK');
    await fault.ended;
    const backup = a.start('backup', b);
    onTestFinished(() => backup.stop('SIGKILL', 5_000));
    await expectInOrder(b, a);
    await stays(roles, ['a slave']);
    expect(await valuesOf(a, ['k', 'late', 'seed:3'])).toEqual({ k: 'by b', late: 'by a', 'seed:3': '3' });
  });

  test('a master restarts empty under its address: its replica leads, until the role comes back with the data', async () => {
    const pair = await started();
    const { a, b } = pair;
    const roles = rolesOf(pair);
    await a.redis.kill();
    rmSync(join(a.dir, 'redis', 'dump.rdb'), { force: true });
    await a.redis.start();
    await expectInOrder(a, b);
    await stays(roles, ['b master', 'a slave', 'b slave', 'a master']);
    expect(await valuesOf(b, ['seed:3'])).toEqual({ 'seed:3': '3' });
  });
});
