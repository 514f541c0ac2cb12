/** A pair that Sentinel decides for: three Sentinels on three hosts, and clients that ask them for the master. */
import { writeFileSync } from 'node:fs';
import type { Host } from '../test/lib/host.ts';
import { A, B, DEVICE, PORT } from '../test/lib/pair.ts';
import type { Running } from '../test/lib/process.ts';
import { RedisServer } from '../test/lib/redis.ts';
import { Connection, ReplyError } from '../test/lib/resp.ts';
import { MASTER_NAME, SENTINEL_PORT } from '../test/lib/sentinel-client.ts';
import type { Member } from '../test/lib/story.ts';
import { waitFor, within } from '../test/lib/wait.ts';
import { World } from '../test/lib/world.ts';
import { Writer } from '../test/lib/writer.ts';
import type { WriterOptions } from '../test/lib/writer-protocol.ts';
import { type Rig, TAKEOVER_MS } from './rig.ts';

const CLIENT = '192.168.72.50';
const DOWN_AFTER_MS = 1_000;
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
    '',
  ].join('\n');

class Sentinel {
  readonly host: Host;
  #process: Running | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  get running(): boolean {
    return this.#process !== undefined && !this.#process.over;
  }

  /** Sentinel keeps what it learns in its own file, so that the file is written once. */
  configure(master: string): void {
    writeFileSync(this.host.file(CONF), confOf(master), { mode: 0o640 });
  }

  async start(): Promise<void> {
    this.#process = await this.host.spawn(['redis-server', CONF, '--sentinel']);
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

export class SentinelRig implements Rig {
  readonly #world: World;
  readonly #client: Host;
  readonly #sentinels: readonly [Sentinel, Sentinel, Sentinel];
  readonly a: Member;
  readonly b: Member;
  readonly preferred = undefined;

  private constructor(world: World, a: Host, b: Host, client: Host) {
    this.#world = world;
    this.#client = client;
    this.#sentinels = [new Sentinel(a), new Sentinel(b), new Sentinel(client)];
    this.a = { host: a, redis: new RedisServer(a, { port: PORT }) };
    this.b = { host: b, redis: new RedisServer(b, { port: PORT }) };
  }

  static async create(): Promise<SentinelRig> {
    const world = await World.create();
    try {
      const a = await world.addHost('a', A, DEVICE);
      const b = await world.addHost('b', B, DEVICE);
      return new SentinelRig(world, a, b, await world.addHost('client', CLIENT, DEVICE));
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
    await waitFor(
      'SENTINEL FAILOVER',
      { deadlineMs: TAKEOVER_MS, everyMs: 100 },
      () => witness.say('FAILOVER', MASTER_NAME),
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
