/**
 * Who connects in the moment between two owners of an address is refused, and not left alone for a second.
 *
 * A client that only listens is deaf for good when its address moves: its old server says nothing any more. The new owner of
 * the address tells it, and it comes back. Hosts are network namespaces here, and nobody but the test moves anything.
 */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Listener } from '../lib/listener.ts';
import { CHANNEL } from '../lib/listener-process.ts';
import { whyNoWorld } from '../lib/namespaces.ts';
import { RedisServer } from '../lib/redis.ts';
import { isSince } from '../lib/server.ts';
import { World } from '../lib/world.ts';

const COMER = fileURLToPath(new URL('lib/comer-process.ts', import.meta.url));
const REFUSER = fileURLToPath(new URL('lib/refuser-process.ts', import.meta.url));
const TELLER = fileURLToPath(new URL('lib/teller-process.ts', import.meta.url));
const DEVICE = 'eth0';
const PORT = 6379;
const A = '10.72.0.1';
const LIMIT_MS = 20_000;

const whyNot = await whyNoWorld(['redis-server']);

interface Family {
  readonly name: string;
  readonly address: string;
  readonly length: string;
  /** What each host gets besides. */
  readonly network: ((place: number) => string) | undefined;
}

const FAMILIES: readonly Family[] = [
  { name: 'IPv4', address: '10.72.0.9', length: '32', network: undefined },
  { name: 'IPv6', address: 'fd72::9', length: '128 nodad', network: (place) => `fd72::${String(place)}/64 nodad` },
];

const threeHosts = async ({ network }: Family) => {
  const world = await World.create();
  onTestFinished(() => world.close());
  const hosts = await Promise.all(
    ['a', 'b', 'client'].map((name, place) => world.addHost(name, `10.72.0.${String(place + 1)}`, DEVICE)),
  );
  for (const [place, host] of hosts.entries()) {
    if (network === undefined) continue;
    await host.run([
      'sh',
      '-c',
      `echo 0 | tee /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/ipv6/conf/${DEVICE}/disable_ipv6`,
    ]);
    await host.ip([`address add ${network(place + 1)} dev ${DEVICE}`]);
  }
  const [a, b, client] = hosts;
  if (a === undefined || b === undefined || client === undefined) throw new Error('three hosts were asked for');
  return { a, b, client };
};

test.skipIf(whyNot !== undefined).each(FAMILIES)(
  `a subscriber of an $name address hears again once the new owner has told it${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`,
  async (family) => {
    const { a, b, client } = await threeHosts(family);
    const { address, length } = family;
    const lines = ['bind 0.0.0.0 ::'];
    const [old, next] = [new RedisServer(a, { port: PORT, lines }), new RedisServer(b, { port: PORT, lines })];
    await Promise.all([old.start(), next.start()]);
    await a.ip([`address add ${address}/${length} dev ${DEVICE}`]);
    const listener = await Listener.start(client, address, PORT);
    const teller = await b.spawn([process.execPath, TELLER, A, String(PORT), address]);
    // A server before 6.2 does not say where a client came in, so that the one that asks counts too.
    const count = isSince(old.server, [6, 2]) || family.name === 'IPv6' ? 1 : 2;
    await teller.said('the list', LIMIT_MS, (text) => text === `listed ${String(count)}`);

    old.freeze();
    await a.ip([`address del ${address}/${length.split(' ')[0]} dev ${DEVICE}`]);
    await b.ip([`address add ${address}/${length} dev ${DEVICE}`]);
    await client.ip([`neigh flush dev ${DEVICE}`]);
    expect(await next.ask('PUBLISH', CHANNEL, 'unheard')).toBe(0);
    expect(listener.seen).toEqual(['listening']);

    teller.write('tell\n');
    await teller.said('the telling', LIMIT_MS, (text) => text === `told ${String(count)}`);
    await listener.listensAgain(1, LIMIT_MS);
    expect(listener.seen).toEqual(['listening', 'ended ECONNRESET', 'listening']);
    await listener.hears('again', LIMIT_MS, () => next.ask('PUBLISH', CHANNEL, 'again'));
  },
);

test.skipIf(whyNot !== undefined).each(FAMILIES)(
  `who comes for an $name address that has just left is refused at once${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`,
  async (family) => {
    const { a, client } = await threeHosts(family);
    const { address, length } = family;
    await a.ip([`address add ${address}/${length} dev ${DEVICE}`]);
    const refuser = await a.spawn([process.execPath, REFUSER, address, String(PORT)]);
    await refuser.said('the start', LIMIT_MS, (text) => text === 'begun');
    const comer = await client.spawn([process.execPath, COMER, address, String(PORT)]);
    await comer.said('a connection', LIMIT_MS, (text) => text === 'connected');

    // It still listens there: the kernel refuses nobody.
    await a.ip([`address del ${address}/${length.split(' ')[0]} dev ${DEVICE}`]);
    await comer.said('a refusal', LIMIT_MS, (text) => text === 'ECONNREFUSED');
    const { text } = await refuser.said('the end', LIMIT_MS, (said) => said.startsWith('refused'));
    expect(text).toMatch(/^refused [1-9]/);
  },
);
