/** What was rescued comes back: only what was asked for, with its time to live, and never into a replica. */
import { renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { isSince, serverOf } from '../lib/server.ts';
import { rescuedDataset, rescuedSuffix } from './rescuing.ts';

interface Restored {
  readonly restored: number;
  readonly replaced: number;
  readonly kept: number;
}

const DATA_OF_A = [
  ['SET', 'mine', 1],
  ['SET', 'lasting', 1, 'EX', 1000],
  ['SET', 'other', 'a'],
  ['SADD', 'user:1', 'x'],
  ['SET', 'user:2', 'a'],
  ['SELECT', 3],
  ['SET', 'deep', 1],
];
const DATA_OF_B = [
  ['SET', 'other', 'b', 'EX', 500],
  ['SET', 'user:2', 'b'],
];

test('only what is missing, with the time that it had left; a second run changes nothing', async () => {
  const { a, b, name, told, rescue } = await rescuedDataset(DATA_OF_A, DATA_OF_B);
  const before = await b.redis.digest();
  const dry = await told<Restored>(['restore', name, '--only-missing', '--dry-run']);
  expect(dry).toMatchObject({ restored: 4, replaced: 0, kept: 2, dryRun: true });
  expect(await b.redis.digest()).toBe(before);
  expect(b.journal.map(({ event }) => event)).not.toContain('restored');
  const { code, stdout, stderr } = await rescue(['restore', name, '--only-missing']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('4 keys restored, 2 kept as the master has them');
  expect(await b.ask('TTL', 'lasting')).toBeGreaterThan(900);
  expect(await b.ask('TTL', 'mine')).toBe(-1);
  expect(await b.ask('GET', 'other')).toBe('b');
  expect(
    (
      await b.redis.askAll([
        ['SELECT', 3],
        ['GET', 'deep'],
      ])
    )[1],
  ).toBe('1');
  expect(b.journal.at(-1)).toMatchObject({ event: 'restored', how: 'only-missing', restored: 4, kept: 2 });
  expect(await told(['restore', name, '--only-missing'])).toMatchObject({ restored: 0, kept: 6 });
  await a.follows(b);
  expect(await a.redis.digest()).toBe(await b.redis.digest());
});

test('by pattern, what is missing; and over what the master has, only when that is said', async () => {
  const { b, name, told } = await rescuedDataset(DATA_OF_A, DATA_OF_B);
  expect(await told(['restore', name, '--keys', 'user:*'])).toMatchObject({ restored: 1, kept: 1, how: 'keys' });
  expect(await b.ask('GET', 'user:2')).toBe('b');
  expect(await b.ask('EXISTS', 'mine')).toBe(0);
  const dry = await told<Restored>(['restore', name, '--overwrite', '--dry-run']);
  expect(dry).toMatchObject({ restored: 6, replaced: 3, kept: 0 });
  expect(await told(['restore', name, '--overwrite'])).toMatchObject({ restored: 6, replaced: 3, kept: 0 });
  expect(
    await b.redis.askAll([
      ['GET', 'user:2'],
      ['GET', 'other'],
      ['TTL', 'other'],
    ]),
  ).toEqual(['a', 'a', -1]);
  await told(['diff', name]);
});

test('a suffix is replayed exactly once, and never laid over whole keys', async () => {
  const { b, name, rescue, told } = await rescuedSuffix(
    [['SET', 'counter', 41]],
    [
      ['INCRBY', 'counter', 10],
      ['SET', 'mine', 1],
    ],
  );
  expect(await rescue(['restore', name, '--overwrite'])).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringContaining('hint: use --replay') as string,
  });
  expect(await told(['restore', name, '--only-missing', '--dry-run'])).toMatchObject({ restored: 1, kept: 2 });
  expect(await told(['restore', name, '--replay', '--dry-run'])).toMatchObject({ commands: 3, keys: 3 });
  expect(await b.ask('GET', 'counter')).toBe('41');
  expect(await told(['restore', name, '--replay'])).toMatchObject({ how: 'replay', commands: 3 });
  for (const words of [[], ['--dry-run']]) {
    const { code, stdout } = await rescue(['restore', name, '--replay', ...words]);
    expect(code).toBe(0);
    expect(stdout).toContain('nothing to do: its commands were carried out on 20');
  }
  expect(
    await b.redis.askAll([
      ['GET', 'counter'],
      ['GET', 'mine'],
      ['GET', 'both'],
    ]),
  ).toEqual(['51', '1', 'by a']);
  const shown = await rescue(['show', name]);
  expect(shown.stdout).toMatch(/^journal +promote: rule \d+, TwoMasters: /m);
  expect(shown.stdout).toMatch(/^replayed +20/m);
});

test('what was restored by its effect is not replayed as well', async () => {
  const { b, name, rescue, told } = await rescuedSuffix([], [['INCR', 'counted']]);
  expect(await told(['restore', name, '--only-missing'])).toMatchObject({ restored: 1, kept: 1 });
  const { code, stderr } = await rescue(['restore', name, '--replay']);
  expect(code).toBe(4);
  expect(stderr).toContain('would count twice');
  expect(await b.ask('GET', 'counted')).toBe('1');
});

test('what a restore that broke off has brought back is not replayed as well', async ({ skip }) => {
  skip(!isSince(serverOf('a'), [7, 0]), 'no ACL of this server tells reading from writing a key');
  const { b, name, rescue } = await rescuedSuffix(
    [],
    [
      ['INCR', 'counted'],
      ['SET', 'other', 1],
    ],
  );
  await b.ask('ACL', 'SETUSER', 'default', 'resetkeys', '%R~*', '%W~counted');
  expect(await rescue(['restore', name, '--only-missing'])).toMatchObject({ code: 3, stdout: '' });
  await b.ask('ACL', 'SETUSER', 'default', 'allkeys');
  expect(await b.ask('GET', 'counted')).toBe('1');
  const { code, stderr } = await rescue(['restore', name, '--replay']);
  expect(stderr).toContain('would count twice');
  expect(code).toBe(4);
  expect(await b.ask('GET', 'counted')).toBe('1');
});

test('a marker on the master is believed where the journal does not know, and written down', async () => {
  const { b, dir, name, rescue, told } = await rescuedSuffix([], [['INCR', 'counted']]);
  expect(await told(['restore', name, '--replay'])).toMatchObject({ how: 'replay', before: false });
  const journal = join(dir, 'b', 'state', String(b.port), 'journal.jsonl');
  renameSync(journal, join(dir, 'journal-of-before'));
  for (const words of [['--dry-run'], []]) {
    const { code, stdout } = await rescue(['restore', name, '--replay', ...words]);
    expect(code).toBe(0);
    expect(stdout).toContain('nothing to do: a marker on the master says');
  }
  expect(b.journal.at(-1)).toMatchObject({ event: 'restored', how: 'replay', before: true });
  expect(await b.ask('GET', 'counted')).toBe('1');
});

test('a dry run refuses what the run refuses', async () => {
  const { name, rescue } = await rescuedSuffix([], [['FLUSHALL'], ['SET', 'mine', 1]]);
  const run = await rescue(['restore', name, '--replay']);
  const dry = await rescue(['restore', name, '--replay', '--dry-run']);
  expect(dry).toEqual(run);
  expect(dry).toMatchObject({ code: 4, stdout: '' });
  expect(dry.stderr).toMatch(/FLUSHALL may touch any key\nhint: redisha rescue diff /);
});

test('a dataset is not replayed; exactly one way is to be said; a file that is none is named', async () => {
  const { file, name, rescue } = await rescuedDataset(DATA_OF_A, DATA_OF_B);
  expect(await rescue(['restore', name, '--replay'])).toMatchObject({ code: 4, stdout: '' });
  expect(await rescue(['restore', name])).toMatchObject({ code: 2, stdout: '' });
  expect(await rescue(['restore', name, '--only-missing', '--overwrite'])).toMatchObject({ code: 2, stdout: '' });
  const none = await rescue(['restore', '20260813T101500Z-local-0123abcd-9.rdb', '--only-missing']);
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(
    /is not a rescue: ENOENT\nhint: redisha rescue list; a backup is named by its path, such as \.\/dump\.rdb\n$/,
  );
  const closed = '20260813T101500Z-local-0123abcd-8.rdb';
  symlinkSync(closed, join(dirname(file), closed));
  const unreadable = await rescue(['restore', closed, '--only-missing']);
  expect(unreadable).toMatchObject({ code: 6, stdout: '' });
  expect(unreadable.stderr).toMatch(/cannot read [^\n]+: ELOOP\nhint: run it as the user /);
});

test('where no node is a master, or both are, nothing is touched', async () => {
  const { a, b, name, rescue } = await rescuedDataset(DATA_OF_A, DATA_OF_B);
  await a.ask('REPLICAOF', 'NO', 'ONE');
  const two = await rescue(['restore', name, '--overwrite']);
  expect(two).toMatchObject({ code: 4, stdout: '' });
  expect(two.stderr).toContain('which node is the master is not settled');
  await a.ask('REPLICAOF', b.address, b.port);
  await b.ask('REPLICAOF', a.address, a.port);
  const none = await rescue(['restore', name, '--overwrite']);
  expect(none).toMatchObject({ code: 4, stdout: '' });
  expect(none.stderr).toContain('no node is a master that could take the data');
  await Promise.all([a.redis.kill(), b.redis.kill()]);
  expect(await rescue(['diff', name])).toMatchObject({ code: 5, stdout: '' });
});
