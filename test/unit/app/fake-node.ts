/** A server that does what it is told at once, and remembers what that was. */
import type { RedisNode } from '../../../src/app/ports.ts';
import type { Answering, Endpoint } from '../../../src/core/model.ts';

export class FakeNode implements RedisNode {
  readonly endpoint: Endpoint;
  /** The commands that it was told, in order. */
  readonly told: string[] = [];
  view: Answering;

  constructor(endpoint: Endpoint, view: Answering) {
    this.endpoint = endpoint;
    this.view = view;
  }

  /** What a command changes in it. */
  #tell(command: string, changes: Partial<Answering> = {}): Promise<Answering> {
    this.told.push(command);
    this.view = { ...this.view, ...changes };
    return Promise.resolve(this.view);
  }

  look(): Promise<Answering> {
    return Promise.resolve(this.view);
  }

  async promote(): Promise<void> {
    await this.#tell('promote', { redisRole: 'master', upstream: undefined });
  }

  async follow(): Promise<void> {
    await this.#tell('follow', { redisRole: 'replica' });
  }

  async followAnew(): Promise<void> {
    await this.#tell('followAnew');
  }

  async startFailover(): Promise<void> {
    await this.#tell('failover', { failover: 'in-progress' });
  }

  async abortFailover(): Promise<void> {
    await this.#tell('abort', { failover: 'none', redisRole: 'master', upstream: undefined });
  }

  pauseWrites(): Promise<Answering> {
    return this.#tell('pause');
  }

  async resumeWrites(leftMs?: number): Promise<void> {
    await this.#tell(leftMs === undefined ? 'resume' : `resume in ${String(leftMs)} ms`);
  }

  raiseFence(): Promise<Answering> {
    return this.#tell('fence');
  }

  async lowerFence(): Promise<void> {
    await this.#tell('unfence');
  }

  prepareClosing(): Promise<string> {
    return Promise.resolve('a server that closes nothing');
  }

  clientNames(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  countClients(): Promise<number> {
    return Promise.resolve(0);
  }

  async closeAddress(): Promise<void> {
    await this.#tell('close', { addressClosed: true });
  }

  async endClients(): Promise<number> {
    await this.#tell('end');
    return 0;
  }

  async openAddress(): Promise<void> {
    const { addressClosed: _, ...open } = this.view;
    this.view = open;
    await this.#tell('open');
  }

  async tellDrained(isDrained: boolean): Promise<void> {
    const { isDrained: _, ...rest } = this.view;
    this.view = rest;
    await this.#tell(isDrained ? 'drained' : 'not drained', isDrained ? { isDrained } : {});
  }

  configGet(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  sourceAddress(): undefined {
    return undefined;
  }

  close(): void {
    // Nothing is open.
  }
}
