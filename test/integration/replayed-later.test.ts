/** A replay comes later than the writes, and perhaps on another version: what has run out, what is asked again, what is unknown. */
import { afterEach, describe, expect, test } from 'vitest';
import { findServer, isSince, serverOf } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';
import { digests, expectFailure, Parting, REASON } from './parting.ts';

let parting: Parting;
const apart = (): Promise<void> => Promise.resolve();
const SOON = { deadlineMs: 10_000, everyMs: 10 };

afterEach(async () => {
  await parting.close();
});

describe('a key that would have run out', () => {
  test.skipIf(!isSince(serverOf('a'), [7, 0]))(
    'and was renewed is there with its value, also a large one',
    async () => {
      parting = await Parting.start(['repl-backlog-size 8mb']);
      await parting.join();
      await parting.part();
      const { a, b } = parting;
      const large = 'x'.repeat(300_000);
      await a.redis.askAll([
        ['SET', 'large', large, 'PX', 50],
        ['PERSIST', 'large'],
        ['SET', 'timer', 1, 'PX', 60],
      ]);
      await waitFor(
        'the time has passed',
        SOON,
        () => a.redis.ask('EXISTS', 'timer'),
        (left) => left === 0,
      );
      const file = await parting.rescuer().saveSuffix(await parting.range(a, 0), REASON);
      await parting.rescuer().replay(file, parting.endpoint(b), apart);
      expect(await digests(b, 0, ['large'])).toEqual(await digests(a, 0, ['large']));
      expect(await b.redis.ask('PTTL', 'large')).toBe(-1);
    },
  );

  test('on the other side, and was renewed on this one, is removed there before the last look', async () => {
    parting = await Parting.start();
    const { a, b } = parting;
    await parting.join();
    await a.redis.ask('SET', 'session', 1, 'PX', 2000);
    await parting.part();
    await b.redis.ask('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    await a.redis.ask('PEXPIRE', 'session', 1_000_000);
    await b.redis.ask('SET', 'timer', 1, 'PX', 2000);
    // Whether it is there is told without looking at it, which would remove it.
    await waitFor(
      'the time has passed',
      SOON,
      () => b.redis.ask('OBJECT', 'ENCODING', 'timer'),
      (left) => left === null,
    );
    const file = await parting.rescuer().saveSuffix(await parting.range(a, 0), REASON);
    const lastLook = async (): Promise<void> => {
      const { keys } = await parting.rescuer().read(await parting.range(b, 0));
      if (keys.includes('0/session')) throw new Error('both wrote it');
    };
    await expect(parting.rescuer().replay(file, parting.endpoint(b), lastLook)).rejects.toThrow('both wrote it');
    expect(await b.redis.ask('KEYS', '*')).toEqual([]);
  });
});

const asked = ['XADD', 'stream', 'IDMP', 'producer', 'message', '*', 'f', 'v'];

/** How many messages B can still tell to be the same again. */
const trackedOnB = async (): Promise<unknown> => {
  const info = (await parting.b.redis.ask('XINFO', 'STREAM', 'stream')) as readonly unknown[];
  return info[info.indexOf('iids-tracked') + 1];
};

const idempotent = findServer('experimental/redis');

describe.skipIf(idempotent === undefined)('a message that was asked for once more (Redis 8.6)', () => {
  test('while the two were apart is not there twice, though the other side has forgotten it', async () => {
    parting = await Parting.start([], undefined, idempotent && { a: idempotent, b: idempotent });
    const { a, b } = parting;
    await parting.join();
    await a.redis.askAll([asked, ['XCFGSET', 'stream', 'IDMP-DURATION', 1], asked]);
    await parting.part();
    const id = await a.redis.ask(...asked);
    await a.redis.ask('SET', 'k', 1);
    await waitFor('the other side has forgotten it', SOON, trackedOnB, (count) => count === 0);
    const file = await parting.rescuer().saveSuffix(await parting.range(a, 0), REASON);
    await parting.rescuer().replay(file, parting.endpoint(b), apart);
    expect(await b.redis.ask('XLEN', 'stream')).toBe(await a.redis.ask('XLEN', 'stream'));
    expect(await b.redis.ask('XREVRANGE', 'stream', '+', '-', 'COUNT', 1)).toEqual([[id, ['f', 'v']]]);
    expect(await b.redis.ask('GET', 'k')).toBe('1');
  });

  test('counts as a write of nobody', async () => {
    parting = await Parting.start([], undefined, idempotent && { a: idempotent, b: idempotent });
    const { a } = parting;
    await parting.join();
    await a.redis.ask(...asked);
    await parting.part();
    await a.redis.ask(...asked);
    const content = await parting.rescuer().read(await parting.range(a, 0));
    expect(content).toEqual({ commands: 0, keys: [], removed: [], everything: undefined });
  });

  test('is known on the other side as long as its server would know it', async () => {
    parting = await Parting.start([], undefined, idempotent && { a: idempotent, b: idempotent });
    const { a, b } = parting;
    await parting.join();
    await parting.part();
    const id = await a.redis.ask(...asked);
    const file = await parting.rescuer().saveSuffix(await parting.range(a, 0), REASON);
    await parting.rescuer().replay(file, parting.endpoint(b), apart);
    expect(await b.redis.ask(...asked)).toBe(id);
    expect(await b.redis.ask('XLEN', 'stream')).toBe(1);
  });
});

const [older, newer] = [findServer('bullseye/redis'), findServer('bookworm/redis')];

/** What the newer one took alone. */
const rescued = async (...commands: readonly (readonly string[])[]): Promise<string> => {
  parting = await Parting.start([], undefined, { ...(older && { a: older }), ...(newer && { b: newer }) });
  await parting.join();
  await parting.part();
  await parting.b.redis.askAll([['SET', 'first', '1'], ...commands]);
  return parting.rescuer().saveSuffix(await parting.range(parting.b, 0), REASON);
};

describe.skipIf(older === undefined || newer === undefined)('on an older server (Redis 6.0, from 7.0)', () => {
  test.each([
    [
      'SET',
      ['SET', 'k', 'v', 'EX', '1000'],
      /:\d+ is Redis 6\.0\.\d+, and may not know SET in the form .* Redis 7\.0\.15/,
    ],
    ['ZADD', ['ZADD', 'z', 'GT', '1', 'a'], /may not know ZADD/],
    ['XADD', ['XADD', 's', 'MINID', '1-1', '*', 'f', 'v'], /may not know XADD/],
    ['COPY', ['COPY', 'first', 'second'], /^COPY on .* unknown command/],
  ] as const)('%s is refused before anything is done', async (_name, command, words) => {
    const file = await rescued(command);
    const { a } = parting;
    await expectFailure(parting.rescuer().replay(file, parting.endpoint(a), apart), 'COMMAND_UNAVAILABLE', words);
    expect(await a.redis.ask('DBSIZE')).toBe(0);
  });

  test('what both know is replayed', async () => {
    const file = await rescued(
      ['INCR', 'first'],
      ['XADD', 's', 'MAXLEN', '~', '100', '*', 'f', 'v'],
      ['ZADD', 'z', '1', 'a'],
    );
    const { a, b } = parting;
    await parting.rescuer().replay(file, parting.endpoint(a), apart);
    expect(await digests(a, 0, ['first', 's', 'z'])).toEqual(await digests(b, 0, ['first', 's', 'z']));
  });
});
