/** Pairs that are used again and again: a table of cuts needs hundreds, and each has to begin from the same state. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, TempDir } from '../../lib/loopback.ts';
import { waitFor } from '../../lib/wait.ts';
import { TestNode } from './node.ts';
import { earlyInASecond, link, type TestPair } from './pair.ts';

const ADDRESSES = ['127.0.0.1', '127.0.0.2'] as const;

const DELAY = 'repl-diskless-sync-delay';
/** What a role is made of. */
const NOT_HELD = new Set(['replicaof', 'slaveof']);
/** The longest pause, and some. */
const PAUSE_MS = 12_000;

const configOf = async ({ redis }: TestNode): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(await redis.config('*'));

export class Bench implements TestPair {
  readonly #temporary: TempDir;
  readonly dir: string;
  readonly a: TestNode;
  readonly b: TestNode;
  readonly #config = new Map<TestNode, Readonly<Record<string, string>>>();

  readonly #delaySeconds: number;

  private constructor(temporary: TempDir, a: TestNode, b: TestNode, delaySeconds: number) {
    [this.#temporary, this.dir, this.a, this.b] = [temporary, temporary.path, a, b];
    this.#delaySeconds = delaySeconds;
  }

  /**
   * Both nodes have ports of their own, so that their commands need not take turns, as on two hosts. `delaySeconds` is
   * Redis' own delay before a full sync from a, but for the first.
   */
  static async start(toml: readonly string[], delaySeconds: number): Promise<Bench> {
    const lines = ['repl-diskless-sync yes', `${DELAY} ${delaySeconds}`];
    const temporary = await TempDir.create();
    const node = async (name: string, address: string): Promise<TestNode> => {
      const port = await freePort(ADDRESSES);
      return new TestNode({ name, address, port, dir: join(temporary.path, name), lines, toml });
    };
    const bench = new Bench(temporary, await node('a', ADDRESSES[0]), await node('b', ADDRESSES[1]), delaySeconds);
    await earlyInASecond();
    await Promise.all([bench.a.redis.start(), bench.b.redis.start()]);
    return bench;
  }

  get nodes(): readonly TestNode[] {
    return [this.a, this.b];
  }

  get trace(): string {
    return join(this.dir, 'steps');
  }

  /** a is the master, b follows it, both hold the same few keys; redisha was never here. */
  async reset(): Promise<void> {
    for (const { dir } of this.nodes) {
      for (const name of ['state', 'log']) rmSync(join(dir, name), { recursive: true, force: true });
    }
    rmSync(this.trace, { force: true });
    await Promise.all(this.nodes.map((node) => this.#clear(node)));
    await link(this.a, this.b);
    await this.a.ask('CONFIG', 'SET', DELAY, this.#delaySeconds);
    for (const node of this.nodes) this.#config.set(node, await configOf(node));
  }

  /** What is held back on a server that runs: by a fence, a pause or a FAILOVER; and what is configured otherwise. */
  async held(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const node of this.nodes.filter(({ redis }) => redis.running)) {
      const before = this.#config.get(node);
      const now = await configOf(node);
      for (const [name, value] of Object.entries(now)) {
        if (value !== before?.[name] && !NOT_HELD.has(name)) found.push(`${name} ${value} on ${node.name}`);
      }
      if (await node.redis.writesPaused()) found.push(`writes are paused on ${node.name}`);
      const { failover } = await node.redis.view();
      if (failover !== 'no-failover') found.push(`${failover} on ${node.name}`);
    }
    return found;
  }

  /** Nothing of a command that was cut is left on the servers (a pause ends by itself), and no file is half there. */
  async untilNothingIsLeft(): Promise<void> {
    await waitFor(
      'nothing to be held',
      { deadlineMs: PAUSE_MS, everyMs: 50 },
      () => this.held(),
      (found) => found.length === 0,
    );
    for (const { dir, port, journal } of this.nodes) {
      const names = readdirSync(join(dir, 'state', String(port)), { recursive: true, encoding: 'utf8' });
      const unknown = names.filter((name) => !KNOWN.test(name));
      if (unknown.length > 0) throw new Error(`files that nobody knows: ${unknown.join(' ')}`);
      if (journal.some(({ event }) => typeof event !== 'string')) throw new Error('a journal with a broken line');
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map(({ redis }) => redis.kill()));
    await this.#temporary.remove();
  }

  async #clear(node: TestNode): Promise<void> {
    const { redis } = node;
    redis.thaw();
    if (!redis.running) await redis.start();
    await redis.askAll([
      ['FAILOVER', 'ABORT'],
      ['CLIENT', 'UNPAUSE'],
      ['ACL', 'SETUSER', 'default', '+@all'],
      ['CONFIG', 'SET', 'min-replicas-to-write', 0],
      ['CONFIG', 'SET', 'min-replicas-max-lag', 10],
      ['CONFIG', 'SET', DELAY, 0],
      ['REPLICAOF', 'NO', 'ONE'],
      ['FLUSHALL'],
    ]);
  }
}

/** What redisha keeps. A temporary file of a process that was killed has its number in it. */
const KNOWN =
  /^(pair\.json|last-check\.json|drained\.json|paused\.json|journal\.jsonl|intents|rescue|intents\/[0-9a-z-]+\.json|rescue\/[\dTZ]+-(local|peer)-[0-9a-f]+-[\d-]+\.(resp|rdb)(\.(json|seen))?)$|\.\d+\.(tmp|part)$/;
