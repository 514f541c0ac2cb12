/**
 * A pair of real Redises with redisha on both sides, on two loopback addresses.
 *
 * Commands on one host take turns by port, and here both nodes are on one host. Where two nodes have to act at once, each
 * gets a port of its own, as a configuration may say it; else they share one, as the articles have it.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { freePort, TempDir } from '../../lib/loopback.ts';
import type { Enter } from '../../lib/program.ts';
import { fetchedServer, whyMissing } from '../../lib/server.ts';
import { skipWhereUnreadable } from '../../lib/unreadable.ts';
import { messageOf, waitFor } from '../../lib/wait.ts';
import { TestNode } from './node.ts';
import { openTap, type Tap } from './tap.ts';

interface PairOptions {
  /** Lines of both redis.conf. */
  readonly lines?: readonly string[] | ((port: number) => readonly string[]);
  readonly linesOfA?: readonly string[];
  readonly linesOfB?: readonly string[];
  /** Lines of both redisha.toml. */
  readonly toml?: readonly string[];
  readonly ownPorts?: boolean;
  readonly tapped?: boolean;
  /** Neither server listens where everybody looks for it: the test puts something in between. */
  readonly proxied?: boolean;
  /** What both servers want to hear. */
  readonly password?: string;
  /** The network where both nodes are, and their addresses in it. */
  readonly network?: { readonly enter: Enter; readonly addresses: readonly [string, string] };
  /** The suites of the servers of a and b, such as `trixie/redis`; see `needing` for what is not there. */
  readonly servers?: readonly [string, string];
  /** b follows a, and both hold some keys. */
  readonly linked?: boolean;
  /**
   * A full copy begins at once, and not after the five seconds that the server waits for more replicas. For a test that is about
   * something else than the way in which a pair comes to rest: that is shown with the server's own delay.
   */
  readonly promptCopies?: boolean;
}

const DELAY = 'repl-diskless-sync-delay';
const ADDRESSES = ['127.0.0.1', '127.0.0.2'] as const;
const TAPPED = '127.0.0.5';
const PROXIED = ['127.0.0.7', '127.0.0.8'] as const;

export interface TestPair {
  readonly a: TestNode;
  readonly b: TestNode;
  readonly dir: string;
}

/** Where a test writes; gone after it. */
export async function temporary(): Promise<string> {
  const dir = await TempDir.create();
  onTestFinished(() => dir.remove());
  return dir.path;
}

/** A pair that runs, and is gone after the test. */
export async function startPair(options: PairOptions = {}): Promise<TestPair> {
  const { linesOfA = [], linesOfB = [], toml = [], ownPorts = false, linked = true, tapped = false } = options;
  const { proxied = false } = options;
  const { password, network, servers, promptCopies = false } = options;
  const [addressOfA, addressOfB] = network?.addresses ?? ADDRESSES;
  const dir = await temporary();
  const port = await freePort([...ADDRESSES, ...PROXIED, TAPPED]);
  const portOfB = ownPorts ? await freePort(ADDRESSES) : port;
  const lines = typeof options.lines === 'function' ? options.lines(port) : (options.lines ?? []);
  const guarded = password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`];
  const prompt = promptCopies ? [`${DELAY} 0`] : [];
  const both = { toml, password, enter: network?.enter };
  const node = (name: 'a' | 'b', address: string, own: { port: number; behind: string; lines: readonly string[] }) => {
    const server = servers === undefined ? undefined : fetchedServer(servers[name === 'a' ? 0 : 1]);
    const all = [...guarded, ...prompt, ...lines, ...own.lines];
    return new TestNode({ name, address, server, ...both, ...own, dir: join(dir, name), lines: all });
  };
  const a = node('a', tapped ? TAPPED : proxied ? PROXIED[0] : addressOfA, {
    port,
    behind: addressOfA,
    lines: linesOfA,
  });
  const b = node('b', proxied ? PROXIED[1] : addressOfB, { port: portOfB, behind: addressOfB, lines: linesOfB });
  await earlyInASecond();
  await Promise.all([begin(a), begin(b)]);
  if (linked) await link(a, b);
  return { a, b, dir };
}

/** For a test that names its servers: where one is not there it is skipped, and `note` in its title says why. */
export const needing = (...servers: readonly string[]): { readonly isMissing: boolean; readonly note: string } => {
  const why = servers.map(whyMissing).find((one) => one !== undefined);
  return { isMissing: why !== undefined, note: why === undefined ? '' : ` (${why})` };
};

/** As `startPair`; whoever speaks to a, the replication link too, does so through the tap. */
export async function startTappedPair(options: PairOptions = {}): Promise<TestPair & { readonly tap: Tap }> {
  const pair = await startPair({ ...options, linked: false, tapped: true });
  const tap = await openTap(pair.a.port, { at: TAPPED, to: ADDRESSES[0] });
  await link(pair.a, pair.b);
  return { ...pair, tap };
}

/**
 * Redis tells its age in whole seconds, and which of two is younger decides between two masters that restarted: two that
 * are started together must not come to be a second apart.
 */
export async function earlyInASecond(): Promise<void> {
  await waitFor(
    'the first part of a second',
    { deadlineMs: 20_000, everyMs: 20 },
    () => Date.now() % 1000,
    (ms) => ms < 400,
  );
}

/** The node's Redis runs, and is killed after the test. */
export async function begin(node: TestNode): Promise<void> {
  onTestFinished(() => node.redis.kill());
  await node.redis.start();
}

/**
 * `replica` follows `master`, and both hold the same ten keys. The server's own delay before a full copy is left out of this
 * first one alone: what a test is about meets it as a pair does.
 */
export async function link(master: TestNode, replica: TestNode): Promise<void> {
  await master.redis.askAll(Array.from({ length: 10 }, (_, at) => ['SET', `seed:${at}`, at]));
  const told = await master.redis.ask('CONFIG', 'GET', DELAY);
  const delay = Array.isArray(told) ? String(told[1]) : undefined;
  if (delay !== undefined) await master.redis.ask('CONFIG', 'SET', DELAY, 0);
  await replica.ask('REPLICAOF', master.address, master.port);
  await replica.follows(master);
  if (delay !== undefined) await master.redis.ask('CONFIG', 'SET', DELAY, delay);
}

/** The two part: each is a master, and each takes its own writes. */
export async function part(
  { a, b }: Pick<TestPair, 'a' | 'b'>,
  writes: { readonly onA?: readonly string[]; readonly onB?: readonly string[] },
): Promise<void> {
  await b.ask('REPLICAOF', 'NO', 'ONE');
  for (const key of writes.onA ?? []) await a.ask('SET', key, 'by a');
  for (const key of writes.onB ?? []) await b.ask('SET', key, 'by b');
}

/** What holds writes back, and nothing that should stay. */
const held = async ({ redis }: TestNode): Promise<Record<string, unknown>> => {
  const config = await redis.config('min-replicas-*');
  return {
    paused: await redis.writesPaused(),
    toWrite: config.get('min-replicas-to-write'),
    maxLag: config.get('min-replicas-max-lag'),
    failover: (await redis.view()).failover,
  };
};
const FREE = { paused: false, toWrite: '0', maxLag: '10', failover: 'no-failover' };

/**
 * Nothing is left behind on either node: `master` leads, the other follows it, writes are taken, both hold the same. A
 * repair that runs by itself lets go of the writes a moment after the replica follows.
 */
export async function expectInOrder(master: TestNode, replica: TestNode): Promise<void> {
  await replica.follows(master).catch((error: unknown) => {
    skipWhereUnreadable(replica.redis);
    throw new Error(`${messageOf(error)}\nlog of a and b:\n${master.log}\n${replica.log}`, { cause: error });
  });
  for (const node of [master, replica]) {
    const isFree = (seen: Record<string, unknown>): boolean => isDeepStrictEqual(seen, FREE);
    await waitFor(`nothing held back on ${node.name}`, { deadlineMs: 10_000 }, () => held(node), isFree);
  }
  expect(await replica.redis.digest()).toBe(await master.redis.digest());
}
