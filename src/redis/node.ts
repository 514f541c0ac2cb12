/** A Redis server as the use cases see it, over one {@link Connection} that is opened on demand. */
import type { Closing, WatchedNode } from '../app/ports.ts';
import type { Answering, Endpoint, Fence, NodeView } from '../core/model.ts';
import { mayBeClosed } from '../core/model.ts';
import * as atAddress from './closing.ts';
import type { ConnectionOptions, Reply } from './connection.ts';
import { Connection } from './connection.ts';
import { tellDrained } from './drained.ts';
import { Failure, failureOfReply, operationalError, silenceOf } from './failure.ts';
import { beforeFence, countedBy, fenceDown, fenced, fenceNames, fencePattern, fenceUp, UNREAD } from './fence.ts';
import { countsReplicas, goodReplicas, parseInfo, viewOfInfo, withCommandStats } from './info.ts';
import { isRefused, readParameter, readParameters } from './parameters.ts';
import { pulseOf } from './pulse.ts';
import { isEndOfRole, isReplicasRole, LONGEST_MS, WAIT_FOR_NOTHING } from './role-end.ts';
import { ErrorReply } from './wire/reply-reader.ts';

const text = (reply: Reply | undefined): string => (typeof reply === 'string' ? reply : String(reply));

/** What a server that fails has told. */
const orElse =
  <T>(told: T) =>
  (error: unknown): T => {
    if (error instanceof Failure) return told;
    throw error;
  };

/** How a replica without a link came to follow: what is not asked of one that is linked, as nearly all are. */
const withStory = async (connection: Connection, view: Answering): Promise<Answering> =>
  view.upstream === undefined || view.upstream.linkUp
    ? view
    : withCommandStats(view, parseInfo(text(await connection.call('INFO', 'commandstats'))));

class ConnectedNode implements WatchedNode {
  readonly #options: ConnectionOptions;
  readonly #nameNow: () => string | undefined;
  #ownName: string | undefined;
  #connection: Connection | undefined;
  #listening: Connection | undefined;
  #majorVersion = 0;
  /** By which connection writes are held, in each way. */
  readonly #held = new Map<'pause' | 'fence', Connection>();
  #lastSource: string | undefined;
  #onClosed: () => void = () => undefined;

  constructor(options: ConnectionOptions, nameNow: () => string | undefined) {
    this.#options = options;
    this.#nameNow = nameNow;
  }

  get endpoint(): Endpoint {
    return this.#options.endpoint;
  }

  async look(): Promise<NodeView> {
    try {
      return await this.#again(async (connection) => {
        this.#tellName(connection);
        const info = parseInfo(text(await connection.call('INFO')));
        const view = await withStory(connection, viewOfInfo(info));
        [this.#majorVersion] = view.version;
        // At once: a failover waits for each answer of a server.
        const [isClosed, counting] = await Promise.all([
          mayBeClosed(view) && atAddress.isAddressClosed(connection),
          countsReplicas(info) ? this.#seenCounting(connection, goodReplicas(info)) : {},
        ]);
        return { ...view, ...counting, ...(isClosed ? { addressClosed: true } : {}) };
      });
    } catch (error) {
      if (error instanceof Failure) return silenceOf(error);
      throw error;
    }
  }

  async pulse(): Promise<string | undefined> {
    try {
      return pulseOf(await this.#again((connection) => connection.call('ROLE')));
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }

  async untilDemoted(): Promise<boolean> {
    try {
      const connection = await Connection.open({ ...this.#options, commandTimeoutMs: LONGEST_MS });
      this.#listening = connection;
      // In one packet, so that nothing comes between them: a replica would let us wait for good.
      const { isReplica, isTold } = connection.together(() => ({
        isReplica: connection.call('ROLE').then(isReplicasRole, () => false),
        isTold: connection.call(...WAIT_FOR_NOTHING).then(() => true, isEndOfRole),
      }));
      return (await isReplica) || (await isTold);
    } catch (error) {
      return isEndOfRole(error);
    } finally {
      this.#listening?.close();
    }
  }

  onClosed(listener: () => void): void {
    this.#onClosed = listener;
  }

  sourceAddress(): string | undefined {
    return this.#lastSource;
  }

  async promote(): Promise<void> {
    await this.#do(this.#replicaOf, 'NO', 'ONE');
  }

  async follow({ host, port }: Endpoint): Promise<void> {
    const name = this.#replicaOf;
    await this.#named(name, async (connection) => {
      this.#assertHeld(connection);
      await connection.call(name, host, String(port));
    });
  }

  /** A server that was started anew since its writes were held takes writes: what it has now was not looked at. */
  #assertHeld(connection: Connection): void {
    if ([...this.#held.values()].some((held) => held !== connection))
      throw new Failure('closed', 'the connection by which its writes were held has ended');
  }

  /**
   * As a master it takes an id that no other server knows. In one transaction, so that no client writes in between.
   * Source: redis/src/replication.c replicationUnsetMaster, replicationCacheMasterUsingMyself; seen on Redis 6.0.16 to 8.6.3
   * and Valkey 8.0.1 to 9.1.2.
   */
  async followAnew({ host, port }: Endpoint): Promise<void> {
    const name = this.#replicaOf;
    await this.#named(name, async (connection) => {
      const commands = [['MULTI'], [name, 'NO', 'ONE'], [name, host, String(port)], ['EXEC']];
      const done = (await connection.all(commands)).at(-1);
      const refused = Array.isArray(done)
        ? (done as readonly Reply[]).find((reply) => reply instanceof ErrorReply)
        : undefined;
      if (refused !== undefined) throw failureOfReply(refused.message);
    });
  }

  async startFailover({ host, port }: Endpoint, timeoutMs: number): Promise<void> {
    await this.#do('FAILOVER', 'TO', host, String(port), 'TIMEOUT', String(timeoutMs));
  }

  async abortFailover(): Promise<void> {
    await this.#do('FAILOVER', 'ABORT');
  }

  async pauseWrites(pauseMs: number): Promise<Answering> {
    return this.#hold('pause', 'CLIENT PAUSE', [['CLIENT', 'PAUSE', String(pauseMs), 'WRITE']]);
  }

  /**
   * A pause becomes shorter only when it ends and another begins. Both are read in one go, and what was held is tried again
   * after that. Source: redis/src/networking.c pauseClients, unpauseClients; redis/src/blocked.c processUnblockedClients.
   */
  async resumeWrites(leftMs?: number): Promise<void> {
    this.#held.delete('pause');
    const pause = leftMs === undefined ? [] : [['CLIENT', 'PAUSE', String(leftMs), 'WRITE']];
    await this.#named('CLIENT UNPAUSE', (connection) => connection.all([['CLIENT', 'UNPAUSE'], ...pause]));
  }

  async raiseFence(): Promise<Answering> {
    const now = await this.#named('CONFIG GET', (connection) => this.#readFence(connection));
    return this.#hold('fence', 'CONFIG SET', fenceUp(this.#majorVersion, fenced(beforeFence(now) ?? now)));
  }

  async lowerFence(): Promise<void> {
    this.#held.delete('fence');
    await this.#named('CONFIG SET', async (connection) => {
      const before = beforeFence(await this.#readFence(connection));
      if (before !== undefined) await connection.all(fenceDown(this.#majorVersion, before));
    });
  }

  async prepareClosing(addresses: readonly string[]): Promise<Closing | string> {
    return this.#named('CLIENT LIST', (connection) => atAddress.prepareClosing(connection, addresses));
  }

  async closeAddress(closing: Closing): Promise<void> {
    await this.#named('CONFIG SET', (connection) => atAddress.closeAddress(connection, closing));
  }

  async endClients(addresses: readonly string[]): Promise<number> {
    return this.#named('CLIENT KILL', (connection) => atAddress.endClients(connection, addresses));
  }

  async countClients(addresses: readonly string[]): Promise<number | undefined> {
    return this.#named('CLIENT LIST', (connection) => atAddress.countClients(connection, addresses));
  }

  async clientNames(prefix: string): Promise<readonly string[]> {
    return this.#again((connection) => atAddress.clientNames(connection, prefix)).catch(orElse([]));
  }

  async openAddress(): Promise<void> {
    await this.#named('CONFIG SET', atAddress.openAddress);
  }

  async tellDrained(isDrained: boolean): Promise<void> {
    await this.#named('CONFIG SET', (connection) => tellDrained(connection, isDrained));
  }

  async configGet(name: string): Promise<string | undefined> {
    return this.#again((connection) => readParameter(connection, name)).catch(orElse(undefined));
  }

  close(): void {
    this.#held.clear();
    this.#listening?.close();
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** REPLICAOF is SLAVEOF before Redis 5. Source: Redis 5.0 release notes. */
  get #replicaOf(): string {
    return this.#majorVersion === 0 || this.#majorVersion >= 5 ? 'REPLICAOF' : 'SLAVEOF';
  }

  /** Both in one command: between two, another redisha may raise or lower the fence, and half of it would be kept. */
  async #readFence(connection: Connection): Promise<Fence> {
    const [toWrite, maxLag] = fenceNames(this.#majorVersion);
    const values = await readParameters(connection, fencePattern(this.#majorVersion));
    return { minReplicasToWrite: Number(values.get(toWrite) ?? 0), minReplicasMaxLag: Number(values.get(maxLag) ?? 0) };
  }

  /** Where CONFIG is renamed away or not granted, redisha can put up no fence, so that none of its own is there to be seen. */
  async #seenCounting(connection: Connection, good: number): Promise<Pick<Answering, 'fence' | 'counted'>> {
    try {
      const now = await this.#readFence(connection);
      const fence = beforeFence(now);
      return { fence, ...countedBy(fence ?? now, good) };
    } catch (error) {
      if (isRefused(error)) return { fence: undefined, ...countedBy(UNREAD, good) };
      throw error;
    }
  }

  /**
   * Carries out the commands, and then reads the node: no write is taken any more, so what is read is where writes stopped.
   *
   * Why: in no transaction. Before 6.2 one with INFO in it is a write of its own, of MULTI and EXEC; and a server without
   * memory left queues no command at all. Source: redis/src/multi.c execCommand of 6.0, which propagates what is neither
   * CMD_READONLY nor CMD_ADMIN; redis/src/server.c processCommand (CLIENT_MULTI, out_of_memory).
   */
  async #hold(way: 'pause' | 'fence', name: string, commands: readonly (readonly string[])[]): Promise<Answering> {
    return this.#named(name, async (connection) => {
      const replies = await connection.all([...commands, ['INFO']]);
      this.#held.set(way, connection);
      return viewOfInfo(parseInfo(text(replies.at(-1))));
    });
  }

  async #do(...args: readonly string[]): Promise<void> {
    await this.#named(args.slice(0, 2).join(' '), (connection) => connection.call(...args));
  }

  async #named<T>(name: string, use: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await use(await this.#open());
    } catch (error) {
      throw error instanceof Failure ? operationalError(error, name, this.endpoint) : error;
    }
  }

  /** Reading may be repeated: a connection that the server closed while it was idle is opened once more. */
  async #again<T>(read: (connection: Connection) => Promise<T>): Promise<T> {
    const idle = this.#connection?.isOpen === true;
    try {
      return await read(await this.#open());
    } catch (error) {
      if (!idle || !(error instanceof Failure) || error.kind !== 'closed') throw error;
      return read(await this.#open());
    }
  }

  /** Only told: a server that does not let us is told again by the next connection. An empty name is none. */
  #tellName(connection: Connection): void {
    const name = this.#nameNow();
    if (name === this.#ownName) return;
    this.#ownName = name;
    connection.call('CLIENT', 'SETNAME', name ?? '').catch(() => undefined);
  }

  async #open(): Promise<Connection> {
    if (this.#connection?.isOpen !== true) {
      this.#connection = await Connection.open(this.#options);
      this.#ownName = undefined;
      this.#lastSource = this.#connection.localAddress;
      this.#connection.onEnd(this.#onClosed);
    }
    return this.#connection;
  }
}

/** `nameNow`: the name that the connection is to have; most have none. */
export const openNode = (options: ConnectionOptions, nameNow = (): string | undefined => undefined): WatchedNode =>
  new ConnectedNode(options, nameNow);
