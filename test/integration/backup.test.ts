/** What docs/backup.md tells an operator, command by command, and what becomes of a backup that is put back in the old way. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../lib/process.ts';
import { programArgv } from '../lib/program.ts';
import { waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/backup.md'), 'utf8');

/** The commands below a heading of the page, as they stand there. */
const commandsBelow = (heading: string): readonly string[] => {
  const [, section = ''] = page.split(`## ${heading}\n`);
  return section.split('\n## ', 1)[0]?.match(/^ {4}.+$/gm) ?? [];
};

/** A line of the page in a shell of `node`'s host: what is the host's own there is the test's own here. */
const typed = (pair: TestPair, node: TestNode, line: string) => {
  const other = node === pair.a ? pair.b : pair.a;
  const program = programArgv([]).join(' ');
  const words = line
    .replaceAll('/var/backups', pair.dir)
    .replaceAll('-h 127.0.0.1 -p 6379', `-h ${node.address} -p ${String(node.port)}`)
    .replace(/^ *redisha/, program);
  return run(['sh', '-c', words], { env: { PATH: process.env['PATH'] ?? '', ...node.envFor(other) } });
};

const typeAll = async (pair: TestPair, node: TestNode, heading: string, codes: readonly number[]): Promise<string> => {
  const lines = commandsBelow(heading);
  expect(lines, heading).toHaveLength(codes.length);
  let said = '';
  for (const [index, line] of lines.entries()) {
    const { code, stdout, stderr } = await typed(pair, node, line);
    expect({ line, code, stderr }, stdout).toMatchObject({ line, code: codes[index] });
    said += stdout;
  }
  return said;
};

const FAST = ['repl-diskless-sync-delay 0'];

test('the page, step by step: back up, lose the keys, put the pair back, and take that back', async () => {
  const pair = await startPair({ lines: FAST });
  const { a, b } = pair;
  await Promise.all([b.told('backup', a), a.told('master', b)]);
  await a.redis.askAll([
    ['SET', 'user:1', 'monday', 'EX', 1000],
    ['SELECT', 3],
    ['RPUSH', 'deep', 1, 2],
  ]);
  await typeAll(pair, a, 'Back up', [0]);
  const monday = await a.redis.digest();
  await a.redis.askAll([
    ['DEL', 'user:1'],
    ['SET', 'seed:0', 'tuesday'],
    ['SET', 'new', 1],
  ]);
  const tuesday = await a.redis.digest();
  expect(await typeAll(pair, a, 'See what a restore would do', [1, 0])).toContain('would have exactly the 12 keys');
  expect(await a.redis.digest()).toBe(tuesday);

  const said = await typeAll(pair, a, 'Put the pair back to the backup', [0]);
  expect(said).toContain('the master has exactly the 12 keys of the file');
  const [, saved = ''] = /what it had before \(12 keys\) is in (\S+)/.exec(said) ?? [];
  expect(existsSync(saved)).toBe(true);
  expect(await a.redis.digest()).toBe(monday);
  expect(await a.ask('TTL', 'user:1')).toBeGreaterThan(900);
  await b.follows(a);
  expect(await b.redis.digest()).toBe(monday);
  expect(a.journal.slice(-2).map(({ event }) => event)).toEqual(['dataset-replaced', 'restored']);
  expect(a.journal.at(-1)).toMatchObject({ how: 'replace-all', saved });
  await expectInOrder(a, b);

  expect((await typed(pair, a, `redisha rescue restore ${saved} --replace-all`)).code).toBe(0);
  expect(await a.redis.digest()).toBe(tuesday);
  await typeAll(pair, a, 'Bring back single keys', [0, 0]);
  expect(await a.ask('GET', 'user:1')).toBe('monday');
  expect(await a.ask('GET', 'seed:0')).toBe('tuesday');
});

test('what a killed run left is finished or tidied; without room for both datasets nothing is changed', async () => {
  const pair = await startPair({ lines: [...FAST, 'databases 4'] });
  const { a, b } = pair;
  await a.told('master', b);
  await typeAll(pair, a, 'Back up', [0]);
  const before = await a.redis.digest();
  const inDatabase = (database: number, ...commands: readonly (readonly string[])[]) =>
    a.redis.askAll([['SELECT', database], ...commands]);
  const restore = () => typed(pair, a, 'redisha rescue restore /var/backups/redis.rdb --replace-all');

  // As it is after SWAPDB, and as it is while the file is loaded.
  await inDatabase(3, ['SET', 'redisha:replacing', 'old of 0'], ['SET', 'acknowledged', '1']);
  await inDatabase(2, ['SET', 'redisha:replacing', 'new'], ['SET', 'half', '1']);
  const finished = await restore();
  expect(finished.stdout).toMatch(/an earlier run was cut off.*\nwhat the master had before \(1 key\) is in /);
  const [, saved = ''] = /is in (\S+)/.exec(finished.stdout) ?? [];
  expect(readFileSync(saved, 'latin1')).toContain('acknowledged');
  expect(await inDatabase(3, ['DBSIZE'])).toEqual(['OK', 0]);
  expect((await restore()).code).toBe(0);
  expect(await a.redis.digest()).toBe(before);

  await inDatabase(1, ['SET', 'x', '1']);
  await inDatabase(2, ['SET', 'x', '1']);
  const full = await a.redis.digest();
  const refused = await restore();
  expect(refused).toMatchObject({ code: 4 });
  expect(refused.stderr).toMatch(
    /3 unused databases are needed and the master has 1; nothing is changed\nhint: raise "databases"/,
  );
  expect(await a.redis.digest()).toBe(full);
});

/** Every key was deleted by mistake, and a's server is stopped and started again on the backup. */
const restoredTheOldWay = async (
  more: (pair: TestPair) => readonly string[],
  meanwhile: (pair: TestPair) => Promise<unknown> = () => Promise.resolve(),
): Promise<TestPair> => {
  const pair = await startPair({ ownPorts: true });
  const { a, b } = pair;
  await Promise.all([b.told('backup', a), a.told('master', b)]);
  await a.ask('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
  await typeAll(pair, a, 'Back up', [0]);
  await a.ask('DEL', ...Array.from({ length: 10 }, (_, at) => `seed:${String(at)}`));
  await b.follows(a);
  await a.redis.stop();
  await meanwhile(pair);
  copyFileSync(join(pair.dir, 'redis.rdb'), join(a.dir, 'redis', 'dump.rdb'));
  await a.redis.start([...a.lines, ...more(pair)]);
  return pair;
};

const replicaOf = (b: TestNode): string => `replicaof ${b.address} ${String(b.port)}`;

/** `status` of a names the command that brings the backup back; typed, it does so, and then there is nothing more to say. */
const expectWayBack = async (pair: TestPair, order: readonly [TestNode, TestNode]): Promise<void> => {
  const { a, b } = pair;
  await expectInOrder(...order);
  expect(await a.ask('DBSIZE')).toBe(0);
  const [, hint = ''] = /WARN \S+ older-data why=".*: (redisha rescue restore .*)"/.exec(a.log) ?? [];
  const { code, stdout } = await a.run('status', b);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/^note: .*local came back from a restart with older data/m);
  expect(stdout).toContain(hint);
  expect(await typed(pair, a, hint.replace('/path/to/FILE.rdb', '/var/backups/redis.rdb'))).toMatchObject({ code: 0 });
  await expectInOrder(...order);
  expect([await a.ask('DBSIZE'), await b.ask('DBSIZE')]).toEqual([10, 10]);
  expect((await a.run('status', b)).stdout).not.toContain('older data');
};

test.each([
  // Until somebody has looked it is not let in.
  ['with a safe start', ({ b }: TestPair) => [replicaOf(b), 'masterauth not-yet']],
  ['without', () => []],
] as const)(
  'a backup that is put in place of dump.rdb is copied over, and status says so; %s',
  async (_name, lines) => {
    const pair = await restoredTheOldWay(lines);
    const { a, b } = pair;
    const isReplica = lines(pair).length > 0;
    if (isReplica) await b.told('master', a);
    const told = a.told(isReplica ? 'backup' : 'master', b);
    await waitFor(
      'a word of the older data',
      { deadlineMs: 20_000 },
      () => a.log,
      (log) => log.includes('older-data'),
    );
    await a.ask('CONFIG', 'SET', 'masterauth', '');
    await told;
    await expectWayBack(pair, isReplica ? [b, a] : [a, b]);
  },
);

test.each([
  ['a check', (a: TestNode, b: TestNode) => a.check({ REDISHA_PEER_PORT: String(b.port) })],
  ['a command', () => Promise.resolve()],
] as const)('so it is when %s looks first, and the server is in step long since', async (_name, looks) => {
  const pair = await restoredTheOldWay(
    ({ b }) => [replicaOf(b)],
    ({ a, b }) => b.told('master', a),
  );
  const { a, b } = pair;
  await a.follows(b);
  await looks(a, b);
  await a.told('backup', b);
  expect(a.log.match(/ older-data /g)).toHaveLength(1);
  await expectWayBack(pair, [b, a]);
});
