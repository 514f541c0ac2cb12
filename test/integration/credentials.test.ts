/** Passwords and ACL users, by every way that they can be told; and that they are told to nobody else. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finished } from '../lib/process.ts';
import type { Env } from '../lib/program.ts';
import { isSince, rightsFor, serverOf } from '../lib/server.ts';
import { countsRefused } from '../lib/unreadable.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, link, part, startPair, type TestPair } from './lib/pair.ts';
import { rescuedText } from './lib/rounds.ts';
import { filesWith } from './lib/secrets.ts';
import { rights } from './lib/troubles.ts';

const SECRET = 'open-sesame-4711';

const MANUAL =
  '+ping +info +role +multi +exec +replicaof +slaveof +failover +client|pause +client|unpause +client|kill ' +
  '+client|list +client|info +config|get +config|set +config|rewrite +psync +sync +replconf +script|kill';
/** The rights that redisha needs; none of them touches a key. */
const MINIMAL = rightsFor(serverOf('a'), MANUAL.split(' ')).join(' ');

/** How redisha learns the password on this node; returns what its environment holds for that. */
type Way = (node: TestNode, peer: TestNode) => Env;

const configured = (node: TestNode, line: string): Env => {
  writeFileSync(join(node.dir, 'redisha.toml'), `${line}\n`, { mode: 0o600 });
  return {};
};

const WAYS: Readonly<Record<string, Way>> = {
  'in the configuration': (node) => configured(node, `password = "${SECRET}"`),
  'in a file of its own': (node) => {
    const file = join(node.dir, 'password');
    writeFileSync(file, `${SECRET}\n`, { mode: 0o600 });
    return configured(node, `password_file = "${file}"`);
  },
  "in redis-cli's variable": () => ({ REDISCLI_AUTH: SECRET }),
  'in a variable of redisha': () => ({ REDISHA_PASSWORD: SECRET }),
  'in redis.conf': (node) => configured(node, `redis_conf = "${join(node.dir, 'redis', 'redis.conf')}"`),
};

function expectNoSecret(nodes: readonly TestNode[], said: readonly Finished[]): void {
  for (const node of nodes) expect(filesWith(node, SECRET), `written on ${node.name}`).toEqual([]);
  for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain(SECRET);
}

/** The whole life of a pair: hand-over, checks, a split that is rescued, and a repair in a process of its own. */
async function expectALife({ a, b }: TestPair, way: Way): Promise<void> {
  const [envOfA, envOfB] = [way(a, b), way(b, a)];
  const said = [await b.run('master', a, ['--verbose'], envOfB), await a.run('backup', b, ['--verbose'], envOfA)];
  expect(
    said.map(({ code }) => code),
    said.map(({ stderr }) => stderr).join(''),
  ).toEqual([0, 0]);
  await expectInOrder(b, a);
  expect(await a.check(envOfA)).toMatchObject(countsRefused ? { fit: true, rule: 66 } : { fit: false, rule: 65 });
  await part({ a: b, b: a }, { onA: ['met'], onB: ['met'] });
  const verdict = await waitFor(
    'a repair',
    { deadlineMs: 10_000, everyMs: 100 },
    () => b.check(envOfB),
    ({ heal }) => heal !== undefined,
  );
  expect(verdict).toMatchObject({ fit: true, rule: 32 });
  await expectInOrder(b, a);
  expect(rescuedText(b)).toContain('met');
  expectNoSecret([a, b], said);
}

describe('a password', () => {
  test.each(Object.entries(WAYS))('%s opens both servers, and is written nowhere', async (_name, way) => {
    await expectALife(await startPair({ promptCopies: true, password: SECRET }), way);
  });

  test('that is wrong is refused without being repeated', async () => {
    const { a, b } = await startPair({ password: 'another', linked: false });
    const env = { REDISCLI_AUTH: SECRET };
    const said = [
      await b.run('master', a, [], env),
      await b.run('master', a, ['--json'], env),
      await b.run('master', a, ['--dry-run', '--verbose'], env),
    ];
    expect(said.map(({ code }) => code)).toEqual([3, 3, 0]);
    expect(await b.check(env)).toMatchObject({ fit: true, rule: 14 });
    expectNoSecret([a, b], said);
    for (const { stdout, stderr } of said) expect(stdout + stderr + b.log).not.toContain('another"');
  });

  test('on the command line is refused, whatever its name', async () => {
    const { a, b } = await startPair({ password: SECRET, linked: false });
    const said = await b.run('master', a, ['--option', `password=${SECRET}`]);
    expect(said.code).toBe(2);
    expectNoSecret([a, b], [said]);
  });

  test('in a file that others may read is used, and warned of', async () => {
    const { a, b } = await startPair({ password: SECRET });
    const file = join(b.dir, 'password');
    writeFileSync(file, `${SECRET}\n`, { mode: 0o644 });
    const { code } = await b.run('master', a, [], { REDISHA_PASSWORD_FILE: file });
    expect(code).toBe(0);
    expect(b.log).toMatch(/WARN .*may read .*chmod 600/);
  });
});

describe('an ACL user', () => {
  const users = [`user redisha on >${SECRET} ${MINIMAL}`, 'user replicator on >of-the-link +psync +replconf +ping'];
  const lines = [...users, 'masteruser replicator', 'masterauth of-the-link'];
  const asRedisha: Way = (node) => configured(node, `username = "redisha"\npassword = "${SECRET}"`);

  test('with the rights of the manual and no key does everything but replay writes', async () => {
    await expectALife(await startPair({ promptCopies: true, lines }), asRedisha);
  });

  test('that may not write keys rescues what it cannot merge', async () => {
    const pair = await startPair({ promptCopies: true, lines });
    const { a, b } = pair;
    await part(pair, { onA: ['a1'], onB: ['b1'] });
    const { code, stderr } = await a.run('master', b, [], asRedisha(a, b));
    expect(code, stderr).toBe(0);
    await expectInOrder(a, b);
    expect(await a.ask('GET', 'b1')).toBeNull();
    expect(rescuedText(a)).toContain('b1');
    expect(a.log).toMatch(/ not-merged /);
  });

  test('that may write keys merges', async () => {
    const pair = await startPair({ promptCopies: true, lines: [...lines.slice(1), `${users[0] ?? ''} ~* +@all`] });
    const { a, b } = pair;
    await part(pair, { onA: ['a1'], onB: ['b1'] });
    expect((await a.run('master', b, [], asRedisha(a, b))).code).toBe(0);
    await expectInOrder(a, b);
    expect(await a.ask('GET', 'b1')).toBe('by b');
  });

  test('without the right to look is told from a wrong password', async () => {
    const { a, b } = await startPair({ lines: ['user redisha on >x +ping'] });
    writeFileSync(join(b.dir, 'redisha.toml'), 'username = "redisha"\npassword = "x"\n', { mode: 0o600 });
    const { code, stderr } = await b.run('master', a);
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("'info'") as string });
  });
});

describe('servers that count their replicas, but do not let redisha see the setting', () => {
  const counting = 'min-replicas-to-write 1';
  test.each([
    [
      'CONFIG is not granted',
      async () => {
        const { a, b } = await startPair({ lines: [counting] });
        await rights([a, b], '-config');
        return { a, b };
      },
    ],
    ['CONFIG is gone', () => startPair({ promptCopies: true, lines: [counting, 'rename-command CONFIG ""'] })],
  ])(
    '%s: the role moves all the same, by hand-over and by takeover; before 6.2 by takeover alone',
    async (_, start) => {
      const { a, b } = await start();
      // Before, the fence is the only way, and it needs CONFIG.
      const handsOver = isSince(a.redis.server, [6, 2]);
      const impossible = {
        exitCode: 3,
        message: expect.stringMatching(/^the role cannot be handed over: fence: CONFIG/) as string,
        hint: expect.stringContaining('docs/configuration.md') as string,
      };
      expect(await b.told('master', a), b.log).toMatchObject(handsOver ? { exitCode: 0, rule: 204 } : impossible);
      expect(b.decisions).toEqual(handsOver ? [300, 204] : [300]);
      const [master, replica] = handsOver ? [b, a] : [a, b];
      await replica.follows(master);
      expect(await master.ask('SET', 'k', 'v')).toBe('OK');
      await master.redis.kill();
      expect(await replica.told('master', master)).toMatchObject({ exitCode: 0, rule: 206 });
      expect(await replica.role()).toBe('master');
    },
  );
});

describe('a link that does not come up', () => {
  const SHORT = ['link_timeout = "1500ms"', 'sync_timeout = "1500ms"', `password = "${SECRET}"`];
  const refusals = (lines: readonly string[]): Promise<TestPair> =>
    startPair({ password: SECRET, toml: SHORT, linked: false, lines });

  test.each([
    ['masterauth is missing', '', /has no masterauth/],
    ['masterauth is wrong', 'wrong', /the master refuses the masterauth/],
  ])('%s: backup and master both say so', async (_name, masterauth, says) => {
    const { a, b } = await refusals([]);
    await a.ask('SET', 'k', 'v');
    await b.ask('CONFIG', 'SET', 'masterauth', masterauth);
    await b.ask('REPLICAOF', a.address, a.port);
    const backup = await b.told('backup', a);
    expect(backup).toMatchObject({ exitCode: 6, rule: 504 });
    expect(`${backup.message} ${backup.hint ?? ''}`).toMatch(says);
    const master = await b.told('master', a);
    expect(master).toMatchObject({ exitCode: 4, rule: 306 });
    expect(`${master.message} ${master.hint ?? ''}`).toMatch(says);
    expect(await a.role()).toBe('master');
  });

  test('and comes up when masterauth is set: nothing else has to be done', async () => {
    const { a, b } = await refusals([]);
    await b.ask('CONFIG', 'SET', 'masterauth', '');
    await b.ask('REPLICAOF', a.address, a.port);
    const running = b.start('backup', a, ['--option', 'link_timeout=30s']);
    await waitFor(
      'the wait',
      { deadlineMs: 10_000 },
      () => b.rules,
      (rules) => rules.includes(502),
    );
    await b.ask('CONFIG', 'SET', 'masterauth', SECRET);
    expect((await running.ended).code).toBe(0);
    await link(a, b);
  });

  test.each([
    ['a person insists', ['promote', '--force']],
    ['the operator allows it', ['master', '--option', 'on_stale=promote']],
  ])('%s: stale data is promoted over the live master, and what only that had is in a file', async (_who, words) => {
    const [command = '', ...options] = words;
    const { a, b } = await refusals([]);
    await a.ask('SET', 'k', 'v');
    await b.ask('CONFIG', 'SET', 'masterauth', '');
    await b.ask('REPLICAOF', a.address, a.port);
    const told = await b.told(command, a, options);
    expect(b.rules).toContain(304);
    expect(told.exitCode, b.log).toBe(0);
    await expectInOrder(b, a);
    expect(await b.ask('GET', 'k')).toBeNull();
    expect(rescuedText(b), 'what the old master had').toContain('k');
  });
});
