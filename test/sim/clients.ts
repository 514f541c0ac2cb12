/** Clients that write to the node with the address, or to one node whatever is there, and keep account of what was acknowledged. */
import type { Keepalived } from './keepalived.ts';
import type { Server } from './server.ts';
import type { Index } from './story.ts';
import { writeOf } from './stream.ts';
import type { Base } from './words.ts';
import { INDICES } from './words.ts';

const TRIP_MS = 0.3;
const SHARED_KEYS = 5;

export class Clients {
  readonly acknowledged = new Set<number>();
  sent = 0;
  readonly #base: Base;
  readonly #servers: readonly [Server, Server];
  readonly #keepaliveds: readonly [Keepalived, Keepalived];
  #over = false;

  constructor(base: Base, servers: readonly [Server, Server], keepaliveds: readonly [Keepalived, Keepalived]) {
    this.#base = base;
    this.#servers = servers;
    this.#keepaliveds = keepaliveds;
  }

  start(): void {
    const { clients, directClients, writeEveryMs } = this.#base.config;
    for (let client = 0; client < clients + directClients; client++) {
      this.#base.engine.after(this.#base.engine.between(0, writeEveryMs), () => this.#write(client));
    }
  }

  stop(): void {
    this.#over = true;
  }

  #write(client: number): void {
    if (this.#over) return;
    const { engine, config } = this.#base;
    engine.after(config.writeEveryMs, () => this.#write(client));
    const index = client < config.clients ? this.#withAddress(client) : client % 2 === 0 ? 0 : 1;
    if (index === undefined || this.#base.network.hostDown[index]) return;
    const id = ++this.sent;
    const key = config.keys === 'apart' ? `c${String(client)}:${String(id % 50)}` : `k${String(id % SHARED_KEYS)}`;
    engine.after(TRIP_MS, () => {
      const server = this.#servers[index];
      server.awake(() =>
        server.write(writeOf(id, key), (said) => {
          if (said === 'OK') engine.after(TRIP_MS, () => this.acknowledged.add(id));
        }),
      );
    });
  }

  /** Where both have the address, half of the clients are on either side. */
  #withAddress(client: number): Index | undefined {
    const owners = INDICES.filter((index) => this.#keepaliveds[index].hasAddress);
    return owners[client % owners.length];
  }
}
