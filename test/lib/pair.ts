/**
 * The article's pair, whole: two hosts with a Redis and a keepalived each, a client host, one switch. `a` is the preferred
 * master, `b` the backup; the configurations are the article's files, byte for byte.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Host } from './host.ts';
import { EXECUTABLE, type Implementation } from './implementation.ts';
import { Keepalived } from './keepalived.ts';
import type { Finished } from './process.ts';
import { RedisServer, type RedisView } from './redis.ts';
import { messageOf, waitFor } from './wait.ts';
import { World } from './world.ts';
import { Writer } from './writer.ts';
import type { WriterOptions } from './writer-protocol.ts';

export const ADDRESS = '192.168.72.115';
export const PORT = 6379;
export const DEVICE = 'eno16777736';
export const A = '192.168.72.11';
export const B = '192.168.72.128';
const CLIENT = '192.168.72.50';

const conf = (name: string): string =>
  readFileSync(new URL(`../fixtures/article/${name}.conf`, import.meta.url), 'utf8');

export interface PairOptions {
  readonly implementation: Implementation;
  /** Lines of redis.conf on both nodes. */
  readonly redisLines?: readonly string[];
  /** What the configuration files of keepalived become (the article's files stay as they are without it). */
  readonly editConf?: (text: string) => string;
  /** The files of the two nodes, in place of the article's. */
  readonly files?: Readonly<Record<'a' | 'b', NodeFiles>>;
}

export interface NodeFiles {
  readonly keepalivedConf: string;
  readonly redisLines: readonly string[];
  readonly redishaToml: string;
}

export interface Node {
  readonly host: Host;
  readonly redis: RedisServer;
  readonly keepalived: Keepalived;
}

/** One look at everything that decides whether the pair is in order. */
export interface PairView {
  readonly a: RedisView | string;
  readonly b: RedisView | string;
  readonly addressAt: string;
  readonly vrrp: string;
}

const seen = (look: Promise<RedisView>): Promise<RedisView | string> => look.catch(messageOf);

export class Pair {
  readonly world: World;
  readonly a: Node;
  readonly b: Node;
  readonly client: Host;

  private constructor(world: World, a: Node, b: Node, client: Host) {
    this.world = world;
    this.a = a;
    this.b = b;
    this.client = client;
  }

  /** The hosts are up and everything is installed; nothing runs yet. */
  static async create(options: PairOptions): Promise<Pair> {
    const world = await World.create();
    const { implementation, redisLines = [], editConf = (text) => text, files } = options;
    const node = async (name: 'a' | 'b', address: string, file: string): Promise<Node> => {
      const host = await world.addHost(name, address, DEVICE);
      await implementation.install(host);
      const { keepalivedConf = editConf(conf(file)), redisLines: own = [], redishaToml } = files?.[name] ?? {};
      if (redishaToml !== undefined)
        writeFileSync(host.file('/etc/redisha/redisha.toml'), redishaToml, { mode: 0o600 });
      const redis = new RedisServer(host, { port: PORT, lines: [...redisLines, ...own] });
      return { host, redis, keepalived: new Keepalived(host, keepalivedConf) };
    };
    try {
      const a = await node('a', A, 'master');
      const b = await node('b', B, 'backup');
      return new Pair(world, a, b, await world.addHost('client', CLIENT, DEVICE));
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** Both Redises run (b as a replica of a), both keepaliveds run, the address is at a, and all of it has settled. */
  async start(deadlineMs = 60_000): Promise<void> {
    await this.#startRedis();
    await this.a.keepalived.start();
    await this.b.keepalived.start();
    await this.settled(this.a, deadlineMs);
  }

  /** The same without keepalived: the address is at a for good, and nobody but the test calls anything. */
  async startByHand(): Promise<void> {
    await this.#startRedis();
    await this.a.host.ip([`address add ${ADDRESS}/32 dev ${DEVICE}`]);
    await this.settled(this.a, 20_000, 0);
  }

  async #startRedis(): Promise<void> {
    await this.a.redis.start();
    await this.b.redis.start();
    await this.b.redis.ask('REPLICAOF', A, PORT);
  }

  other(node: Node): Node {
    return node === this.a ? this.b : this.a;
  }

  writer(options: Partial<WriterOptions> = {}): Promise<Writer> {
    return Writer.start(this.client, ADDRESS, { port: PORT, ...options });
  }

  /** The executable's own command line on a node. */
  redisha(node: Node, args: readonly string[], timeoutMs = 30_000): Promise<Finished> {
    return node.host.run([EXECUTABLE, ...args], { timeoutMs });
  }

  async view(): Promise<PairView> {
    const [a, b] = await Promise.all([seen(this.a.redis.view()), seen(this.b.redis.view())]);
    const owners = [this.a, this.b].filter((node) => node.host.owns(ADDRESS));
    return {
      a,
      b,
      addressAt: owners.map((node) => node.host.name).join('+') || 'nowhere',
      vrrp: `a ${this.a.keepalived.vrrpState}, b ${this.b.keepalived.vrrpState}`,
    };
  }

  /** `master` is the only master and has the address, the other follows it with its link up; and so for `holdMs`. */
  async settled(master: Node, deadlineMs = 60_000, holdMs = 2_000): Promise<void> {
    await waitFor(
      `${master.host.name} to be the only master, followed and with the address`,
      { deadlineMs, holdMs, everyMs: 100 },
      () => this.view(),
      (view) => inOrder(view, master),
    );
  }

  /** `node` holds the address and is a master, whatever the other thinks of itself. */
  async takenOver(node: Node, deadlineMs = 30_000): Promise<void> {
    const name = node.host.name as 'a' | 'b';
    await waitFor(
      `${name} to be a master with the address`,
      { deadlineMs },
      () => this.view(),
      (view) => {
        const own = view[name];
        return view.addressAt.includes(name) && typeof own === 'object' && own.role === 'master';
      },
    );
  }

  /** Everything ends: programs, hosts, the switch. */
  async close(): Promise<void> {
    await this.world.close();
  }
}

function inOrder(view: PairView, master: Node): boolean {
  const [winner, loser] = master.host.name === 'a' ? [view.a, view.b] : [view.b, view.a];
  if (typeof winner === 'string' || typeof loser === 'string') return false;
  return (
    view.addressAt === master.host.name &&
    winner.role === 'master' &&
    loser.role === 'slave' &&
    loser.linkUp &&
    loser.masterHost === master.host.address &&
    winner.failover === 'no-failover' &&
    loser.failover === 'no-failover'
  );
}
