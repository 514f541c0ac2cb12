/** Both nodes' commands may raise and lower the fence of one server at the same moment: what it replaced must come back. */
import { expect, test } from 'vitest';
import { openNode } from '../../src/redis/node.ts';
import type { TestNode } from './lib/node.ts';
import { startPair } from './lib/pair.ts';
import { PLAIN } from './lib/plain-connection.ts';
import { isSince, serverOf } from '../lib/server.ts';
import { waitFor } from '../lib/wait.ts';

const HANDS = 4;
const ROUNDS = 200;

const config = async (node: TestNode): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(await node.redis.config('min-replicas-*'));

test('a fence that several raise and lower at once gives back what it replaced', async () => {
  const { a } = await startPair({ lines: ['min-replicas-to-write 1', 'min-replicas-max-lag 7'] });
  const before = await config(a);
  const endpoint = { host: a.address, port: a.port };
  const hands = Array.from({ length: HANDS }, () => openNode({ ...PLAIN, endpoint }));
  await Promise.all(
    hands.map(async (hand, at) => {
      await hand.look();
      for (let round = 0; round < ROUNDS; round++) {
        await hand.raiseFence();
        await hand.lowerFence();
        // Each takes a little longer than the one before, so that they meet in every step of each other's.
        for (let looks = 0; looks < at; looks++) await hand.look();
      }
    }),
  );
  for (const hand of hands) hand.close();
  expect(before).toEqual({ 'min-replicas-to-write': '1', 'min-replicas-max-lag': '7' });
  expect(await config(a)).toEqual(before);
});

test.each(['pauseWrites', 'raiseFence'] as const)(
  'a server that restarts after %s is not told to follow',
  async (way) => {
    const { a, b } = await startPair();
    const hand = openNode({ ...PLAIN, endpoint: { host: a.address, port: a.port } });
    await (way === 'pauseWrites' ? hand.pauseWrites(5000) : hand.raiseFence());
    await a.redis.kill();
    await a.redis.start();
    // What it holds now was not looked at: it may have taken a write since.
    const peer = { host: b.address, port: b.port };
    await expect(hand.follow(peer)).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
    expect(await a.role()).toBe('master');
    await (way === 'pauseWrites' ? hand.resumeWrites() : hand.lowerFence());
    await hand.follow(peer);
    hand.close();
    expect(await a.role()).toBe('slave');
  },
);

test.skipIf(!isSince(serverOf('a'), [6, 2]))(
  'a pause that is made shorter lets nothing pass in between (Redis 6.2 and newer)',
  async () => {
    const { a } = await startPair({ linked: false });
    const hand = openNode({ ...PLAIN, endpoint: { host: a.address, port: a.port } });
    await hand.pauseWrites(60_000);
    const client = a.connect();
    const writes = client.send('SET', 'held', 'yes');
    await waitFor(
      'the write to be held',
      { deadlineMs: 20_000 },
      async () => String(await a.ask('CLIENT', 'LIST')),
      (list) => list.includes(' cmd=set '),
    );
    for (let round = 0; round < 20; round++) await hand.resumeWrites(60_000);
    expect(await a.ask('EXISTS', 'held')).toBe(0);
    await hand.resumeWrites();
    expect(await writes).toBe('OK');
    client.close();
    hand.close();
  },
);
