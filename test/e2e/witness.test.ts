/** A third vote on real keepalived: whatever fails, no two nodes acknowledge writes at once. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generated } from '../lib/generated.ts';
import { electable, oneAfterTheOther } from '../lib/kept.ts';
import type { Node, Pair } from '../lib/pair.ts';
import { ADDRESS, DEVICE, PORT } from '../lib/pair.ts';
import { RedisServer } from '../lib/redis.ts';
import { residentsOf } from '../lib/residents.ts';
import { clockReaches, nowMs, waitFor } from '../lib/wait.ts';
import type { Gap } from '../lib/writer-protocol.ts';
import { Writer } from '../lib/writer.ts';
import { SLACK_MS, hostsPossible, onPair } from './on-a-pair.ts';

const WITNESS = '192.168.72.60';
const WITH_WITNESS = ['--witness', `${WITNESS}:${PORT}`];

/** Five seconds without a write are promised where the host of the master is gone. */
const GONE_MS = 5_000 + SLACK_MS;
const CUT_MS = 12_000;
const RATE = { writesPerS: 500, retryMs: 5 };

/** The stretches in which each write was acknowledged soon after the one before. */
const stretches = (gaps: readonly Gap[], fromMs: number, toMs: number): readonly Gap[] => {
  const ends = [fromMs, ...gaps.flatMap((gap) => [gap.fromMs, gap.toMs]), toMs];
  return ends.flatMap((end, at) => (at % 2 === 0 ? [{ fromMs: end, toMs: ends[at + 1] ?? end }] : []));
};

const overlapMs = (one: readonly Gap[], other: readonly Gap[]): number =>
  Math.max(0, ...one.flatMap((a) => other.map((b) => Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs))));

/** A client on the host itself, which a broken network does not keep from its Redis. */
const beside = ({ host }: Node): Promise<Writer> =>
  Writer.start(host, host.address, { ...RATE, port: PORT, keyPrefix: `${host.name}${nowMs()}:` });

/** How long both nodes acknowledged writes at once while `act` was played; clients are on both hosts. */
const bothMs = async (pair: Pair, act: () => Promise<unknown>): Promise<number> => {
  const fromMs = nowMs();
  const writers = await Promise.all([beside(pair.a), beside(pair.b)]);
  await act();
  const toMs = nowMs();
  const [a = [], b = []] = writers.map((writer) => stretches(writer.gaps(fromMs), fromMs, toMs));
  await Promise.all(writers.map((writer) => writer.end()));
  return overlapMs(a.slice(1), b.slice(1));
};

const startWitness = async ({ world }: Pair): Promise<RedisServer> => {
  const host = await world.addHost('witness', WITNESS, DEVICE);
  const witness = new RedisServer(host, { port: PORT, lines: ['save ""'] });
  await witness.start();
  return witness;
};

/** Both may be elected, and nobody holds a lease any more: a node that dies with one is waited for until it has ended. */
const calm = async (pair: Pair, witness: RedisServer | undefined): Promise<void> => {
  await electable(pair);
  await waitFor(
    'no lease',
    { deadlineMs: 30_000 },
    () => witness?.ask('EXISTS', `redisha:licence:${ADDRESS}:${PORT}`),
    (said) => said === 0,
  );
};

const writesAt = async (pair: Pair, node: Node): Promise<void> => {
  await waitFor(
    `writes at ${node.host.name}`,
    { deadlineMs: 30_000, everyMs: 20 },
    () => node.redis.ask('SET', 'probe', 1),
    (said) => said === 'OK',
  );
  await pair.settled(node);
};

const logOf = ({ host }: Node): string => readFileSync(host.file('/var/log/redisha/redisha.log'), 'utf8');

/** Where the licence of a node stood, one after the other. */
const positionsOf = (node: Node): readonly string[] =>
  [...logOf(node).matchAll(/ licence .*?position=(\S+)/g)].map(([, position = '']) => position);

describe.runIf(hostsPossible)('a witness', () => {
  test('fast: promoted, killed, cut off, gone: one node takes writes, and nobody hears NOREPLICAS from a move', async () => {
    const held: { witness?: RedisServer } = {};
    const start = async (pair: Pair): Promise<void> => {
      held.witness = await startWitness(pair);
      await oneAfterTheOther(pair);
    };
    const files = await generated('fast', undefined, WITH_WITNESS);
    await onPair(
      async ({ pair }) => {
        const { a, b } = pair;
        await writesAt(pair, a);

        await held.witness?.kill();
        const still = await pair.writer(RATE);
        await still.ackedMore(2_000, 30_000);
        expect((await still.end()).errors, 'the witness is away').toEqual({});
        await held.witness?.start();

        for (const node of [b, a]) {
          const writer = await pair.writer(RATE);
          await writer.ackedMore(200, 15_000);
          const done = await pair.redisha(node, ['promote', '127.0.0.1', pair.other(node).host.address, String(PORT)]);
          expect(done.code, done.stderr).toBe(0);
          await pair.settled(node);
          await writer.ackedMore(200, 15_000);
          expect((await writer.end()).errors, `promoted on ${node.host.name}`).not.toHaveProperty('NOREPLICAS');
          await calm(pair, held.witness);
        }

        const overlapped = await bothMs(pair, async () => {
          const fromMs = nowMs();
          await a.host.unplug();
          await clockReaches(fromMs + CUT_MS);
          await a.host.plug();
          await waitFor(
            'one of the two to be whole',
            { deadlineMs: 60_000 },
            () => pair.view(),
            ({ addressAt }) => addressAt === 'a' || addressAt === 'b',
          );
        });
        expect(overlapped, 'ms in which both took writes').toBe(0);
        await pair.settled(b);
        await calm(pair, held.witness);

        const client = await pair.writer(RATE);
        await client.ackedMore(200, 15_000);
        const killedMs = nowMs();
        await b.redis.kill();
        await pair.takenOver(a);
        await client.ackedMore(200, 15_000);
        expect(client.longestGapMs(killedMs), 'Redis killed').toBeLessThanOrEqual(500 + SLACK_MS);
        await b.redis.start();
        await pair.settled(a);
        await calm(pair, held.witness);

        const steady = await pair.writer(RATE);
        await steady.ackedMore(200, 15_000);
        const drained = await pair.redisha(b, ['drain', '127.0.0.1', a.host.address, String(PORT)]);
        expect([drained.code, drained.stdout], drained.stderr).toEqual([0, expect.not.stringContaining('licence')]);
        await b.redis.kill();
        await steady.ackedMore(500, 15_000);
        expect((await steady.end()).errors, 'a drained replica stopped').toEqual({});
        await b.redis.start();
        await pair.redisha(b, ['resume', '127.0.0.1', a.host.address, String(PORT)]);
        await pair.settled(a);
        await calm(pair, held.witness);

        const goneMs = nowMs();
        await a.host.kill();
        await pair.takenOver(b);
        await client.ackedMore(200, 30_000);
        expect(client.longestGapMs(goneMs), 'host gone').toBeLessThanOrEqual(GONE_MS);
        expect(b.host.owns(ADDRESS)).toBe(true);
        const { stdout } = await pair.redisha(b, ['status', '--json']);
        expect(JSON.parse(stdout)).toMatchObject({ told: { resident: { licence: { position: 'licensed' } } } });

        const { atWork } = await residentsOf(b.host, () => logOf(b), 20_000);
        const before = positionsOf(b).length;
        await b.host.run(['kill', '-KILL', String(atWork)]);
        await waitFor(
          'the licence of the next resident',
          { deadlineMs: 30_000 },
          () => positionsOf(b).slice(before),
          (positions) => positions.includes('licensed'),
        );
        expect(positionsOf(b).slice(before), 'where the next one stands').not.toContain('waiting');
        await client.ackedMore(200, 30_000);
        await client.end();
      },
      { files, start },
    );
  });
});
