/** What a history does, done to two real servers on the loopback, with a wire between them that can be cut. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { viewOfInfo } from '../../src/redis/info.ts';
import { LoopbackMachine, TempDir } from '../lib/loopback.ts';
import { RedisServer } from '../lib/redis.ts';
import { Connection, infoMap, type Reply, ReplyError } from '../lib/resp.ts';
import { clockReaches, nowMs, waitFor } from '../lib/wait.ts';
import type { Disk, Index } from '../sim/story.ts';
import { INDICES, NAMES, openNetwork, other } from '../sim/words.ts';
import type { Operation } from './history.ts';
import type { Look } from './seen.ts';
import { Wire } from './wire.ts';

const PORT = 6379;
/** Where the other server reaches it: through the wire. */
const WIRE_PORT = 6380;
const FOR_EVER_S = 3600;
const FLOOD_BYTES = 2_000_000;
/** A write that is not answered by then is held back. */
const HELD_MS = 800;

const LINES = [
  'save ""',
  'shutdown-timeout 0',
  'repl-diskless-sync-delay 0',
  'repl-backlog-size 1mb',
  `replica-announce-port ${String(WIRE_PORT)}`,
  `repl-ping-replica-period ${String(FOR_EVER_S)}`,
  `repl-timeout ${String(FOR_EVER_S)}`,
];

const said = (reply: Reply): string =>
  reply instanceof ReplyError ? reply.message : String(reply).replace(/^OK .*/, 'OK');
const firstWord = (reply: Reply): string => (reply instanceof ReplyError ? reply.kind : said(reply));

let addresses = 0;

/** Of nobody else: a port of the kernel's choice could be taken while its server is down. */
const ownAddress = (): string => {
  addresses++;
  const [high, low] = [64 + ((process.pid >> 8) & 0x7f), process.pid & 0xff];
  return `127.${String(high)}.${String(low)}.${String(addresses)}`;
};

interface Node {
  readonly redis: RedisServer;
  readonly dir: string;
  readonly address: string;
  readonly wire: Wire;
  frozen: boolean;
}

export class RealPair {
  readonly #dir: TempDir;
  readonly #network = openNetwork();
  readonly #lines: readonly string[];
  readonly #nodes: Node[] = [];
  readonly #late: string[] = [];
  readonly #held = new Set<Connection>();

  private constructor(dir: TempDir, appendOnly: boolean) {
    this.#dir = dir;
    this.#lines = [...LINES, ...(appendOnly ? ['appendonly yes'] : [])];
  }

  /** Neither server runs yet. */
  static async open({ appendOnly }: { readonly appendOnly: boolean }): Promise<RealPair> {
    const pair = new RealPair(await TempDir.create(), appendOnly);
    for (const index of INDICES) {
      const dir = join(pair.#dir.path, NAMES[index]);
      const address = ownAddress();
      const redis = new RedisServer(new LoopbackMachine(NAMES[index]), { port: PORT, place: dir });
      const ends = { at: { host: address, port: WIRE_PORT }, server: { host: address, port: PORT } };
      const wire = await Wire.open(pair.#network, { from: other(index), to: index }, ends);
      pair.#nodes.push({ redis, dir, address, wire, frozen: false });
    }
    return pair;
  }

  async close(): Promise<void> {
    for (const connection of this.#held) connection.close();
    for (const { redis, wire } of this.#nodes) {
      await redis.kill();
      wire.close();
    }
    await this.#dir.remove();
  }

  readonly indexOf = ({ host }: { readonly host: string }): Index => (host === this.#node(0).address ? 0 : 1);

  async looks(): Promise<readonly [Look, Look]> {
    return [await this.#look(this.#node(0)), await this.#look(this.#node(1))];
  }

  /** What held writes were answered since the last time. */
  late(): readonly string[] {
    return this.#late.splice(0);
  }

  async do(operation: Operation, nth: number): Promise<string> {
    switch (operation.do) {
      case 'cut':
      case 'mend':
        for (const from of INDICES)
          this.#network.redisCut[from][other(from)] =
            operation.do === 'cut' && (operation.from === 'both' || operation.from === from);
        for (const { wire } of this.#nodes) wire.changed();
        return 'OK';
      case 'ping':
        return this.#meanwhile('repl-ping-replica-period', 1, 2200);
      case 'give up':
        return this.#meanwhile('repl-timeout', 2, 6000);
      case 'start':
        return this.#start(operation.at, operation.whom);
      case 'stop':
        return this.#stop(this.#node(operation.at), operation.disk);
      case 'freeze':
      case 'thaw':
        this.#node(operation.at).frozen = operation.do === 'freeze';
        this.#node(operation.at).redis[operation.do]();
        return 'OK';
      case 'write':
      case 'flood':
      case 'expire':
        return this.#write(this.#node(operation.at), operation.do, `w:${String(nth)}`);
      default:
        return said(await this.#node(operation.at).redis.ask(...this.#command(operation)));
    }
  }

  #node(index: Index): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error('the pair is not open yet');
    return node;
  }

  #command(operation: Operation): readonly (string | number)[] {
    const where = (index: Index): readonly [string, number] => [this.#node(index).address, WIRE_PORT];
    switch (operation.do) {
      case 'lead':
        return ['REPLICAOF', 'NO', 'ONE'];
      case 'follow':
        return ['REPLICAOF', ...where(operation.whom)];
      case 'pause':
        return ['CLIENT', 'PAUSE', FOR_EVER_S * 1000, 'WRITE'];
      case 'unpause':
        return ['CLIENT', 'UNPAUSE'];
      case 'fence':
      case 'unfence':
        return ['CONFIG', 'SET', 'min-replicas-to-write', operation.do === 'fence' ? 1000 : 0];
      case 'failover':
        return ['FAILOVER', 'TO', ...where(other(operation.at)), 'TIMEOUT', operation.timeoutMs];
      case 'abort':
        return ['FAILOVER', 'ABORT'];
      case 'save':
        return ['SAVE'];
      default:
        throw new Error(`no command: ${operation.do}`);
    }
  }

  async #look({ redis, frozen }: Node): Promise<Look> {
    const silence = !redis.running ? 'refused' : frozen ? 'frozen' : undefined;
    if (silence !== undefined)
      return { view: { kind: silence, why: silence }, writes: [], fullSyncs: 0, partialSyncs: 0 };
    const [info, keys, fence] = await redis.askAll([
      ['INFO', 'everything'],
      ['KEYS', 'w:*'],
      ['CONFIG', 'GET', 'min-replicas-to-write'],
    ]);
    if (typeof info !== 'string' || !Array.isArray(keys) || !Array.isArray(fence))
      throw new Error(`${redis.host.name} answers ${String(info)}, ${String(keys)}, ${String(fence)}`);
    const fields = infoMap(info);
    return {
      view: {
        ...viewOfInfo(fields),
        fence: String(fence[1]) === '0' ? undefined : { minReplicasToWrite: 0, minReplicasMaxLag: 10 },
      },
      writes: (keys as readonly string[]).map((key) => Number(key.slice('w:'.length))),
      fullSyncs: Number(fields.get('sync_full')),
      partialSyncs: Number(fields.get('sync_partial_ok')),
    };
  }

  async #write({ redis, dir }: Node, kind: 'write' | 'flood' | 'expire', key: string): Promise<string> {
    if (!redis.running) return 'REFUSED';
    const value = kind === 'flood' ? 'x'.repeat(FLOOD_BYTES) : 'x';
    const connection = new Connection({ path: join(dir, 'redis.sock') }, FOR_EVER_S * 1000);
    this.#held.add(connection);
    let isLate = false;
    const answered = connection
      .send('SET', key, value, ...(kind === 'expire' ? ['PX', 1] : []))
      .then(firstWord, () => 'lost')
      .then((word) => {
        if (isLate) this.#late.push(word);
        connection.close();
        this.#held.delete(connection);
        return word;
      });
    const word = await Promise.race([answered, clockReaches(nowMs() + HELD_MS)]);
    isLate = word === undefined;
    if (word === 'OK' && kind === 'expire')
      await waitFor(
        `${key} to expire`,
        { deadlineMs: 20_000, everyMs: 5 },
        () => redis.ask('GET', key),
        (reply) => reply === null,
      );
    return word ?? 'held';
  }

  async #start(at: Index, whom: Index | undefined): Promise<string> {
    const { redis, address } = this.#node(at);
    const master = whom === undefined ? [] : [`replicaof ${this.#node(whom).address} ${String(WIRE_PORT)}`];
    await redis.start([...this.#lines, `bind ${address}`, `replica-announce-ip ${address}`, ...master]);
    return 'OK';
  }

  async #stop(node: Node, disk: Disk): Promise<string> {
    const { redis, dir } = node;
    const saves = disk === 'whole' && !this.#lines.includes('appendonly yes');
    if (saves) await redis.ask('SHUTDOWN', 'SAVE').catch(() => undefined);
    else await redis.kill();
    await waitFor(
      'the end of the server',
      { deadlineMs: 20_000, everyMs: 5 },
      () => redis.running,
      (runs) => !runs,
    );
    node.frozen = false;
    if (disk === 'empty')
      for (const name of ['dump.rdb', 'appendonlydir']) rmSync(join(dir, name), { recursive: true, force: true });
    return 'OK';
  }

  /** A parameter is so for a while on every server: what happens by the clock happens now, and at no other time. */
  async #meanwhile(name: string, value: number, forMs: number): Promise<string> {
    const awake = this.#nodes.filter(({ redis, frozen }) => redis.running && !frozen);
    for (const { redis } of awake) await redis.ask('CONFIG', 'SET', name, value);
    await clockReaches(nowMs() + forMs);
    for (const { redis } of awake) await redis.ask('CONFIG', 'SET', name, FOR_EVER_S);
    return 'OK';
  }
}
