/** A history, done to two model servers of the simulator. */
import { RedishaError } from '../../src/errors.ts';
import { Engine } from '../sim/engine.ts';
import { Server } from '../sim/server.ts';
import type { Config, Index } from '../sim/story.ts';
import { storyOf } from '../sim/story.ts';
import type { Entry } from '../sim/stream.ts';
import { writeOf } from '../sim/stream.ts';
import { viewOf } from '../sim/view.ts';
import type { Base } from '../sim/words.ts';
import { HOSTS, INDICES, openNetwork, other } from '../sim/words.ts';
import { writeTo } from '../sim/write.ts';
import type { History, Operation } from './history.ts';
import type { Step } from './recorded.ts';
import { type Look, Naming } from './seen.ts';

const SETTLE_MS = 12_000;
/** Long enough for nobody to hear of it. */
export const FOR_EVER_MS = 3_600_000;
const FLOOD_BYTES = 2_000_000;
const nobody = (): void => undefined;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class ModelPair {
  readonly #config: Mutable<Config>;
  readonly #base: Base;
  readonly #servers: readonly [Server, Server];
  readonly #held: { readonly at: Index; readonly life: number }[] = [];
  readonly #late: string[] = [];

  constructor(appendOnly: boolean) {
    this.#config = {
      ...storyOf(1).config,
      backlogBytes: 1_000_000,
      diskReturnsIds: !appendOnly,
      syncDelayMs: 0,
      transferMs: 1,
      loadMs: 1,
      latencyMs: 0.2,
      replTimeoutMs: FOR_EVER_MS,
      pingEveryMs: FOR_EVER_MS,
    };
    this.#base = {
      engine: new Engine(1),
      network: openNetwork(),
      witness: {
        note: nobody,
        wiped: nobody,
        parted: nobody,
        forgot: nobody,
        promoted: nobody,
        bug: nobody,
        changed: nobody,
        unwatched: nobody,
        beside: nobody,
        doubled: nobody,
      },
      config: this.#config,
      faults: {},
    };
    this.#servers = [new Server(this.#base, 0), new Server(this.#base, 1)];
    this.#servers[0].peer = this.#servers[1];
    this.#servers[1].peer = this.#servers[0];
  }

  get looks(): readonly [Look, Look] {
    return [this.#look(this.#servers[0]), this.#look(this.#servers[1])];
  }

  /** What held writes were answered since the last time. */
  late(): readonly string[] {
    return this.#late.splice(0);
  }

  settle(ms = SETTLE_MS): Promise<void> {
    return this.#base.engine.run(this.#base.engine.nowMs + ms);
  }

  async do(operation: Operation, nth: number): Promise<string> {
    const said = await this.#carryOut(operation, nth);
    await this.settle();
    return said;
  }

  #look(server: Server): Look {
    const { fullSyncs, partialSyncs } = server.replication;
    const silence = !server.up ? 'refused' : server.frozen ? 'frozen' : undefined;
    if (silence !== undefined)
      return { view: { kind: silence, why: silence }, writes: [], fullSyncs: 0, partialSyncs: 0 };
    return { view: viewOf(server), writes: [...server.data.ids], fullSyncs, partialSyncs };
  }

  async #carryOut(operation: Operation, nth: number): Promise<string> {
    switch (operation.do) {
      case 'cut':
        for (const from of INDICES)
          this.#base.network.redisCut[from][other(from)] = operation.from === 'both' || operation.from === from;
        return 'OK';
      case 'mend':
        for (const from of INDICES) this.#base.network.redisCut[from][other(from)] = false;
        return 'OK';
      case 'ping':
        this.#config.pingEveryMs = 1000;
        await this.settle(2500);
        this.#config.pingEveryMs = FOR_EVER_MS;
        return 'OK';
      case 'give up':
        this.#config.replTimeoutMs = 2000;
        await this.settle(6000);
        this.#config.replTimeoutMs = FOR_EVER_MS;
        return 'OK';
      case 'write':
        return this.#write(operation.at, writeOf(nth, [`w:${String(nth)}`]));
      case 'flood':
        return this.#write(operation.at, { ...writeOf(nth, [`w:${String(nth)}`]), bytes: FLOOD_BYTES });
      case 'expire':
        return this.#write(operation.at, { ...writeOf(nth, [`w:${String(nth)}`]), ids: [], keys: [] });
      default:
        return this.#command(this.#servers[operation.at], operation);
    }
  }

  async #write(at: Index, entry: Entry): Promise<string> {
    let said: string | undefined;
    let isLate = false;
    const held = { at, life: this.#servers[at].life };
    writeTo(this.#servers[at], entry, 'node', (reply) => {
      said = reply;
      if (!isLate) return;
      this.#held.splice(this.#held.indexOf(held), 1);
      this.#late.push(reply);
    });
    if (said !== undefined) return said;
    isLate = true;
    this.#held.push(held);
    return 'held';
  }

  #command(server: Server, operation: Operation): string {
    try {
      this.#run(server, operation);
      return 'OK';
    } catch (error) {
      if (error instanceof RedishaError) return error.message;
      throw error;
    }
  }

  #run(server: Server, operation: Operation): void {
    switch (operation.do) {
      case 'lead':
        return server.becomeMaster();
      case 'follow':
        return server.follow(operation.whom, 'redisha');
      case 'pause':
        return server.pause.begin(FOR_EVER_MS);
      case 'unpause':
        return server.pause.end();
      case 'fence':
      case 'unfence':
        server.fenced = operation.do === 'fence';
        return;
      case 'failover':
        return server.failover.start(other(server.index), operation.timeoutMs);
      case 'abort':
        return server.failover.abort();
      case 'save':
        return server.save();
      case 'freeze':
        return server.freeze();
      case 'thaw':
        return server.thaw();
      case 'stop':
        server.stop(operation.disk);
        if (operation.disk === 'empty') server.snapshot = undefined;
        for (const held of this.#held.splice(0)) {
          if (held.at === server.index) this.#late.push('lost');
          else this.#held.push(held);
        }
        return;
      case 'start':
        return server.start('whole', operation.whom);
      default:
        throw new Error(`not for one server: ${operation.do}`);
    }
  }
}

/** The history as the model tells it. */
export const toldByModel = async ({ appendOnly, operations }: History): Promise<readonly Step[]> => {
  const pair = new ModelPair(appendOnly);
  const naming = new Naming(({ host }) => (host === HOSTS[0] ? 0 : 1));
  const steps: Step[] = [];
  for (const [nth, operation] of operations.entries()) {
    const said = await pair.do(operation, nth);
    steps.push({ operation, said, late: pair.late(), seen: naming.pair(pair.looks) });
  }
  return steps;
};
