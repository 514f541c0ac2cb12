/** The wire in front of a server: each way can be cut. What is under way then arrives when the wire is whole again. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Index } from '../sim/story.ts';
import { type Network, reaches } from '../sim/words.ts';

interface Place {
  readonly host: string;
  readonly port: number;
}

interface Way {
  readonly source: Socket;
  readonly sink: Socket;
  readonly from: Index;
  readonly to: Index;
}

const whole = (network: Network, from: Index, to: Index): boolean => reaches(network, from, to);

export class Wire {
  readonly #listener: Server;
  readonly #ways = new Set<Way>();
  readonly #network: Network;

  private constructor(listener: Server, network: Network) {
    this.#listener = listener;
    this.#network = network;
  }

  /** In front of the server `to`, which only `from` reaches through it. */
  static open(
    network: Network,
    { from, to }: Record<'from' | 'to', Index>,
    { at, server }: Record<'at' | 'server', Place>,
  ): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const listener = createServer({ pauseOnConnect: true });
      const wire = new Wire(listener, network);
      listener.once('error', reject);
      listener.on('connection', (client) => {
        if (whole(network, from, to) && whole(network, to, from)) wire.#serve(client, from, to, server);
        else client.destroy();
      });
      listener.listen(at.port, at.host, () => resolve(wire));
    });
  }

  /** The network has changed. */
  changed(): void {
    for (const way of this.#ways) {
      if (!whole(this.#network, way.from, way.to)) way.source.pause();
      else if (way.source.destroyed) way.sink.destroy();
      else way.source.resume();
    }
  }

  close(): void {
    for (const { source, sink } of this.#ways) {
      source.destroy();
      sink.destroy();
    }
    this.#listener.close();
  }

  #serve(client: Socket, from: Index, to: Index, place: Place): void {
    const server = connect({ ...place, noDelay: true });
    client.setNoDelay(true);
    this.#carry({ source: client, sink: server, from, to });
    this.#carry({ source: server, sink: client, from: to, to: from });
    this.changed();
  }

  #carry(way: Way): void {
    const { source, sink } = way;
    this.#ways.add(way);
    source.on('data', (chunk) => sink.write(chunk));
    source.on('error', () => undefined);
    source.on('close', () => {
      if (whole(this.#network, way.from, way.to)) sink.destroy();
    });
    sink.on('close', () => this.#ways.delete(way));
  }
}
