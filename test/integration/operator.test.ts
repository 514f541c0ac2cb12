/**
 * What an operator is told by one `redisha status`: the cause of what is broken, and the command to type next. Each line of
 * the table breaks a pair in one way, looks, and mends it.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { startPair, type TestPair } from './lib/pair.ts';
import { takeAllConnections } from './lib/troubles.ts';

interface Found {
  readonly code: string;
  readonly says: string;
  readonly next: string;
}

interface Status {
  readonly inOrder: boolean;
  readonly troubles: readonly Found[];
  readonly address?: { readonly at: string };
}

const look = async (node: TestNode, peer: TestNode, toml: readonly string[] = []): Promise<Status> => {
  const options = toml.flatMap((pair) => ['--option', pair]);
  const done = await node.run('status', peer, ['--json', ...options]);
  const status = JSON.parse(done.stdout) as Status;
  expect(done.code, done.stdout).toBe(status.inOrder ? 0 : 1);
  return status;
};

/** The finding, once it is there. */
const told = async (
  node: TestNode,
  peer: TestNode,
  [code, says, next]: readonly [string, RegExp, RegExp],
  toml: readonly string[] = [],
): Promise<void> => {
  await waitFor(
    `status of ${node.name} to say ${String(says)} and ${String(next)}`,
    { deadlineMs: 10_000, everyMs: 50 },
    () => look(node, peer, toml),
    ({ troubles }) => troubles.some((one) => one.code === code && says.test(one.says) && next.test(one.next)),
  );
};

const inOrder = async (...[node, peer]: readonly [TestNode, TestNode]): Promise<void> => {
  await waitFor(
    `${node.name} in order`,
    { deadlineMs: 10_000, everyMs: 50 },
    () => look(node, peer),
    (status) => status.inOrder,
  );
};

/** The replica begins its link anew, as after a restart. */
const relink = async ({ a, b }: TestPair): Promise<void> => {
  await b.ask('REPLICAOF', 'NO', 'ONE');
  await b.ask('REPLICAOF', a.address, a.port);
};

/** A full copy begins at once. */
const QUICK = ['repl-diskless-sync-delay 0'];

describe('one status names the cause, and the command to type', () => {
  test('a replica that announces another place than where redisha finds it', async () => {
    const pair = await startPair({ toml: ['sync_timeout = "300ms"'], lines: QUICK });
    const { a, b } = pair;
    await inOrder(a, b);
    await b.configure({ 'replica-announce-port': 16_379 });
    await relink(pair);
    const says = [
      'replica-not-listed',
      /lists its replicas as .*:16379, and none of them as/,
      /replica-announce-ip/,
    ] as const;
    await told(a, b, says);
    await told(b, a, says);
    const refused = await b.told('promote', a);
    expect(refused).toMatchObject({ exitCode: 4, rule: 306 });
    expect(`${refused.message} ${refused.hint ?? ''}`).toMatch(/does not list local.*replica-announce-port/s);
    await b.configure({ 'replica-announce-port': 0 });
    await relink(pair);
    await inOrder(b, a);
  });

  test('a name that a replica announces, beside a third one', async () => {
    const pair = await startPair({ lines: QUICK });
    const { a, b } = pair;
    const third = await startPair({ linked: false });
    await third.a.ask('REPLICAOF', a.address, a.port);
    await third.a.follows(a);
    await b.configure({ 'replica-announce-ip': 'b.redis.invalid' });
    await relink(pair);
    await told(a, b, ['replica-not-listed', /b\.redis\.invalid/, /replica-announce-ip/]);
    await told(b, a, ['replica-not-listed', /b\.redis\.invalid/, /replica-announce-ip/]);
    expect((await look(b, a)).troubles).toHaveLength(1);
  });

  test('a replica whose masterauth is stale, missing, or would be after a promote', async () => {
    const pair = await startPair({ password: 'secret', toml: ['password = "secret"'], lines: QUICK });
    const { a, b } = pair;
    await inOrder(a, b);
    await a.configure({ masterauth: 'stale' });
    const refused = await b.run('promote', a);
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.stderr).toMatch(/the peer could not follow: the master refuses the masterauth/);
    expect(refused.stderr).toMatch(/hint: .*CONFIG SET masterauth PASSWORD.*--force/);
    expect((await b.run('promote', a, ['--dry-run'])).stdout).toMatch(
      /it would be refused: the master refuses the mas/,
    );
    expect(await a.role()).toBe('master');
    await b.configure({ masterauth: 'stale' });
    await relink(pair);
    const stale = ['link', /the master refuses the masterauth/, /CONFIG SET masterauth PASSWORD/] as const;
    await told(b, a, stale);
    await told(a, b, stale);
    expect(await b.check({ REDISHA_PEER: a.address })).toMatchObject({ fit: false, rule: 62 });
    expect(b.log).toMatch(/WARN check.* unfit .*cause="the master refuses the masterauth.*hint="redis-cli/);
    await b.configure({ masterauth: '' });
    await told(b, a, ['link', /has no masterauth/, /CONFIG SET masterauth/]);
    await b.configure({ masterauth: 'secret' });
    await inOrder(b, a);
  });

  test('a master that is full, an address at the wrong host, a replica that is gone, two masters', async () => {
    const pair = await startPair();
    const { a, b } = pair;
    await a.configure({ maxmemory: 1 });
    await told(a, b, ['out-of-memory', /local has reached maxmemory .* \(OOM\)/, /CONFIG SET maxmemory/]);
    await told(b, a, ['out-of-memory', /the peer has reached maxmemory/, /CONFIG SET maxmemory/]);
    await a.configure({ maxmemory: 0 });

    expect(await look(a, b, [`vip=${b.address}`])).toMatchObject({ address: { at: 'peer' } });
    await told(a, b, ['address', /is at the peer and local is the master/, /redisha status/], [`vip=${b.address}`]);

    await b.redis.kill();
    await told(a, b, [
      'pair',
      /the peer cannot be read .* nobody can take over: it refuses/,
      /^on .*: systemctl status redis/,
    ]);
    expect(await a.check({ REDISHA_PEER: b.address })).toMatchObject({ fit: true, rule: 38, isInOrder: false });
    expect(a.log).toMatch(/WARN check.* fit .*rule=38/);
    await b.redis.start();
    await told(b, a, ['pair', /both nodes are masters/, /on the host with the address: redisha master/]);
  });

  test('a server that does not let redisha in', async () => {
    const { a, b } = await startPair({ password: 'secret', toml: ['password = "secret"'] });
    const wrong = { REDISHA_PASSWORD: 'wrong' };
    const status = await b.run('status', a, ['--json'], wrong);
    const { troubles } = JSON.parse(status.stdout) as Status;
    expect(troubles[0]).toMatchObject({ code: 'pair', next: expect.stringContaining('password_file') as string });
    expect(troubles[0]?.says).toMatch(/the local Redis cannot be read: it rejects our credentials/);
  });

  test('a peer that serves its clients and lets nobody look gets no --force', async () => {
    const { a, b } = await startPair({ ownPorts: true });
    await b.run('backup', a);
    await a.configure({ maxclients: 12 });
    const release = await takeAllConnections(a);
    onTestFinished(async () => void (await release()));
    const refused = await b.told('promote', a);
    expect(refused).toMatchObject({ exitCode: 4, rule: 332 });
    expect(refused.hint).toMatch(/maxclients/);
    expect(refused.hint).not.toMatch(/--force/);
  });
});

describe.runIf(process.getuid?.() === 0)('files', () => {
  test('that the user of the scripts cannot write are named, with the owner and the command, also to root', async () => {
    const { a, b } = await startPair();
    const conf = join(a.dir, 'keepalived.conf');
    writeFileSync(conf, 'global_defs {\n  script_user nobody\n}\n');
    const state = join(a.dir, 'state', String(a.port));
    mkdirSync(state, { recursive: true });
    mkdirSync(dirname(a.logFile), { recursive: true });
    for (const path of [dirname(a.dir), a.dir]) chmodSync(path, 0o755);
    await told(a, b, [
      'unwritable',
      new RegExp(`${state}: EACCES, it belongs to root and .* as nobody`),
      /^chown -R nobody: /,
    ]);
    await told(a, b, ['unwritable', /log.*: EACCES.*nothing can be logged/, /^install -m 0640 -o nobody/]);
    expect((await look(a, b)).inOrder).toBe(false);
  });
});
