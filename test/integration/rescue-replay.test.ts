/** The loser's writes on the winner, each exactly once, whatever happens in between. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encode } from '../lib/resp.ts';
import { isSince, serverOf } from '../lib/server.ts';
import { digests, expectFailure, inDatabase, Parting, REASON, setBinary } from './parting.ts';

let parting: Parting;
const apart = (): Promise<void> => Promise.resolve();

/** A and B have parted, and A's writes are in a file. */
const rescued = async (lines: readonly string[] = []): Promise<string> => {
  parting = await Parting.start(['repl-backlog-size 8mb', ...lines]);
  await parting.join();
  await parting.a.redis.ask('SET', 'counter', 10);
  await parting.part();
  await parting.a.redis.ask('INCR', 'counter');
  await setBinary(parting.a, 100_000);
  await parting.a.redis.askAll([['MULTI'], ['RPUSH', 'list', 'x', 'y'], ['EXPIRE', 'list', 1000], ['EXEC']]);
  await inDatabase(parting.a, 4, ['SET', 'counter', 'of another database']);
  await parting.b.redis.ask('SET', 'only B has this', 1);
  return parting.rescuer().saveSuffix(await parting.range(parting.a, 0), REASON);
};

const counter = () => parting.b.redis.ask('GET', 'counter');

afterEach(async () => {
  await parting.close();
});

describe('a replay', () => {
  test('carries out everything, and again nothing', async () => {
    const file = await rescued();
    const { a, b } = parting;
    const rescuer = parting.rescuer();
    await rescuer.replay(file, parting.endpoint(b), apart);
    await rescuer.replay(file, parting.endpoint(b), () => Promise.reject(new Error('not asked any more')));
    expect(await counter()).toBe('11');
    expect(await digests(b, 0, ['counter', 'list'])).toEqual(await digests(a, 0, ['counter', 'list']));
    expect(await digests(b, 4, ['counter'])).toEqual(await digests(a, 4, ['counter']));
    expect(await b.redis.ask('GET', 'only B has this')).toBe('1');
    // What is left of the merge goes by itself; without it and B's own key the two datasets are equal.
    const [marker = ''] = (await b.redis.ask('KEYS', 'redisha:*')) as readonly string[];
    const range = await parting.range(a, 0);
    const { replid, fromOffset, toOffset } = range;
    expect(marker).toBe(`redisha:merged:${replid.slice(0, 8)}:${String(fromOffset)}-${String(toOffset)}`);
    expect(Number(await b.redis.ask('TTL', marker))).toBeGreaterThan(86_000);
    await b.redis.ask('DEL', marker, 'only B has this');
    expect(await b.redis.digest()).toBe(await a.redis.digest());
  });

  test.each([
    ['a key of the file', 0, ['SET', 'list', 'taken']],
    ['a key of the file in another database', 4, ['SET', 'counter', 'taken']],
  ])('does nothing when the other side writes %s at the last moment', async (_name, database, command) => {
    const file = await rescued();
    const write = async (): Promise<void> => {
      await inDatabase(parting.b, database, command);
    };
    const replay = parting.rescuer().replay(file, parting.endpoint(parting.b), write);
    await expectFailure(replay, 'SITUATION_CHANGED', /written there at this moment/);
    expect(await counter()).toBe('10');
    expect(await parting.b.redis.ask('KEYS', 'redisha:*')).toEqual([]);
  });

  test('goes on when the other side writes another key, or one of that name in another database', async () => {
    const file = await rescued();
    const write = async (): Promise<void> => {
      await inDatabase(parting.b, 0, ['SET', 'unrelated', '1']);
      await inDatabase(parting.b, 7, ['SET', 'counter', '1']);
    };
    await parting.rescuer().replay(file, parting.endpoint(parting.b), write);
    expect(await counter()).toBe('11');
  });

  test('does nothing when the last look finds the two no longer apart', async () => {
    const file = await rescued();
    const refusal = new Error('no longer apart');
    const replay = parting.rescuer().replay(file, parting.endpoint(parting.b), () => Promise.reject(refusal));
    await expect(replay).rejects.toBe(refusal);
    expect(await counter()).toBe('10');
  });

  test('does nothing on a server that has become a replica', async () => {
    const file = await rescued();
    const { b } = parting;
    const demote = async (): Promise<void> => {
      await b.redis.ask('REPLICAOF', '127.0.0.9', 1);
    };
    await expectFailure(
      parting.rescuer().replay(file, parting.endpoint(b), demote),
      'SITUATION_CHANGED',
      /not a master any more/,
    );
    expect(await counter()).toBe('10');
  });

  test('two at the same time count as one', async () => {
    const file = await rescued();
    const both = [1, 2].map(() => parting.rescuer().replay(file, parting.endpoint(parting.b), apart));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await counter()).toBe('11');
  });
});

describe('a replay that is cut off', () => {
  let server: Server;
  let cut: 'before EXEC' | 'after EXEC' | 'never';

  /** Stands between us and B and breaks off where the test says. */
  const serve = (client: Socket): void => {
    const upstream = connect({ host: parting.b.address, port: parting.pair.port });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', (chunk: Buffer) => {
      const isLast = chunk.includes('\r\nEXEC\r\n');
      if (isLast && cut === 'before EXEC') {
        upstream.write(chunk.subarray(0, chunk.indexOf('*1\r\n$4\r\nEXEC')));
        upstream.end();
        client.destroy();
        return;
      }
      upstream.write(chunk);
      // The server answers: it has done its work. The answer is lost.
      if (isLast && cut === 'after EXEC') {
        upstream.removeAllListeners('data');
        let replies = '';
        upstream.on('data', (reply) => {
          replies += reply.toString('latin1');
          if (!/\*\d+\r\n\+OK/.test(replies)) return;
          client.destroy();
          upstream.destroy();
        });
      }
    });
    upstream.on('data', (reply) => client.write(reply));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  };

  beforeEach(() => {
    server = createServer(serve);
  });
  afterEach(() => {
    server.close();
  });

  const listening = (): Promise<number> =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });

  test.each([
    ['before EXEC', '10'],
    ['after EXEC', '11'],
  ] as const)('%s is done once when it is begun again', async (where, meanwhile) => {
    const file = await rescued();
    const through = { host: '127.0.0.1', port: await listening() };
    cut = where;
    await expectFailure(parting.rescuer().replay(file, through, apart), 'REDIS_UNREACHABLE', /connection/);
    expect(await counter()).toBe(meanwhile);
    cut = 'never';
    await parting.rescuer().replay(file, through, apart);
    expect(await counter()).toBe('11');
  });
});

/** The rights that the documentation gives to a user who merges. */
const RIGHTS = (() => {
  const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const [, all = ''] = /ACL SETUSER redisha on >SECRET ([^`]+?)\n\n/.exec(text) ?? [];
  const [, more = ''] = /To merge it also needs `([^`]+)`/.exec(text) ?? [];
  return `${all} ${more}`.replaceAll(/\s+/g, ' ');
})();

describe('a replay that may not be', () => {
  test.skipIf(!isSince(serverOf('a'), [6, 2]))('may be with the rights in the documentation', async () => {
    const file = await rescued([`user redisha on >geheim ${RIGHTS}`]);
    const rescuer = parting.rescuer({ username: 'redisha', password: 'geheim' });
    await rescuer.replay(file, parting.endpoint(parting.b), apart);
    expect(await counter()).toBe('11');
  });

  test('says which right is missing', async () => {
    const file = await rescued(['user redisha on >geheim ~* +@all -incr']);
    const rescuer = parting.rescuer({ username: 'redisha', password: 'geheim' });
    const replay = rescuer.replay(file, parting.endpoint(parting.b), apart);
    await expectFailure(replay, 'PERMISSION_MISSING', /^INCR on .*NOPERM/);
    expect(await counter()).toBe('10');
  });

  test('says which command the server does not have, and none of its data', async () => {
    const file = await rescued();
    const rescuer = parting.rescuer({ renamedCommands: { RPUSH: 'RPUSH-IS-GONE' } });
    const replay = rescuer.replay(file, parting.endpoint(parting.b), apart);
    await expectFailure(replay, 'COMMAND_UNAVAILABLE', /^RPUSH on .* unknown command ['`]RPUSH-IS-GONE['`]$/);
    expect(await counter()).toBe('10');
  });

  test('says what failed inside the transaction, also when it is begun again', async () => {
    const file = await rescued();
    const { b } = parting;
    // Only a wrong verdict on "apart" leads here: the other side has made the key something else.
    await b.redis.ask('HSET', 'list', 'f', 'v');
    const rescuer = parting.rescuer();
    const replay = () => rescuer.replay(file, parting.endpoint(b), apart);
    await expectFailure(replay(), 'DONE_IN_PART', /^RPUSH on .*WRONGTYPE/);
    await expectFailure(replay(), 'DONE_IN_PART', /done in part: RPUSH failed/);
    expect(await counter()).toBe('11');
  });

  test.each([
    ['is cut short', encode(['SELECT', 0]) + encode(['SET', 'k', 'v']).slice(0, -3), /damaged/],
    ['is no series of commands', 'REDIS0011 and so on', /damaged/],
    ['may touch any key', encode(['FLUSHALL']), /FLUSHALL may touch any key/],
  ])('refuses a file that %s', async (_name, content, words) => {
    await rescued();
    const file = join(parting.directory, '20260813T101500Z-peer-3f2a9c01-1-2.resp');
    writeFileSync(file, content);
    const { b } = parting;
    await expectFailure(parting.rescuer().replay(file, parting.endpoint(b), apart), 'RESCUE_FAILED', words);
  });

  test('refuses a file that is not there, or is a dataset', async () => {
    await rescued();
    const { b } = parting;
    const replay = (name: string) =>
      parting.rescuer().replay(join(parting.directory, name), parting.endpoint(b), apart);
    await expectFailure(replay('20260813T101500Z-peer-3f2a9c01-1-9.resp'), 'RESCUE_FAILED', /ENOENT/);
    await expectFailure(replay('20260813T101500Z-peer-3f2a9c01-9.rdb'), 'RESCUE_FAILED', /not that of a suffix/);
  });
});
