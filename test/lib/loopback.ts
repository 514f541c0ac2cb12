/**
 * A pair without hosts: two Redises on two addresses of this machine's loopback, for what needs no VRRP and for machines
 * that allow no namespaces. Whoever started it may die at any moment: each Redis dies with it, and a keeper removes the
 * files.
 */
import { randomInt } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Running } from './process.ts';
import { type Machine, RedisServer } from './redis.ts';
import type { Server as RedisProgram } from './server.ts';

/**
 * Makes a directory, says where, and removes it when its input ends. Signals of the terminal are not for it. A detached
 * repair, which knows the directory by its environment, would write its journal into it once more: it is waited for.
 */
const KEEPER = `
trap '' INT TERM HUP QUIT
dir=$(mktemp -d "$1") && echo "$dir"
cat >/dev/null
tries=100
while [ "$tries" -gt 0 ] && echo "$dir" | grep -qsF -f - /proc/[0-9]*/environ; do
  sleep 0.1
  tries=$((tries - 1))
done
rm -rf "$dir"
`;

/** A private directory that vanishes with the process that asked for it, however that ends. */
export class TempDir {
  readonly #keeper: Running;
  readonly path: string;

  private constructor(keeper: Running, path: string) {
    this.#keeper = keeper;
    this.path = path;
  }

  static async create(): Promise<TempDir> {
    const keeper = new Running(['sh', '-c', KEEPER, 'sh', join(tmpdir(), 'redisha-XXXXXXXX')]);
    const line = await keeper.said('a directory', 5_000, (text) => text.startsWith('/'));
    return new TempDir(keeper, line.text);
  }

  async remove(): Promise<void> {
    this.#keeper.closeInput();
    await this.#keeper.ended;
  }
}

/** This machine under one of its loopback addresses. */
export class LoopbackMachine implements Machine {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  file(path: string): string {
    return path;
  }

  spawn(argv: readonly string[]): Promise<Running> {
    return Promise.resolve(new Running(['setpriv', '--pdeathsig', 'KILL', '--', ...argv]));
  }
}

/**
 * Below the ports of outgoing connections: one of theirs can be taken by any connection before the server has it.
 * Source: linux/Documentation/networking/ip-sysctl.rst, ip_local_port_range, from 32768 on by default.
 */
const PORTS = { from: 10_000, to: 32_768 } as const;

/** A port that was free on every address given a moment ago, chosen at random. */
export async function freePort(addresses: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const servers: Server[] = [];
    const port = randomInt(PORTS.from, PORTS.to);
    try {
      for (const address of addresses) servers.push(await listening(address, port));
      return port;
    } catch {
      // Taken on one of them: another try.
    } finally {
      for (const server of servers) server.close();
    }
  }
  throw new Error(`no port is free on all of ${addresses.join(', ')}`);
}

function listening(address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
}

export interface LoopbackNode {
  readonly name: 'a' | 'b';
  readonly address: string;
  readonly dir: string;
  readonly redis: RedisServer;
}

/** What starts each node, where that is not what this run of the tests is about. */
export type Programs = Readonly<Partial<Record<'a' | 'b', RedisProgram>>>;

/** Two Redises on one port of two addresses; nothing replicates yet. */
export class LoopbackPair {
  readonly #dir: TempDir;
  readonly port: number;
  readonly a: LoopbackNode;
  readonly b: LoopbackNode;

  private constructor(dir: TempDir, port: number, lines: readonly string[], programs: Programs) {
    const node = (name: 'a' | 'b', address: string): LoopbackNode => {
      const place = join(dir.path, name);
      const own = [`bind ${address}`, `replica-announce-ip ${address}`];
      const server = programs[name];
      const redis = new RedisServer(new LoopbackMachine(name), {
        port,
        place,
        lines: [...own, ...lines],
        ...(server === undefined ? {} : { server }),
      });
      return { name, address, dir: place, redis };
    };
    this.#dir = dir;
    this.port = port;
    this.a = node('a', '127.0.0.1');
    this.b = node('b', '127.0.0.2');
  }

  static async start(lines: readonly string[] = [], programs: Programs = {}): Promise<LoopbackPair> {
    const port = await freePort(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    const pair = new LoopbackPair(await TempDir.create(), port, lines, programs);
    await pair.a.redis.start();
    await pair.b.redis.start();
    return pair;
  }

  other(node: LoopbackNode): LoopbackNode {
    return node === this.a ? this.b : this.a;
  }

  async close(): Promise<void> {
    await Promise.all([this.a.redis.kill(), this.b.redis.kill()]);
    await this.#dir.remove();
  }
}

/** Stands in for the address that keepalived would move: connections go to one node, and break when it moves. */
export class MovingAddress {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #target: string;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
  }

  static async open(address: string, port: number, target: string): Promise<MovingAddress> {
    const server = await listening(address, port);
    const moving = new MovingAddress(server, target);
    server.on('connection', (client) => moving.#serve(client, port));
    return moving;
  }

  get target(): string {
    return this.#target;
  }

  moveTo(target: string): void {
    this.#target = target;
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  #serve(client: Socket, port: number): void {
    const server = connect({ host: this.#target, port, noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
