/** How much memory dist/redisha takes, whatever is said to it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { REPLY_LIMITS } from '../../src/redis/wire/reply-reader.ts';
import { TempDir } from '../lib/loopback.ts';
import { Running } from '../lib/process.ts';

const executable = join(import.meta.dirname, '..', '..', 'dist', 'redisha');

/** What SECURITY.md promises. */
const MEMORY_MAX_MB = 150;

/** A server whose first client gets `reply`; it resolves with that client when it has asked. */
const serverThatSays = async (reply: Buffer): Promise<{ readonly port: number; readonly client: Promise<Socket> }> => {
  const asked = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      // What is no reply ends the connection, so that the test knows when all of it has been read.
      if (reply.length > 0) socket.write(Buffer.concat([reply, Buffer.from('!')]));
      asked.resolve(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, client: asked.promise };
};

const NOTHING = Buffer.alloc(0);

const { bytesMax, itemsMax } = REPLY_LIMITS;
const bulkOf = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`$${String(bytes.length)}\r\n`), bytes, Buffer.from('\r\n')]);

/** Source: proc(5), VmHWM: the most that it ever had in memory. */
const mostMegabytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'latin1'))?.[1]) / 1024;

test.each([
  ['a string as long as a reply may be', bulkOf(Buffer.alloc(bytesMax, 'x'))],
  ['a string of wide characters', bulkOf(Buffer.alloc(bytesMax, '键'))],
  [
    'as many items as a reply may have',
    Buffer.concat([Buffer.from(`*${String(itemsMax)}\r\n`), Buffer.alloc(itemsMax * 8, '$2\r\nxx\r\n')]),
  ],
])('a check takes less than 150 MB where a server replies with %s', async (_name, reply) => {
  const directory = await TempDir.create();
  onTestFinished(() => directory.remove());
  // The peer says nothing, so that the check is still there then.
  const [local, peer] = [await serverThatSays(reply), await serverThatSays(NOTHING)];
  const env = {
    REDISHA_CONFIG: '/dev/null',
    REDISHA_STATE_DIR: directory.path,
    REDISHA_LOG_FILE: join(directory.path, 'log'),
    REDISHA_PEER: '127.0.0.1',
    REDISHA_PEER_PORT: String(peer.port),
    REDISHA_CHECK_DEADLINE: '40s',
    REDISHA_COMMAND_TIMEOUT: '40s',
  };
  const running = new Running([executable, 'check', '127.0.0.1', String(local.port)], env);
  const [atLocal, atPeer] = await Promise.all([local.client, peer.client]);
  if (!atLocal.destroyed) await once(atLocal.resume(), 'close');
  const mostMb = mostMegabytes(running.pid);
  atPeer.destroy();
  expect(await running.ended).toMatchObject({ code: 1 });
  expect(running.text).toContain('unfit: does not answer as a Redis does');
  expect(mostMb).toBeLessThan(MEMORY_MAX_MB);
});
