/** Clients that write to the node with the address, or to one node whatever is there, and keep account of what was acknowledged. */
import { Ids } from './ids.ts';
import type { Keepalived } from './keepalived.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';
import type { Entry } from './stream.ts';
import { deletionOf, writeOf } from './stream.ts';
import type { Base } from './words.ts';
import { isApart } from './words.ts';
import type { WriteReply } from './write.ts';
import { writeTo } from './write.ts';

const TRIP_MS = 0.3;
const SHARED_KEYS = 5;
const OWN_KEYS = 50;

type Key = readonly [string];

const keysNamed = (count: number, name: (nth: number) => string): readonly Key[] =>
  Array.from({ length: count }, (_, nth) => [name(nth)]);

const SHARED = keysNamed(SHARED_KEYS, (nth) => `k${String(nth)}`);

interface Client {
  /** The node that it writes to; `undefined` where it goes by the address. */
  readonly node: Index | undefined;
  readonly nth: number;
  readonly keys: readonly Key[];
  /** Counts its commands. */
  turn: number;
}

export class Clients {
  /** What a server said OK to: its reply is on its way, whatever becomes of the server. */
  readonly acknowledged = new Ids();
  sent = 0;
  /** Which key the command with this number is about. */
  readonly keyOf: string[] = [];
  readonly #base: Base;
  readonly #servers: readonly [Server, Server];
  readonly #keepaliveds: readonly [Keepalived, Keepalived];
  readonly #acknowledge = (said: WriteReply, { ids: [id] }: Entry): void => {
    if (said === 'OK' && id !== undefined) this.acknowledged.add(id);
  };
  /** Hears of each, and at which node it was. */
  onAcknowledged: ((index: Index) => void) | undefined;
  #over = false;

  constructor(base: Base, servers: readonly [Server, Server], keepaliveds: readonly [Keepalived, Keepalived]) {
    this.#base = base;
    this.#servers = servers;
    this.#keepaliveds = keepaliveds;
  }

  start(): void {
    const { engine, config } = this.#base;
    const { clients, directClients, writeEveryMs, keys } = config;
    for (let nth = 0; nth < clients + directClients; nth++) {
      const own = keysNamed(OWN_KEYS, (key) => `c${String(nth)}:${String(key)}`);
      const node = nth < clients ? undefined : nth % 2 === 0 ? 0 : 1;
      const client: Client = { node, nth, keys: keys === 'apart' ? own : SHARED, turn: 0 };
      const writing = (): void => {
        if (this.#over) return;
        engine.after(writeEveryMs, writing);
        this.#write(client);
      };
      engine.after(engine.between(0, writeEveryMs) + TRIP_MS, writing);
    }
  }

  stop(): void {
    this.#over = true;
  }

  /** What was sent a moment ago arrives. */
  #write(client: Client): void {
    const { node, nth } = client;
    const index = node ?? this.#withAddress(nth, this.#base.engine.nowMs - TRIP_MS);
    if (index === undefined || this.#base.network.hostDown[index]) return;
    const entry = this.#next(client, ++this.sent);
    const server = this.#servers[index];
    const { onAcknowledged } = this;
    const acknowledge =
      onAcknowledged === undefined
        ? this.#acknowledge
        : (said: WriteReply, written: Entry): void => {
            this.#acknowledge(said, written);
            if (said === 'OK') onAcknowledged(index);
          };
    server.awake(() => writeTo(server, entry, node === undefined ? 'address' : 'node', acknowledge));
  }

  #next(client: Client, id: number): Entry {
    const { deletions } = this.#base.config;
    const turn = client.turn++;
    const nth = deletions === 'queue' ? turn >> 1 : id;
    const key = client.keys[nth % client.keys.length] as Key;
    [this.keyOf[id]] = key;
    const deletes = deletions === 'queue' ? turn % 2 === 1 : deletions === 'some' && turn % 3 === 2;
    return deletes ? deletionOf(id, key) : writeOf(id, key);
  }

  /**
   * Where both have the address, half of the clients are on either side; or all of them are at one, and go to the node that
   * has said last that the address is there.
   */
  #withAddress(nth: number, atMs: number): Index | undefined {
    const [first, second] = this.#keepaliveds;
    const { config, network } = this.#base;
    const { clientsAt } = config;
    if (clientsAt !== undefined) {
      const isCut = isApart(network);
      const at = isCut ? clientsAt : first.announcedMs > second.announcedMs ? 0 : 1;
      if (isCut || (first.hadAddress(atMs) && second.hadAddress(atMs)))
        return this.#keepaliveds[at].hadAddress(atMs) ? at : undefined;
    }
    if (first.hadAddress(atMs)) return second.hadAddress(atMs) && nth % 2 === 1 ? 1 : 0;
    return second.hadAddress(atMs) ? 1 : undefined;
  }
}
