/** The bare connection against servers that do not do what Redis does. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { receiveDataset } from '../../../src/redis/dataset.ts';
import type { ConnectionOptions } from '../../../src/redis/connection.ts';
import { RawStream } from '../../../src/redis/stream.ts';

let server: Server;
let onClient: (client: Socket) => void;
const clients: Socket[] = [];

const options = (change: Partial<ConnectionOptions> = {}): ConnectionOptions => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  const endpoint = { host: '127.0.0.1', port: address.port };
  const plain = { username: undefined, password: undefined, tls: undefined, renamedCommands: {} };
  return { endpoint, ...plain, connectTimeoutMs: 1_000, commandTimeoutMs: 500, ...change };
};

beforeEach(async () => {
  server = createServer((client) => {
    clients.push(client);
    client.on('error', () => undefined);
    onClient(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(() => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.destroy();
  server.close();
});

describe('lines', () => {
  test('come whole, without the signs of life before them', async () => {
    onClient = (client) => client.write('\n\n\r\n+CONT');
    const stream = await RawStream.open(options());
    clients[0]?.write('INUE\r\n\nrest');
    expect(await stream.reply()).toBe('CONTINUE');
    expect(String(await stream.take(4))).toBe('\nres');
    expect(String(await stream.take(100))).toBe('t');
    stream.close();
  });

  test.each([
    ['says nothing', '', /not a byte within/],
    ['never ends its line', `+${'x'.repeat(70_000)}`, /a line is longer than 65536 bytes/],
    ['talks another protocol', 'HTTP/1.1 400 Bad Request\r\n', /begins with "H" is nothing that a Redis sends/],
    ['refuses', '-ERR no\r\n', /^ERR no$/],
  ])('are not waited for when the server %s', async (_name, said, words) => {
    onClient = (client) => client.write(said);
    const stream = await RawStream.open(options());
    await expect(stream.reply()).rejects.toThrow(words);
    stream.close();
  });

  test('are not waited for when the server only says that it is alive', async () => {
    onClient = (client) => {
      const timer = setInterval(() => client.write('\n'), 20);
      client.on('close', () => clearInterval(timer));
    };
    const stream = await RawStream.open(options());
    await expect(stream.line({ idleMs: 5_000, totalMs: 300 })).rejects.toThrow(/no answer within 300 ms|not a byte/);
  });

  test('a server that hangs up is a failure, not the end of us', async () => {
    onClient = (client) => client.on('data', () => client.resetAndDestroy());
    const stream = await RawStream.open(options());
    stream.send('PING');
    await expect(stream.reply()).rejects.toThrow(/connection/);
    await expect(stream.take(1)).rejects.toThrow(/connection|aborted|closed/);
  });
});

describe('payload', () => {
  test('that stops coming is given up after ten seconds', async () => {
    onClient = (client) => client.write('abc');
    const stream = await RawStream.open(options());
    expect(String(await stream.take(10))).toBe('abc');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const taken = stream.take(10);
    taken.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(taken).rejects.toThrow('not a byte within 10000 ms');
  });

  test('that trickles is given up, however long it lasts', async () => {
    onClient = (client) => client.write('a');
    const stream = await RawStream.open(options());
    let nowMs = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const trickle = async (): Promise<void> => {
      for (let byte = 0; byte < 100; byte += 1) {
        await stream.take(10);
        nowMs += 1_000;
        clients[0]?.write('a');
      }
    };
    await expect(trickle()).rejects.toThrow('too slowly');
    clock.mockRestore();
  });
});

const heardBy = (said: string): readonly string[] => {
  const heard: string[] = [];
  onClient = (client) =>
    client.on('data', (chunk) => {
      heard.push(chunk.toString());
      client.write(said);
    });
  return heard;
};
const open = (): Promise<RawStream> => RawStream.open(options({ username: 'ha', password: 'geheim' }));

describe('a password', () => {
  test.each([
    ['is sent with the user', '+OK\r\n'],
    ['may not be needed', '-ERR Client sent AUTH, but no password is set\r\n'],
  ])('%s', async (_name, said) => {
    const heard = heardBy(said);
    (await open()).close();
    expect(heard).toEqual(['*3\r\n$4\r\nAUTH\r\n$2\r\nha\r\n$6\r\ngeheim\r\n']);
  });

  test.each([
    ['may be wrong', '-WRONGPASS invalid username-password pair or user is disabled.\r\n', /^WRONGPASS/],
    ['is not repeated', "-ERR unknown command 'AUTH', with args beginning with: 'ha' 'geheim'\r\n", /'AUTH'$/],
  ])('%s', async (_name, said, words) => {
    heardBy(said);
    await expect(open()).rejects.toThrow(words);
  });
});

const INFO = 'master_replid:abc\r\nmaster_repl_offset:4711\r\n';

/** Answers like a Redis of one dialect, then sends `payload`. */
const speaking = (payload: string, refused: RegExp): void => {
  onClient = (client) =>
    client.on('data', (chunk) => {
      const [name = ''] = /[A-Z]+(?=\r\n)/.exec(chunk.toString()) ?? [];
      if (refused.test(name)) client.write(`-ERR unknown command '${name}'\r\n`);
      else if (name === 'INFO') client.write(`$${String(INFO.length)}\r\n${INFO}\r\n`);
      else if (name.endsWith('SYNC')) client.write(payload);
      else client.write('+OK\r\n');
    });
};
const mark = 'm'.repeat(40);
const received = async (): Promise<string> => {
  const chunks: Buffer[] = [];
  const write = (bytes: Buffer): Promise<void> => Promise.resolve(void chunks.push(bytes));
  await receiveDataset(options(), { announced: () => Promise.resolve(), write });
  return Buffer.concat(chunks).toString();
};

describe('a dataset', () => {
  test.each([
    ['from PSYNC, by size', '+FULLRESYNC abc 4711\r\n\n\n$12\r\nREDIS0011abc*3\r\n$3\r\nSET', /CONFIG/, 'REDIS0011abc'],
    ['from SYNC of an old server', '\n$12\r\nREDIS0006abc', /CONFIG|PSYNC|REPLCONF/, 'REDIS0006abc'],
    ['by a mark', `$EOF:${mark}\r\nREDIS0011${'m'.repeat(39)}x${mark}`, /CONFIG/, `REDIS0011${'m'.repeat(39)}x`],
    ['of Valkey', '$12\r\nVALKEY080abc', /CONFIG/, 'VALKEY080abc'],
  ])('%s', async (_name, payload, refused, data) => {
    speaking(payload, refused);
    expect(await received()).toBe(data);
  });

  test.each([
    ['is no RDB', '$12\r\n<html></html', /sends no RDB/],
    ['is announced as nothing known', '$-1\r\n', /announces no dataset/],
    ['is refused', '-NOMASTERLINK no\r\n', /NOMASTERLINK/],
  ])('that %s is not taken', async (_name, payload, words) => {
    speaking(payload, /CONFIG/);
    await expect(received()).rejects.toThrow(words);
  });
});
