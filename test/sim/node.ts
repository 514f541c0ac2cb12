/** A model server as the use cases see it. */
import type { Deadlines } from '../../src/config/deadlines.ts';
import { RedishaError } from '../../src/errors.ts';
import type { Eyes } from '../../src/app/observe.ts';
import type { Closing, RedisNode, WatchedNode } from '../../src/app/ports.ts';
import type { Answering, NodeView } from '../../src/core/model.ts';
import { isAnswering } from '../../src/core/model.ts';
import type { Process } from './process.ts';
import { Lost, operational } from './process.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';
import { viewOf } from './view.ts';
import { ADDRESS, HOSTS, indexOf, other, PORT } from './words.ts';

/** What ROLE tells. */
const pulseOf = (server: Server): string | undefined => {
  const { upstream, replicas } = viewOf(server);
  if (server.loading) return undefined;
  const followed = upstream === undefined ? '' : `${upstream.endpoint.host} ${server.replication.upstream}`;
  return [followed, ...replicas.map(({ endpoint }) => endpoint.host)].join(' ');
};

export class ModelNode implements WatchedNode {
  readonly endpoint;
  readonly #process: Process;
  readonly #to: Index;
  /** Where they are not those of the process for this server. */
  readonly #deadlines: Deadlines | undefined;
  /** Which start of the server is held, as the connection of src/redis/node.ts knows it. */
  #heldLife: number | undefined;

  constructor(process: Process, to: Index, deadlines?: Deadlines) {
    this.#process = process;
    this.#to = to;
    this.#deadlines = deadlines;
    this.endpoint = { host: HOSTS[to], port: PORT };
  }

  async look(): Promise<NodeView> {
    try {
      return await this.#process.request(this.#to, viewOf, this.#deadlines);
    } catch (error) {
      if (error instanceof Lost) return { kind: error.kind, why: error.kind };
      throw error;
    }
  }

  async pulse(): Promise<string | undefined> {
    try {
      return await this.#process.request(this.#to, pulseOf, this.#deadlines);
    } catch (error) {
      if (error instanceof Lost) return undefined;
      throw error;
    }
  }

  /** As where the ACL forbids it: the role is asked for. */
  untilDemoted(): Promise<boolean> {
    return Promise.resolve(false);
  }

  onClosed(listener: () => void): void {
    this.#process.onClosed(this.#to, listener);
  }

  async #do<T>(run: (server: Server) => T): Promise<T> {
    try {
      return await this.#process.request(this.#to, run, this.#deadlines);
    } catch (error) {
      throw operational(error);
    }
  }

  sourceAddress(): string {
    return HOSTS[this.#process.host.index];
  }

  /** A step that only the command may take whose turn it is. */
  #change(run: (server: Server) => void): Promise<void> {
    this.#process.host.changes(this.#process);
    return this.#do(run);
  }

  promote(): Promise<void> {
    const { host, name, rule } = this.#process;
    return this.#change((server) => {
      if (server.master !== undefined) host.base.witness.promoted(server.index, host.index, rule, name);
      server.becomeMaster();
    });
  }

  follow(master: { readonly host: string }): Promise<void> {
    const index = indexOf(master.host);
    if (index === undefined) throw new Error(`no such host: ${master.host}`);
    return this.#change((server) => {
      const isHeldStill = this.#heldLife === undefined || this.#heldLife === server.life;
      if (!isHeldStill) throw new RedishaError('REDIS_UNREACHABLE', 'the connection by which it was held has ended');
      server.follow(index, 'redisha');
    });
  }

  followAnew(master: { readonly host: string }): Promise<void> {
    const index = indexOf(master.host);
    if (index === undefined) throw new Error(`no such host: ${master.host}`);
    return this.#change((server) => {
      server.becomeMaster();
      server.follow(index, 'redisha');
    });
  }

  startFailover(target: { readonly host: string }, timeoutMs: number): Promise<void> {
    return this.#change((server) => {
      if (!server.base.config.allowFailover) throw new RedishaError('COMMAND_UNAVAILABLE', 'unknown command FAILOVER');
      server.failover.start(indexOf(target.host) ?? other(server.index), timeoutMs);
    });
  }

  abortFailover(): Promise<void> {
    return this.#do((server) => server.failover.abort());
  }

  pauseWrites(pauseMs: number): Promise<Answering> {
    return this.#hold((server) => {
      if (!server.base.config.allowPause) throw new RedishaError('PERMISSION_MISSING', 'NOPERM client|pause');
      if (server.base.faults.pausesNothing !== true) server.pause.begin(pauseMs);
    });
  }

  /**
   * What the node holds is read after the hold has begun, not with it: whatever else arrives may come in between. Source:
   * src/redis/node.ts, whose one packet a server may read in two pieces.
   */
  async #hold(begin: (server: Server) => void): Promise<Answering> {
    await this.#do((server) => {
      begin(server);
      this.#heldLife = server.life;
    });
    return this.#do(viewOf);
  }

  resumeWrites(leftMs?: number): Promise<void> {
    this.#heldLife = undefined;
    return this.#do((server) => {
      if (leftMs === undefined) server.pause.end();
      else server.pause.shorten(leftMs);
    });
  }

  raiseFence(): Promise<Answering> {
    return this.#hold((server) => {
      server.fenced = true;
      server.fenceBeat += 1;
    });
  }

  lowerFence(): Promise<void> {
    this.#heldLife = undefined;
    return this.#do((server) => {
      server.fenced = false;
    });
  }

  /** As where the rights are missing, in some stories. */
  prepareClosing(): Promise<Closing | string> {
    const { allowPause, allowFailover } = this.#process.host.base.config;
    return this.#do(() => (allowPause || allowFailover ? { bind: [], addresses: [] } : 'its user lacks a right'));
  }

  closeAddress(): Promise<void> {
    return this.#change((server) => {
      server.pause.addressClosed = true;
      server.note(() => 'closes its port at the address');
    });
  }

  clientNames(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  countClients(): Promise<number> {
    return Promise.resolve(0);
  }

  endClients(): Promise<number> {
    return this.#do((server) => ++server.pause.clientsEnded);
  }

  openAddress(): Promise<void> {
    return this.#do((server) => {
      if (server.pause.addressClosed) server.note(() => 'opens its port at the address');
      server.pause.addressClosed = false;
    });
  }

  /** Nobody drains a node there. */
  tellDrained(): Promise<void> {
    return Promise.resolve();
  }

  configGet(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    // A connection of the model needs no end.
  }
}

/** Whoever has the address, as seen by a connection to it. */
class AtAddress extends ModelNode {
  override async look(): Promise<NodeView> {
    const view = await super.look();
    return isAnswering(view) && view.addressClosed === true ? { kind: 'refused', why: 'refused' } : view;
  }
}

const atAddress = (process: Process): RedisNode => {
  const { host } = process;
  if (host.hasAddress()) return new AtAddress(process, host.index, process.patience.peer);
  if (host.isElsewhere()) return new AtAddress(process, other(host.index), process.patience.peer);
  return new Nowhere(process, host.index);
};

class Nowhere extends ModelNode {
  override look(): Promise<NodeView> {
    return Promise.resolve({ kind: 'unreachable', why: 'nobody has the address' });
  }
}

export const eyesOf = (process: Process): Eyes => ({
  local: new ModelNode(process, process.host.index),
  peer: new ModelNode(process, other(process.host.index)),
  interfaces: { addresses: () => [HOSTS[process.host.index]] },
  resolver: { resolve: (host) => Promise.resolve([host]) },
  open: ({ host }) =>
    host === ADDRESS
      ? atAddress(process)
      : new ModelNode(process, indexOf(host) ?? process.host.index, process.patience.peer),
});
