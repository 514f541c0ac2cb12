/** A pair that has parted, and what the tests of rescues look at. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Rescuer, SuffixRange } from '../../src/app/ports.ts';
import { formatEndpoint, type Answering, type Endpoint, isAnswering } from '../../src/core/model.ts';
import { partingOffset } from '../../src/core/relation.ts';
import type { RedishaError } from '../../src/errors.ts';
import type { ConnectionOptions } from '../../src/redis/connection.ts';
import { openNode } from '../../src/redis/node.ts';
import { createRescuer } from '../../src/redis/rescuer.ts';
import { type LoopbackNode, LoopbackPair, type Programs } from '../lib/loopback.ts';
import { childPids, Running } from '../lib/process.ts';
import { type Machine, RedisServer } from '../lib/redis.ts';
import { isSince } from '../lib/server.ts';
import { skipWhereUnreadable, unreadableCopy } from '../lib/unreadable.ts';
import { waitFor } from '../lib/wait.ts';
import { PLAIN } from './lib/plain-connection.ts';

export const REASON = { side: 'local', why: 'diverged' } as const;

export const LINES = ['save ""', 'enable-debug-command yes', 'repl-diskless-sync-delay 0'];

/** A and B, of which B was A's replica until `part`. */
export class Parting {
  readonly pair: LoopbackPair;
  readonly a: LoopbackNode;
  readonly b: LoopbackNode;
  readonly #port: number;
  readonly directory: string;

  private constructor(pair: LoopbackPair, port: number) {
    this.pair = pair;
    this.a = pair.a;
    this.b = pair.b;
    this.#port = port;
    this.directory = join(pair.a.dir, '..', 'rescue');
  }

  /** Two Redises; with `port`, they are reached there (TLS) and not where they listen in the clear. */
  static async start(lines: readonly string[] = [], port?: number, programs: Programs = {}): Promise<Parting> {
    const pair = await LoopbackPair.start([...LINES, ...lines], programs);
    return new Parting(pair, port ?? pair.port);
  }

  endpoint(node: LoopbackNode): Endpoint {
    return { host: node.address, port: this.#port };
  }

  /** B follows A and has all that A has. */
  async join(): Promise<void> {
    await this.b.redis.ask('REPLICAOF', this.a.address, this.pair.port);
    await this.caughtUp();
  }

  caughtUp(): Promise<void> {
    return this.inStep(this.b, this.a);
  }

  /** The replica has what its master has. */
  async inStep(replica: LoopbackNode, master: LoopbackNode): Promise<void> {
    const offsets = async (): Promise<readonly (string | undefined)[]> => {
      const [one, other] = [await master.redis.info('replication'), await replica.redis.info('replication')];
      return [one.get('master_repl_offset'), other.get('slave_repl_offset'), other.get('master_link_status')];
    };
    await waitFor(
      'the replica has what its master has',
      { deadlineMs: 10_000, everyMs: 10 },
      offsets,
      ([one, other, link]) => (one === other && link === 'up') || unreadableCopy(replica.redis) !== undefined,
    );
    skipWhereUnreadable(replica.redis);
  }

  /** B is a master of its own from here on. */
  async part(): Promise<void> {
    await this.caughtUp();
    await this.b.redis.ask('REPLICAOF', 'NO', 'ONE');
  }

  async view(node: LoopbackNode, change: Partial<ConnectionOptions> = {}): Promise<Answering> {
    const server = openNode({ ...PLAIN, ...change, endpoint: this.endpoint(node) });
    const view = await server.look();
    server.close();
    if (!isAnswering(view)) throw new Error(`${formatEndpoint(this.endpoint(node))}: ${view.why}`);
    return view;
  }

  /** What `node` took since the two parted. */
  async range(node: LoopbackNode, onlyDatabase?: number): Promise<SuffixRange> {
    const [mine, theirs] = [await this.view(node), await this.view(this.pair.other(node))];
    const fromOffset = partingOffset(mine, theirs);
    if (fromOffset === undefined) throw new Error('no common history');
    const { replid, offset: toOffset } = mine.history;
    return { endpoint: this.endpoint(node), replid, fromOffset, toOffset, onlyDatabase };
  }

  rescuer(change: Partial<ConnectionOptions> = {}, directory = this.directory): Rescuer {
    return createRescuer({
      connect: (endpoint) => ({ ...PLAIN, ...change, endpoint }),
      directory,
      keep: 10,
      bytesMax: 1e9,
      clock: { wallIso: () => new Date().toISOString() },
      onPruned: () => Promise.resolve(),
      onReplaced: () => Promise.resolve(),
    });
  }

  async syncFull(node: LoopbackNode): Promise<readonly (string | undefined)[]> {
    const info = await node.redis.info('stats');
    return [info.get('sync_full'), info.get('total_forks')];
  }

  async close(): Promise<void> {
    await this.pair.close();
  }
}

/** All commands in one exchange on one connection, in one database. */
export const inDatabase = (node: LoopbackNode, database: number, ...commands: readonly (readonly string[])[]) =>
  node.redis.askAll([['SELECT', database], ...commands]);

/** The node takes no writes from here on: by a pause, or where the server has none by the fence. */
export const holdWrites = async ({ redis }: LoopbackNode): Promise<void> => {
  if (isSince(redis.server, [6, 2])) await redis.ask('CLIENT', 'PAUSE', 60_000, 'WRITE');
  else await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', 1_000_000);
  const write = (): Promise<unknown> => redis.ask('SET', 'redisha-test:refused', '1').catch(() => 'held');
  expect(String(await write())).toMatch(/^held$|NOREPLICAS/);
};

/** A value that no text could carry, under a key that is none either. */
export const BINARY_KEY = '0/0xff000d0a24';
export const setBinary = (node: LoopbackNode, bytes = 300) =>
  node.redis.ask(
    'EVAL',
    `return redis.call('SET', '\\255\\0\\r\\n$', string.rep('\\0\\r\\n\\254*2\\r\\n', ${String(bytes)}))`,
    0,
  );

/** Fingerprints of single values: equal exactly when the values, their types and their ends are. */
export const digests = async (node: LoopbackNode, database: number, keys: readonly string[]): Promise<unknown> =>
  (await inDatabase(node, database, ['DEBUG', 'DIGEST-VALUE', ...keys]))[1];

export const filesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
};

/** The call failed with this code, in these words. */
export const expectFailure = async (
  call: Promise<unknown>,
  code: RedishaError['code'],
  words: RegExp,
): Promise<void> => {
  const failure: unknown = await call.then(
    (value) => ({ done: value }),
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code, message: expect.stringMatching(words) as string });
};

const machine: Machine = {
  name: 'reader',
  file: (path) => path,
  spawn: (argv) => Promise.resolve(new Running(['setpriv', '--pdeathsig', 'KILL', '--', ...argv])),
};

/** The fingerprint of an RDB, by a Redis that has loaded it. */
export const digestOfRdb = async (file: string, place: string): Promise<string> => {
  mkdirSync(place, { recursive: true });
  const lines = [...LINES, `dir ${join(file, '..')}`, `dbfilename ${file.split('/').at(-1) ?? ''}`, 'port 0'];
  const reader = new RedisServer(machine, { place, lines });
  await reader.start();
  try {
    const look = () => reader.info('persistence');
    await waitFor('the RDB is loaded', { deadlineMs: 30_000 }, look, (info) => info.get('loading') === '0');
    return await reader.digest();
  } finally {
    await reader.kill();
  }
};

const isIdle = (info: ReadonlyMap<string, string>): boolean => info.get('rdb_bgsave_in_progress') === '0';

/** Its last save failed, so that it is asked for no file. */
export const failedToSave = async ({ redis }: LoopbackNode): Promise<void> => {
  const saving = () => redis.info('persistence');
  await redis.askAll([
    ['CONFIG', 'SET', 'rdb-key-save-delay', 1000],
    ['CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no'],
  ]);
  // The child that sent the first copy may not be collected yet, and BGSAVE is refused beside it.
  await waitFor('no child of the first copy', { deadlineMs: 20_000, everyMs: 20 }, saving, isIdle);
  expect(await redis.ask('BGSAVE')).toBe('Background saving started');
  for (const pid of childPids(redis.pid)) process.kill(pid, 'SIGKILL');
  await waitFor(
    'a failed save',
    { deadlineMs: 20_000, everyMs: 20 },
    saving,
    (info) => info.get('rdb_last_bgsave_status') === 'err',
  );
  await redis.ask('CONFIG', 'SET', 'rdb-key-save-delay', 0);
};
