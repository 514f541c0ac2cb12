/** A server that answers whatever it likes, as a check of this host and the resident’s socket meet it. */
import { ok } from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { answerIn } from '../../src/app/resident-answer.ts';
import { askAtWork } from '../../src/host/partner.ts';
import { openCheck } from '../../src/world/check.ts';
import { assertCleanWords, inTime } from './claims.ts';
import { hostileText } from './hostile.ts';
import { ANSWER, REPLIES, type Surface } from './texts.ts';

/** Each connection gets `bytes` as soon as it says something; then it is closed, or nothing comes any more. */
const answering = async (bytes: string, isClosing: boolean, listen: ListenOptions): Promise<Server> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.from(bytes, 'latin1'));
      if (isClosing) socket.end();
    });
  });
  server.listen(listen);
  await once(server, 'listening');
  return server;
};

/** True afterwards: `use` has met the server, and nothing of it is left. */
const beside = async (
  said: readonly [bytes: string, isClosing: boolean],
  use: (server: Server, path: string) => Promise<void>,
  isLocal = false,
): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-fuzz-'));
  const path = join(directory, 'socket');
  const server = await answering(...said, isLocal ? { path } : { port: 0, host: '127.0.0.1' });
  try {
    await inTime(() => use(server, path));
  } finally {
    server.close();
    rmSync(directory, { recursive: true });
  }
};

const LOOK_OPTIONS = ['check_deadline=200ms', 'command_timeout=50ms', 'connect_timeout=200ms', 'peer=127.0.0.1'];

const lookAt = async (server: Server, path: string): Promise<void> => {
  const { port } = server.address() as AddressInfo;
  const places = [`peer_port=${String(port)}`, `state_dir=${path}-state`, `log_file=${path}-log`];
  const options = { config: '/dev/null', option: [...LOOK_OPTIONS, ...places], verbose: false };
  const session = await openCheck(() => Promise.resolve(undefined), { host: '127.0.0.1', port }, options);
  const { verdict } = await session.look();
  ok(typeof verdict.fit === 'boolean');
  assertCleanWords(verdict.why);
};

const said = (...examples: Parameters<typeof hostileText>) =>
  fc.tuple(
    fc.array(hostileText(...examples), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.boolean(),
  );

const propertyOf = <T>(arbitrary: fc.Arbitrary<T>, use: (value: T) => Promise<void>): Surface['property'] =>
  fc.asyncProperty(arbitrary, use);

export const SERVERS: readonly Surface[] = [
  {
    name: 'two servers under a check',
    cases: 60,
    property: propertyOf(said(...REPLIES), (bytes) => beside(bytes, lookAt)),
  },
  {
    name: 'the socket of the resident',
    cases: 60,
    property: propertyOf(said(`{"answer":${ANSWER}}\n`, '\n'), (bytes) =>
      beside(
        bytes,
        async (_, path) => {
          answerIn(await askAtWork(path, 100));
        },
        true,
      ),
    ),
  },
];
