/**
 * A pair that Sentinel decides for: three Sentinels on three hosts, and clients that ask them for the master.
 *
 * Source: valkey.io/topics/sentinel and redis.io, "Sentinel": at least three, a quorum of 2, parallel-syncs 1; the failover time-out is
 * that of their tutorial. Theirs for a master that does not answer is 5 s, here it is 1.5 s. They advise min-replicas-to-write
 * where there are two replicas, and not where there is one (their example 3).
 */
import { writeFileSync } from 'node:fs';
import type { Host } from '../test/lib/host.ts';
import { A, B, DEVICE, PORT } from '../test/lib/pair.ts';
import type { Running } from '../test/lib/process.ts';
import { RedisServer } from '../test/lib/redis.ts';
import { Connection, ReplyError } from '../test/lib/resp.ts';
import { MASTER_NAME, SENTINEL_PORT } from '../test/lib/sentinel-client.ts';
import type { Server } from '../test/lib/server.ts';
import type { Member } from '../test/lib/story.ts';
import { waitFor, within } from '../test/lib/wait.ts';
import { World } from '../test/lib/world.ts';
import { Writer } from '../test/lib/writer.ts';
import type { WriterOptions } from '../test/lib/writer-protocol.ts';
import { type Rig, TAKEOVER_MS } from './rig.ts';

const CLIENT = '192.168.72.50';
/**
 * As little as does no harm. A Sentinel that switches to a new master sends its first PING a second later, and with 1,000 here takes
 * that master for down at the same moment: it then moved the role back, and writes were lost. Source: seen on 9.1.2.
 */
const DOWN_AFTER_MS = 1_500;
const QUORUM = 2;
const ANSWER_MS = 1_000;

const CONF = '/etc/redis/sentinel.conf';
const SOCKET = '/run/sentinel.sock';

const confOf = (master: string): string =>
  [
    `port ${SENTINEL_PORT}`,
    `unixsocket ${SOCKET}`,
    'dir /var/lib/redis',
    `sentinel monitor ${MASTER_NAME} ${master} ${PORT} ${QUORUM}`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER_NAME} 60000`,
    `sentinel parallel-syncs ${MASTER_NAME} 1`,
    '',
  ].join('\n');

class Sentinel {
  readonly host: Host;
  readonly #server: Server;
  #process: Running | undefined;

  constructor(host: Host, server: Server) {
    this.host = host;
    this.#server = server;
  }

  get running(): boolean {
    return this.#process !== undefined && !this.#process.over;
  }

  /** Sentinel keeps what it learns in its own file, so that the file is written once. */
  configure(master: string): void {
    writeFileSync(this.host.file(CONF), confOf(master), { mode: 0o640 });
  }

  async start(): Promise<void> {
    this.#process = await this.host.spawn([this.#server.program, CONF, '--sentinel']);
    await waitFor(
      `Sentinel on ${this.host.name}`,
      { deadlineMs: 10_000 },
      () => {
        if (!this.running) throw new Error(`Sentinel ended:\n${this.#process?.text ?? ''}`);
        return this.#process?.text ?? '';
      },
      (text) => text.includes('+monitor'),
    );
  }

  async stop(): Promise<void> {
    await this.#process?.stop('SIGTERM');
  }

  /** The answer to `SENTINEL …`; the first word of a list. */
  async say(...words: readonly string[]): Promise<string> {
    const connection = new Connection({ path: this.host.file(SOCKET) }, ANSWER_MS);
    try {
      const asked = connection.send('SENTINEL', ...words);
      const reply = await within(`Sentinel on ${this.host.name}`, ANSWER_MS, asked);
      return Array.isArray(reply) ? String(reply[0]) : reply instanceof ReplyError ? reply.message : String(reply);
    } finally {
      connection.close();
    }
  }
}

export interface SentinelOptions {
  readonly server: Server;
  /** The role moves in step with its master. Source: `SENTINEL HELP` of Valkey 9.1.2: FAILOVER <primary-name> [COORDINATED]. */
  readonly isCoordinated: boolean;
}

export class SentinelRig implements Rig {
  readonly #isCoordinated: boolean;
  readonly #world: World;
  readonly #client: Host;
  readonly #sentinels: readonly [Sentinel, Sentinel, Sentinel];
  readonly a: Member;
  readonly b: Member;
  readonly preferred = undefined;

  private constructor(world: World, [a, b, client]: readonly [Host, Host, Host], options: SentinelOptions) {
    const { server, isCoordinated } = options;
    this.#world = world;
    this.#client = client;
    this.#isCoordinated = isCoordinated;
    this.#sentinels = [new Sentinel(a, server), new Sentinel(b, server), new Sentinel(client, server)];
    this.a = { host: a, redis: new RedisServer(a, { port: PORT, server }) };
    this.b = { host: b, redis: new RedisServer(b, { port: PORT, server }) };
  }

  static async create(options: SentinelOptions): Promise<SentinelRig> {
    const world = await World.create();
    try {
      const a = await world.addHost('a', A, DEVICE);
      const b = await world.addHost('b', B, DEVICE);
      const client = await world.addHost('client', CLIENT, DEVICE);
      return new SentinelRig(world, [a, b, client], options);
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  async start(): Promise<void> {
    await this.a.redis.start();
    await this.b.redis.start();
    await this.b.redis.ask('REPLICAOF', A, PORT);
    for (const sentinel of this.#sentinels) sentinel.configure(A);
    await Promise.all(this.#sentinels.map((sentinel) => sentinel.start()));
    await this.settled(this.a, 60_000, 2_000);
    await this.electable();
  }

  writer(options: Partial<WriterOptions>): Promise<Writer> {
    const sentinels = this.#sentinels.map(({ host }) => host.address);
    return Writer.start(this.#client, A, { port: PORT, ...options, sentinels });
  }

  /** It asks the Sentinel beside it, which is all that it reaches of them when the network is broken. */
  beside(node: Member, options: Partial<WriterOptions>): Promise<Writer> {
    return Writer.start(node.host, A, { port: PORT, ...options, sentinels: [node.host.address] });
  }

  async settled(master: Member, deadlineMs: number, holdMs = 0): Promise<void> {
    const slave = master === this.a ? this.b : this.a;
    await waitFor(
      `${master.host.name} to be the only master, followed and named by every Sentinel`,
      { deadlineMs, holdMs, everyMs: 100 },
      async () => ({
        leader: await master.redis.view(),
        follower: await slave.redis.view(),
        named: await this.#named(),
      }),
      ({ leader, follower, named }) =>
        leader.role === 'master' &&
        follower.role === 'slave' &&
        follower.linkUp &&
        follower.masterHost === master.host.address &&
        named.every((address) => address === master.host.address),
    );
  }

  async takenOver(node: Member, deadlineMs: number): Promise<void> {
    await waitFor(
      `${node.host.name} to be the master that the Sentinels name`,
      { deadlineMs },
      async () => ({ own: await node.redis.view(), named: await this.#named() }),
      ({ own, named }) => own.role === 'master' && named.includes(node.host.address),
    );
  }

  /** Each Sentinel knows the others that run, and could have a failover authorised. */
  async electable(): Promise<void> {
    const running = this.#running;
    await waitFor(
      'Sentinels that know each other',
      { deadlineMs: 30_000, everyMs: 200 },
      () => Promise.all(running.map((sentinel) => sentinel.say('CKQUORUM', MASTER_NAME))),
      (replies) => replies.every((reply) => reply.startsWith(`OK ${running.length} usable`)),
    );
  }

  async stopKeeper(node: Member): Promise<void> {
    await this.#beside(node).stop();
  }

  async startKeeper(node: Member): Promise<void> {
    await this.#beside(node).start();
  }

  /** `SENTINEL FAILOVER` moves the role to the only replica. */
  async promote(): Promise<void> {
    const [, , witness] = this.#sentinels;
    const words = ['FAILOVER', MASTER_NAME, ...(this.#isCoordinated ? ['COORDINATED'] : [])];
    await waitFor(
      'SENTINEL FAILOVER',
      { deadlineMs: TAKEOVER_MS, everyMs: 100 },
      () => witness.say(...words),
      (reply) => reply === 'OK',
    );
  }

  async close(): Promise<void> {
    await this.#world.close();
  }

  #beside(node: Member): Sentinel {
    return node === this.a ? this.#sentinels[0] : this.#sentinels[1];
  }

  get #running(): readonly Sentinel[] {
    return this.#sentinels.filter(({ running, host }) => running && host.up);
  }

  /** The masters that the running Sentinels name. */
  #named(): Promise<readonly string[]> {
    return Promise.all(this.#running.map((sentinel) => sentinel.say('GET-MASTER-ADDR-BY-NAME', MASTER_NAME)));
  }
}
