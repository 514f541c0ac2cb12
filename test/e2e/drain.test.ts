/** A host is drained under the writes of real clients, restarted, and comes back: on the files of `config`, from either node. */
import { expect, test } from 'vitest';
import { Clients } from '../lib/clients/clients.ts';
import { generated } from '../lib/generated.ts';
import { electable, oneAfterTheOther } from '../lib/kept.ts';
import { ADDRESS, type Node, type Pair, PORT } from '../lib/pair.ts';
import { nowMs, waitFor } from '../lib/wait.ts';
import { missingFrom } from '../lib/writer.ts';
import { hostsPossible, onPair } from './on-a-pair.ts';

const PATIENCE_MS = 30_000;
const SETTLE_MS = 60_000;
/**
 * A client waits for the address: its connection is closed (a kernel that has something unread says so by a reset), new ones are
 * refused, or nobody answers at all. None of it is an answer to a command.
 */
const WAITING = new Set(['ECONNRESET', 'ECONNREFUSED', 'EHOSTUNREACH', 'connect-timeout', 'unanswered']);

const told = async (pair: Pair, node: Node, args: readonly string[], code = 0): Promise<string> => {
  const done = await pair.redisha(node, args);
  expect(done.code, `${args.join(' ')}: ${done.stdout}${done.stderr}`).toBe(code);
  return done.stdout;
};

const check = ['check', '127.0.0.1', String(PORT)];

/** `from` has the address, gives it away under 1,000 increments and 1,000 new keys a second, and is drained. */
const drainedUnderWrites = async (pair: Pair, from: Node): Promise<void> => {
  const to = pair.other(from);
  const clients = await Clients.start(pair.client, [pair.a, pair.b], from, {
    libraries: ['ioredis'],
    clients: 5,
    writesPerS: 200,
    prefix: `drain-${from.host.name}`,
    host: ADDRESS,
    port: PORT,
  });
  try {
    const writer = await pair.writer({ keyPrefix: `${from.host.name}:`, requestTimeoutMs: PATIENCE_MS });
    await writer.ackedMore(500, PATIENCE_MS);
    const startedMs = nowMs();
    const said = await told(pair, from, ['drain', '--reason', 'new kernel']);
    const move = { startedMs, addressMs: nowMs(), to: to.host.name };
    expect(said).toMatch(
      /^redisha drain: drained; role and address 192\.168\.72\.115 are at the peer, .*\nIt is safe to stop/,
    );
    expect([from.host.owns(ADDRESS), to.host.owns(ADDRESS)]).toEqual([false, true]);
    await clients.mended(move, PATIENCE_MS);
    await writer.ackedMore(500, PATIENCE_MS);
    const written = await writer.end();
    const [seen] = await clients.end(move, to);
    const about = JSON.stringify(seen);
    expect(seen, about).toMatchObject({ lost: 0, twice: 0 });
    expect(seen?.errors, about).toMatchObject({ readonly: 0, execabort: 0, other: 0 });
    expect(seen?.closedMost, about).toBeLessThanOrEqual(1);
    expect(seen?.acked, about).toBeGreaterThan(500);
    expect(Object.keys(written.errors).filter((kind) => !WAITING.has(kind))).toEqual([]);
    expect(await missingFrom(to.redis, written)).toEqual([]);
  } finally {
    await clients.close();
  }
};

/** As after a reboot: the node follows, and does not compete for the address. */
const stillDrained = async (pair: Pair, node: Node): Promise<void> => {
  await node.keepalived.stop();
  await node.redis.kill();
  await node.redis.start();
  await node.keepalived.start();
  await pair.settled(pair.other(node), SETTLE_MS);
  expect(await told(pair, node, check, 1)).toMatch(/^unfit: drained by .*: new kernel; seen: .*\(rule 4\)$/m);
  await waitFor(
    'a drained node that keepalived elects for nothing',
    { deadlineMs: PATIENCE_MS, holdMs: 1_000 },
    () => node.keepalived.vrrpState,
    (state) => state !== 'MASTER' && state !== 'BACKUP',
  );
  expect(await told(pair, node, ['status'], 1)).toMatch(/^not in order: this node is drained by /m);
};

/** The node may be elected, and the address stays where it is. */
const resumed = async (pair: Pair, node: Node): Promise<void> => {
  expect(await told(pair, node, ['resume'])).toMatch(/ended: drained by [^]*\(nopreempt\)/);
  await electable(pair);
  await pair.settled(pair.other(node), SETTLE_MS);
};

/** The other node fails meanwhile: nobody has the address until a person says so. */
const resumedAlone = async (pair: Pair, node: Node): Promise<void> => {
  const other = pair.other(node);
  await other.redis.kill();
  await waitFor(
    'the address nowhere',
    { deadlineMs: PATIENCE_MS, holdMs: 2_000 },
    async () => (await pair.view()).addressAt,
    (at) => at === 'nowhere',
  );
  await told(pair, node, ['resume']);
  await pair.takenOver(node, PATIENCE_MS);
  await other.redis.start();
  await pair.settled(node, SETTLE_MS);
};

test.runIf(hostsPossible)('drain of either node: no error, nothing lost or twice; unfit until resume', async () => {
  await onPair(
    async ({ pair }) => {
      const { a, b } = pair;
      await drainedUnderWrites(pair, a);
      await stillDrained(pair, a);
      await resumed(pair, a);
      await drainedUnderWrites(pair, b);
      await stillDrained(pair, b);
      expect((await pair.view()).addressAt).toBe('a');
      await resumedAlone(pair, b);
    },
    { files: await generated('fast'), start: oneAfterTheOther },
  );
});
