/** What a Redis that is alive may suffer from, made to order. */
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isSince, rightsFor } from '../../lib/server.ts';
import { waitFor } from '../../lib/wait.ts';
import type { TestNode } from './node.ts';

/** An address of this machine where nobody listens. */
export const NOBODY = ['127.0.0.9', 1] as const;

/** The node follows `host`, whoever that is. */
export const follow = (node: TestNode, host: string, port: number): Promise<unknown> =>
  node.ask('REPLICAOF', host, port);

/** The ACL user that redisha and the other node are, has these rights more or less. */
export const rights = (nodes: readonly TestNode[], ...changes: readonly string[]): Promise<unknown> =>
  Promise.all(nodes.map((node) => node.ask('ACL', 'SETUSER', 'default', ...rightsFor(node.redis.server, changes))));

/** The fence of a redisha that is gone. */
export const leaveFence = (node: TestNode): Promise<void> =>
  node.configure({ 'min-replicas-max-lag': 1_000_010, 'min-replicas-to-write': 1_000_000 });

/** How much there is to load, and how long each key takes, so that Redis answers several times a second meanwhile. */
const slowLoadOf = ({ redis }: TestNode): { readonly keys: number; readonly bytes: number; readonly keyMs: number } =>
  isSince(redis.server, [6, 2]) ? { keys: 150, bytes: 200, keyMs: 20 } : { keys: 20, bytes: 2_100_000, keyMs: 150 };

/** Options of a Redis that takes its time for each key of its file, and answers all the while. */
export const loadsSlowly = (node: TestNode): readonly string[] => [
  `key-load-delay ${String(slowLoadOf(node).keyMs * 1000)}`,
  'loading-process-events-interval-bytes 1024',
];

/**
 * The node is back from a restart and loads its data for some seconds. Uncompressed, since Redis answers between two
 * stretches of the file, however few keys it takes to fill them.
 */
export async function restartLoading(node: TestNode): Promise<void> {
  await node.ask('CONFIG', 'SET', 'rdbcompression', 'no');
  const save = async (): Promise<string> => String(await node.redis.ask('SAVE'));
  await waitFor('the dump', { deadlineMs: 20_000 }, save, (reply) => reply === 'OK');
  await node.redis.kill();
  await node.redis.start([...node.lines, ...loadsSlowly(node)]);
  if ((await node.redis.info('persistence')).get('loading') !== '1') throw new Error(`${node.name} does not load`);
}

/** Enough data on the node for `restartLoading` to take about 3 s. */
export async function fill(master: TestNode): Promise<void> {
  const { keys, bytes } = slowLoadOf(master);
  const value = 'x'.repeat(bytes);
  await master.redis.askAll(
    Array.from({ length: keys }, (_, at) => ['SET', `slow:${at}`, value]),
    10_000,
  );
}

/** The node is blocked by a script, until what is returned has been called. */
export async function blockByScript(node: TestNode): Promise<() => Promise<unknown>> {
  // The old name is known to all.
  await node.ask('CONFIG', 'SET', 'lua-time-limit', 20);
  const script = node.connect();
  onTestFinished(() => script.close());
  void script.send('EVAL', 'while true do end', 0).catch(() => undefined);
  const answer = async (): Promise<string> => String(await node.redis.ask('PING'));
  await waitFor('the script', { deadlineMs: 20_000 }, answer, (text) => text.includes('BUSY'));
  return () => node.redis.ask('SCRIPT', 'KILL');
}

/** The node has no connection left, until what is returned has been called. */
export async function takeAllConnections(node: TestNode): Promise<() => Promise<unknown>> {
  const own = node.connect();
  onTestFinished(() => own.close());
  await own.send('CONFIG', 'SET', 'maxclients', 1);
  return () => own.send('CONFIG', 'SET', 'maxclients', 1_000);
}

/** The node comes back as a replica of `master`, and all its data is gone. */
export const restartWithout = async (node: TestNode, master: TestNode): Promise<void> => {
  await node.redis.kill();
  rmSync(join(node.dir, 'redis', 'dump.rdb'));
  await node.redis.start([...node.lines, `replicaof ${master.address} ${String(master.port)}`]);
};

/** As a broken network leaves it: the old master goes on sending keep-alives to a replica that is gone. */
export async function keepAlivesOnly(node: TestNode): Promise<void> {
  await node.ask('CONFIG', 'SET', 'repl-ping-replica-period', 1);
  const gone = connect({ host: node.address, port: node.port });
  gone.on('error', () => undefined);
  gone.write('PSYNC ? -1\r\n');
  gone.resume();
  onTestFinished(() => void gone.destroy());
  const offset = async (): Promise<number> => Number((await node.redis.info('replication')).get('master_repl_offset'));
  const before = await offset();
  await waitFor('keep-alives', { deadlineMs: 20_000 }, offset, (now) => now >= before + 28);
  gone.destroy();
}
