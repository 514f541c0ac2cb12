/** The writes that only one side has, out of the backlog of a real Redis. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { listRescues, type RescueRecord } from '../../src/redis/rescue-store.ts';
import { runOk } from '../lib/process.ts';
import { encode } from '../lib/resp.ts';
import { isSince, nameOf, serverOf } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import {
  BINARY_KEY,
  digests,
  expectFailure,
  filesIn,
  holdWrites,
  inDatabase,
  Parting,
  REASON,
  setBinary,
} from './parting.ts';

let parting: Parting;
const parted = async (lines: readonly string[] = [], before?: () => Promise<unknown>): Promise<Parting> => {
  parting = await Parting.start(lines);
  await parting.join();
  await before?.();
  await parting.part();
  return parting;
};

afterEach(async () => {
  await parting.close();
});

const pipeInto = (address: string, port: number, file: string): Promise<string> =>
  runOk(['sh', '-c', 'redis-cli -h "$1" -p "$2" --pipe < "$3"', 'sh', address, String(port), file]);

describe('what each side wrote alone', () => {
  test('is told by its keys: plain, counted, expiring, scripted, in a transaction, binary', async () => {
    const { a, b } = await parted([], () => parting.a.redis.ask('SET', 'base', '1'));
    await a.redis.ask('SET', 'plain', 'x');
    await a.redis.ask('INCR', 'counter');
    await a.redis.ask('SET', 'expiring', '1', 'EX', 1000);
    await setBinary(a);
    await b.redis.ask('EVAL', "redis.call('SET', 'scripted', 1) redis.call('HSET', 'hash', 'f', 'v')", 0);
    await b.redis.askAll([['MULTI'], ['SET', 'one', '1'], ['DEL', 'base'], ['PUBLISH', 'news', 'x'], ['EXEC']]);
    const rescuer = parting.rescuer();
    expect(await rescuer.read(await parting.range(a, 0))).toEqual({
      commands: 4,
      keys: ['0/counter', '0/expiring', '0/plain', BINARY_KEY].toSorted(),
      removed: [],
      everything: undefined,
    });
    expect(await rescuer.read(await parting.range(b, 0))).toEqual({
      commands: 4,
      keys: ['0/base', '0/hash', '0/one', '0/scripted'],
      removed: ['0/base'],
      everything: undefined,
    });
  });

  test('is nothing when only keep-alives were sent', async () => {
    const { a } = await parted(['repl-ping-replica-period 1']);
    const view = await parting.view(a);
    // An attached replica is what a master sends its PINGs for: any connection that has asked for the stream is one.
    const replica = connect({ host: a.address, port: parting.pair.port });
    replica.write(encode(['PSYNC', view.history.replid, view.history.offset + 1]));
    const range = await waitFor(
      'keep-alives',
      { deadlineMs: 10_000 },
      () => parting.range(a, 0),
      ({ fromOffset, toOffset }) => toOffset > fromOffset,
    );
    replica.destroy();
    expect(await parting.rescuer().read(range)).toEqual({
      commands: 0,
      keys: [],
      removed: [],
      everything: undefined,
    });
    await expectFailure(parting.rescuer().saveSuffix(range, REASON), 'RESCUE_FAILED', /holds no writes/);
    expect(filesIn(parting.directory)).toEqual([]);
  });

  test('is a key that expired there', async () => {
    // Nobody looks for expired keys until the test asks for this one.
    const { a } = await parted([], async () => {
      await parting.a.redis.ask('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
      await parting.a.redis.ask('SET', 'short', '1', 'PX', 1);
    });
    const look = () => a.redis.ask('GET', 'short');
    await waitFor('its end', { deadlineMs: 20_000, everyMs: 5 }, look, (value) => value === null);
    expect(await parting.rescuer().read(await parting.range(a, 0))).toMatchObject({ commands: 1, keys: ['0/short'] });
  });

  test.for([
    ['FLUSHALL', [['FLUSHALL']], [0, 0]],
    [
      'FUNCTION',
      [['FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)"]],
      [7, 0],
    ],
    [
      'MOVE',
      [
        ['SET', 'k', '1'],
        ['MOVE', 'k', '1'],
      ],
      [0, 0],
    ],
    [
      'COPY',
      [
        ['SET', 'k', '1'],
        ['COPY', 'k', 'k', 'DB', '1'],
      ],
      [6, 2],
    ],
  ] as const)('may be any key after %s', async ([name, commands, since], { skip }) => {
    skip(!isSince(serverOf('a'), since), 'this server does not know it');
    const { a } = await parted();
    await a.redis.askAll(commands);
    expect((await parting.rescuer().read(await parting.range(a, 0))).everything).toBe(name);
  });
});

describe('the database in which a suffix begins', () => {
  test('is found in the backlog before it', async () => {
    const { a } = await parted([], () =>
      inDatabase(parting.a, 3, ['SET', 'before', '*2\r\n$6\r\nSELECT\r\n$1\r\n9\r\n']),
    );
    await inDatabase(a, 3, ['SET', 'k', 'v']);
    await inDatabase(a, 5, ['SET', 'k', 'v']);
    const range = await parting.range(a);
    expect(await parting.rescuer().read(range)).toMatchObject({ keys: ['3/k', '5/k'], everything: undefined });
    const file = await parting.rescuer().saveSuffix(range, REASON);
    expect(readFileSync(file, 'utf8')).toContain(`${encode(['SELECT', 3])}${encode(['SET', 'k', 'v'])}`);
  });

  test('is found there although only another one is in use by now', async () => {
    const { a } = await parted([], () => inDatabase(parting.a, 5, ['RPUSH', 'queue', 'x'], ['LPOP', 'queue']));
    await inDatabase(a, 5, ['RPUSH', 'queue', 'x'], ['LPOP', 'queue']);
    const range = await parting.range(a, 0);
    expect(await parting.rescuer().read(range)).toMatchObject({ keys: ['5/queue'], everything: undefined });
    expect(readFileSync(await parting.rescuer().saveSuffix(range, REASON), 'utf8')).toContain(encode(['SELECT', 5]));
  });

  test('is not guessed where the backlog has forgotten it', async () => {
    const { a } = await parted(['repl-backlog-size 16kb'], () =>
      inDatabase(parting.a, 3, ...Array.from({ length: 40 }, (_, index) => ['SET', `big${index}`, 'x'.repeat(1000)])),
    );
    const everything = 'the database is not known';
    await inDatabase(a, 3, ['SET', 'k', 'v'], ['DEL', 'k']);
    for (const range of [await parting.range(a), await parting.range(a, 0)]) {
      expect(await parting.rescuer().read(range)).toEqual({ commands: 2, keys: [], removed: [], everything });
      await expectFailure(parting.rescuer().saveSuffix(range, REASON), 'RESCUE_FAILED', /database is not known/);
    }
    expect(filesIn(parting.directory)).toEqual([]);
    await inDatabase(a, 3, ['SET', 'left', 'v']);
    const proved = await parting.range(a, 3);
    expect(await parting.rescuer().read(proved)).toMatchObject({ keys: ['3/k', '3/left'], everything: undefined });
    const file = await parting.rescuer().saveSuffix(proved, REASON);
    expect(readFileSync(file, 'utf8')).toContain(`${encode(['SELECT', 3])}${encode(['SET', 'k', 'v'])}`);
  });
});

describe('the file of a suffix', () => {
  test('is taken by redis-cli --pipe, and gives the values back to the last byte', async () => {
    const { a, b } = await parted(['repl-backlog-size 8mb']);
    await setBinary(a, 200_000);
    await a.redis.askAll([['MULTI'], ['SET', 'x', '1'], ['RPUSH', 'list', 'a', 'b'], ['EXEC']]);
    await a.redis.ask('SET', 'expiring', 'é', 'EX', 1000);
    await inDatabase(a, 2, ['SET', 'elsewhere', '1']);
    const file = await parting.rescuer().saveSuffix(await parting.range(a, 0), REASON);
    expect(await pipeInto(b.address, parting.pair.port, file)).toContain('errors: 0');
    const keys = ['x', 'list', 'expiring'];
    expect(await digests(b, 0, keys)).toEqual(await digests(a, 0, keys));
    expect(await digests(b, 2, ['elsewhere'])).toEqual(await digests(a, 2, ['elsewhere']));
    expect(await b.redis.digest()).toBe(await a.redis.digest());
  });

  test('is there once, readable by its owner only, whatever the umask, with a sidecar that says what it is', async () => {
    const { a } = await parted();
    await a.redis.ask('SET', 'k', 'v');
    const range = await parting.range(a, 0);
    const umask = process.umask(0o177);
    const file = await parting.rescuer().saveSuffix(range, REASON);
    expect(await parting.rescuer().saveSuffix(range, REASON)).toBe(file);
    process.umask(umask);
    expect(filesIn(parting.directory)).toEqual([file, `${file}.json`].map((path) => path.split('/').at(-1)));
    const modes = [parting.directory, file, `${file}.json`].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    const record = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as RescueRecord;
    const { fromOffset, toOffset, replid } = range;
    expect(record).toMatchObject({ ...REASON, replid, bytes: statSync(file).size });
    expect(record.server).toContain(nameOf(serverOf('a')));
    expect(record.content).toEqual({ form: 'suffix', fromOffset, toOffset, commands: 1, keys: ['0/k'], keyCount: 1 });
    expect(await listRescues(parting.directory)).toMatchObject([{ file, side: 'local', fromOffset, toOffset, record }]);
  });

  test('can be written while writes are held back', async () => {
    const { a } = await parted();
    await a.redis.ask('SET', 'k', 'v');
    await holdWrites(a);
    const file = await parting.rescuer().saveSuffix(await parting.range(a, 0), REASON);
    expect(readFileSync(file, 'utf8')).toContain(encode(['SET', 'k', 'v']));
  });
});

describe('refuses without a full synchronization', () => {
  test('when the backlog is too short', async () => {
    const { a } = await parted(['repl-backlog-size 16kb']);
    const before = await parting.syncFull(a);
    const big = Array.from({ length: 40 }, () => ['SET', 'big', 'x'.repeat(1000)]);
    await a.redis.askAll(big);
    const range = await parting.range(a, 0);
    await expectFailure(parting.rescuer().read(range), 'RESCUE_FAILED', /its backlog begins at offset \d+/);
    await expectFailure(parting.rescuer().saveSuffix(range, REASON), 'RESCUE_FAILED', /its backlog begins/);
    expect(await parting.syncFull(a)).toEqual(before);
    expect(filesIn(parting.directory)).toEqual([]);
  });

  test('when the history is another, or the offset is not reached', async () => {
    const { a } = await parted();
    await a.redis.ask('SET', 'k', 'v');
    const before = await parting.syncFull(a);
    const range = await parting.range(a, 0);
    const other = { ...range, replid: 'f'.repeat(40) };
    await expectFailure(parting.rescuer().read(other), 'RESCUE_FAILED', /its history has changed/);
    const beyond = { ...range, toOffset: range.toOffset + 1 };
    await expectFailure(parting.rescuer().read(beyond), 'RESCUE_FAILED', /has not reached offset/);
    const half = { ...range, toOffset: range.toOffset - 1 };
    await expectFailure(parting.rescuer().read(half), 'RESCUE_FAILED', /middle of a command/);
    expect(await parting.syncFull(a)).toEqual(before);
  });

  test('when there is no place for the file', async () => {
    const { a } = await parted();
    await a.redis.ask('SET', 'k', 'v');
    const file = join(parting.a.dir, 'a-file');
    writeFileSync(file, '');
    const rescuer = parting.rescuer({}, join(file, 'rescue'));
    await expectFailure(rescuer.saveSuffix(await parting.range(a, 0), REASON), 'RESCUE_FAILED', /ENOTDIR/);
  });
});
