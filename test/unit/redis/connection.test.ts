/** The connection against servers that say what no Redis says. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection, type ConnectionOptions, type Reply } from '../../../src/redis/connection.ts';
import { openNode } from '../../../src/redis/node.ts';
import { DEPTH_MAX, LINE_BYTES_MAX } from '../../../src/redis/wire/protocol.ts';
import { REPLY_LIMITS } from '../../../src/redis/wire/reply-reader.ts';

let server: Server;
let answer: (client: Socket, asked: string) => void;
const clients = new Set<Socket>();

beforeEach(async () => {
  server = createServer((client) => {
    clients.add(client.on('error', () => undefined));
    client.on('data', (chunk) => answer(client, chunk.toString('latin1')));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(() => {
  for (const client of clients) client.destroy();
  clients.clear();
  server.close();
});

const options = (change: Partial<ConnectionOptions> = {}): ConnectionOptions => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const plain = { username: undefined, password: undefined, tls: undefined, renamedCommands: {} };
  return {
    endpoint: { host: '127.0.0.1', port },
    ...plain,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 5_000,
    ...change,
  };
};

/** What becomes of a command that is answered so, and whether the connection is open afterwards. */
const answeredBy = async (text: string, change?: Partial<ConnectionOptions>) => {
  answer = (client) => client.write(text);
  const connection = await Connection.open(options(change));
  const reply = await connection.call('PING').catch((error: unknown) => error as Reply);
  const { isOpen } = connection;
  connection.close();
  return { reply, isOpen };
};

describe('a reply that is none ends the connection as garbled', () => {
  test.each([
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'what begins with "H" is nothing that a Redis sends'],
    ['RESP3', '%1\r\n+a\r\n+b\r\n', 'what begins with "%" is nothing that a Redis sends'],
    ['a string beyond the limit', `$${String(REPLY_LIMITS.bytesMax + 1)}\r\n`, 'a reply is larger than 4194304 bytes'],
    ['an array beyond the limit', `*${String(REPLY_LIMITS.itemsMax + 1)}\r\n`, 'a reply has more than 65536 items'],
    ['arrays beyond the limit', '*1\r\n'.repeat(DEPTH_MAX + 1), 'a reply has more than 16 arrays in each other'],
    ['a line beyond the limit', `+${'x'.repeat(LINE_BYTES_MAX)}`, 'a line is longer than 65536 bytes'],
    ['half an array, and then nonsense', '*2\r\n+OK\r\n?', 'what begins with "?" is nothing that a Redis sends'],
  ])('%s', async (_name, text, message) => {
    expect(await answeredBy(text)).toEqual({
      reply: expect.objectContaining({ name: 'Failure', kind: 'garbled', message }) as Reply,
      isOpen: false,
    });
  });

  test('whoever waits behind it fails as well, and what came before it stays', async () => {
    answer = (client) => client.write('+OK\r\n+OK\r\n&\r\n+OK\r\n');
    const connection = await Connection.open(options());
    const settled = await connection.pipeline([['A'], ['B'], ['C'], ['D']]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await expect(connection.call('E')).rejects.toMatchObject({ kind: 'garbled' });
  });

  test('nobody asked for it', async () => {
    answer = (client) => client.write('+OK\r\n+OK\r\n');
    const connection = await Connection.open(options());
    expect(await connection.call('PING')).toBe('OK');
    await expect(connection.call('PING')).rejects.toMatchObject({ kind: 'garbled', message: 'a reply to nothing' });
  });
});

test('a limit of the caller lets through what may be a value, and not more', async () => {
  const larger = { limits: { ...REPLY_LIMITS, bytesMax: REPLY_LIMITS.bytesMax + 2 } };
  const value = 'v'.repeat(REPLY_LIMITS.bytesMax + 1);
  const { reply } = await answeredBy(`$${String(value.length)}\r\n${value}\r\n`, larger);
  expect(String(reply)).toHaveLength(value.length);
  expect((await answeredBy(`$${String(value.length + 2)}\r\n`, larger)).isOpen).toBe(false);
});

test('an error of the server is a failure with clean words, and the connection stays', async () => {
  expect(await answeredBy('-ERR \u001b[31mno\u0007\r\n')).toMatchObject({
    reply: { kind: 'error', message: 'ERR ?[31mno?' },
    isOpen: true,
  });
});

test('an error inside EXEC is the failure of what was done in it', async () => {
  answer = (client) => client.write('+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n-NOPERM no\r\n');
  const node = openNode(options());
  await expect(node.followAnew({ host: '127.0.0.2', port: 1 })).rejects.toThrow(/REPLICAOF on .* failed: NOPERM no/);
  node.close();
});

describe('a look at somebody who is no Redis', () => {
  test.each([
    ['+OK\r\n', 'its INFO has no redis_version'],
    [':1\r\n', 'its INFO has no redis_version'],
    ['$-1\r\n', 'its INFO has no redis_version'],
    ['*1\r\n+OK\r\n', 'its INFO has no redis_version'],
    ['$24\r\nredis_version:7.0.15\r\n\r\n\r\n', 'its INFO has no run_id'],
  ])('%j is garbled', async (text, why) => {
    answer = (client) => client.write(text);
    const node = openNode(options());
    expect(await node.look()).toEqual({ kind: 'garbled', why });
    node.close();
  });
});
