/**
 * A role that moves while clients are at the virtual address of the old master: each sees one closed connection, and the port
 * refuses it until the address has followed. Whoever was killed in between, the next command opens the port.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isSince, serverOf } from '../lib/server.ts';
import { encode } from '../lib/resp.ts';
import { messageOf, waitFor } from '../lib/wait.ts';
import type { TestNode } from './lib/node.ts';
import { expectInOrder, startPair, type TestPair } from './lib/pair.ts';
import { rights } from './lib/troubles.ts';

const ADDRESS = '127.0.0.77';
const FOR_READING = '127.0.0.78';
const IS_OLD = !isSince(serverOf('a'), [6, 2]);
const WHY_OLD = 'CONFIG SET bind and CLIENT KILL LADDR are of Redis 6.2';

/** A client that sends and never closes; what it is told, until its connection ends. */
class Raw {
  readonly #socket: Socket;
  text = '';
  replies = 0;
  ended = false;
  onReply: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.text += data.toString();
      this.replies += 1;
      this.onReply();
    });
    for (const end of ['end', 'error', 'close']) socket.on(end, () => (this.ended = true));
    onTestFinished(() => {
      socket.destroy();
    });
  }

  static async at(host: string, port: number): Promise<Raw> {
    const socket = connect({ host, port });
    await once(socket, 'connect');
    return new Raw(socket);
  }

  send(...words: readonly string[]): void {
    if (!this.ended) this.#socket.write(encode(words));
  }
}

const isOpen = async (host: string, port: number): Promise<boolean> => {
  try {
    await Raw.at(host, port);
    return true;
  } catch (error) {
    if (/ECONNREFUSED/.test(messageOf(error))) return false;
    throw error;
  }
};

/** a is the master at the address as well, as where keepalived has brought it there. */
const atAddress = async (bind: (own: string) => string, toml: readonly string[] = []): Promise<TestPair> => {
  const pair = await startPair({ toml: [`vip = "${ADDRESS}"`, ...toml], ownPorts: true });
  if (!IS_OLD) await pair.a.configure({ bind: bind(pair.a.address) });
  return pair;
};

const named = (own: string): string => `${own} ${ADDRESS}`;
const anywhere = (): string => '* -::*';
const bindOf = async ({ redis }: TestNode): Promise<string | undefined> => (await redis.config('bind')).get('bind');

/** The role has come to `b`. No address moves here, and a `promote` that waits for it is killed. */
const promoted = async ({ a, b }: TestPair): Promise<void> => {
  const running = b.start('promote', a);
  await waitFor(
    'the role',
    { deadlineMs: 20_000, everyMs: 10 },
    () => b.log.includes('handed-over'),
    (isHandedOver) => isHandedOver || running.over,
  );
  await running.stop('SIGKILL');
  expect(await b.role(), b.log).toBe('master');
};

const COUNTERS = 8;

/** Each counts as fast as it is answered; the others wait for something. */
const clientsOf = async (port: number): Promise<Record<'waiting' | 'counting', readonly Raw[]>> => {
  const open = (): Promise<Raw> => Raw.at(ADDRESS, port);
  const [subscriber, popper, queuing] = [await open(), await open(), await open()];
  subscriber.send('SUBSCRIBE', 'news');
  popper.send('BLPOP', 'nothing', '0');
  queuing.send('MULTI');
  queuing.send('INCR', 'never');
  const counting = await Promise.all(Array.from({ length: COUNTERS }, open));
  for (const client of counting) {
    client.onReply = () => client.send('INCR', 'count');
    client.send('INCR', 'count');
  }
  const first = counting[0];
  await waitFor(
    'counters',
    { deadlineMs: 20_000 },
    () => first?.replies ?? 0,
    (replies) => replies > 100,
  );
  return { waiting: [subscriber, popper, queuing], counting };
};

test.skipIf(IS_OLD).each([
  ['by a pause; the new owner of the address opens the port', [], named, 'b'],
  ['by a pause, where the server listens everywhere; the old owner opens it', [], anywhere, 'a'],
  ['by FAILOVER', ['-client|pause'], named, 'b'],
] as const)('%s: each client sees its connection end, and no error', async (_name, forbidden, bind, opener) => {
  const pair = await atAddress(bind);
  const { a, b } = pair;
  await rights([a, b], ...forbidden);
  const before = await bindOf(a);
  const { waiting, counting } = await clientsOf(a.port);
  const clients = [...waiting, ...counting];
  await promoted(pair);
  await waitFor('the end of all', { deadlineMs: 20_000 }, () => clients.every(({ ended }) => ended), Boolean);
  expect(clients.map(({ text }) => text).join('\n')).not.toMatch(/^-/m);
  const counted = counting.reduce((sum, { replies }) => sum + replies, 0);
  expect([await b.ask('GET', 'count'), await b.ask('GET', 'never')]).toEqual([String(counted), null]);
  expect([await isOpen(ADDRESS, a.port), await isOpen(a.address, a.port)]).toEqual([false, true]);
  const told = await (opener === 'b' ? b.told('master', a) : a.told('backup', b));
  expect(told, b.log).toMatchObject({ exitCode: 0 });
  expect([await bindOf(a), await isOpen(ADDRESS, a.port)]).toEqual([before, true]);
  await expectInOrder(b, a);
});

test.skipIf(IS_OLD)(
  'keepalived says BACKUP to the new master, and the address has stayed: the role goes back to it',
  async () => {
    const pair = await atAddress(named, ['peer_master_timeout = "500ms"']);
    const { a, b } = pair;
    const before = await bindOf(a);
    await promoted(pair);
    expect(await b.told('backup', a)).toMatchObject({ exitCode: 0, rule: 500 });
    expect(b.decisions.slice(-3)).toEqual([136, 555, 500]);
    expect([await bindOf(a), await isOpen(ADDRESS, a.port)]).toEqual([before, true]);
    await expectInOrder(a, b);
  },
);

test.skipIf(IS_OLD)('a hand-over that is called off opens the port again', async () => {
  const { a, b } = await atAddress(anywhere);
  await rights([b], '-replicaof', '-slaveof');
  expect(await b.told('promote', a)).toMatchObject({ exitCode: 3 });
  expect(a.redis.log + b.log).toContain('address-closed');
  expect([await bindOf(a), await isOpen(ADDRESS, a.port)]).toEqual(['* -::*', true]);
  await expectInOrder(a, b);
});

test(`a server that cannot close its port hands over all the same (${WHY_OLD})`, async () => {
  const pair = await atAddress(named);
  const { a } = pair;
  await rights([a], '-client|kill');
  const before = await bindOf(a);
  const status = await pair.b.run('status', a);
  expect(status.stdout).toMatch(/clients of 127\.0\.0\.77 are told READONLY for a moment.*: /);
  expect(status.stdout).toContain(IS_OLD ? 'a server before Redis 6.2' : 'its user lacks a right (NOPERM');
  await promoted(pair);
  expect(await bindOf(a)).toBe(before);
  await expectInOrder(pair.b, a);
});

/** Both addresses move with the instance, and LVS sends the clients of the second one to the node that may be read from. */
const confOf = (port: number): string => `vrrp_instance redis {
    state BACKUP
    virtual_ipaddress {
        ${ADDRESS}
        ${FOR_READING}
    }
}

virtual_server ${FOR_READING} ${String(port)} {
    lb_kind DR
}
`;

test.skipIf(IS_OLD)('connections by an address that has left a replica are counted; readers are not', async () => {
  const { a, b } = await startPair({ toml: [`vip = "${ADDRESS}"`], ownPorts: true });
  writeFileSync(join(b.dir, 'keepalived.conf'), confOf(b.port));
  await b.configure({ bind: `${named(b.address)} ${FOR_READING}` });
  for (const address of [ADDRESS, b.address, FOR_READING]) await Raw.at(address, b.port);
  const status = await b.run('status', a);
  expect(status.stdout).toContain(`one connection hangs at the local Redis by ${ADDRESS}`);
});
