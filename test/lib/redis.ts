/** A real redis-server on a host, and what a test asks it. The questions go over a Unix socket: no network, no process. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { OutputLine, Running } from './process.ts';
import { Connection, infoMap, type Reply, ReplyError } from './resp.ts';
import { isSince, linesFor, type Server, serverOf } from './server.ts';
import { waitFor, within } from './wait.ts';

const ANSWER_MS = 1_000;
/** It computes, over every key. */
const DIGEST_MS = 15_000;

/** Where a Redis runs: a host of a world, or this machine (loopback.ts). */
export interface Machine {
  readonly name: string;
  file(path: string): string;
  spawn(argv: readonly string[]): Promise<Running>;
}

export interface RedisOptions {
  readonly port?: number;
  /** Lines of redis.conf beside the fewest that make Redis reachable on the network. */
  readonly lines?: readonly string[];
  /** By default the one that this run of the tests is about. */
  readonly server?: Server;
  /** A directory for its file, socket and data, when it is not the host's main Redis. */
  readonly place?: string;
}

/** What a pair's invariants need to know of one Redis. */
export interface RedisView {
  readonly role: string;
  readonly masterHost: string | undefined;
  readonly linkUp: boolean;
  readonly failover: string;
  readonly connectedReplicas: number;
}

export class RedisServer {
  readonly host: Machine;
  readonly port: number;
  /** Another one from the next start on, where a test upgrades it. */
  server: Server;
  readonly #lines: readonly string[];
  readonly #conf: string;
  readonly #socket: string;
  readonly #dataDir: string;
  #process: Running | undefined;

  constructor(host: Machine, options: RedisOptions = {}) {
    this.host = host;
    this.port = options.port ?? 6379;
    this.server = options.server ?? serverOf(host.name);
    this.#lines = options.lines ?? [];
    this.#conf = `${options.place ?? '/etc/redis'}/redis.conf`;
    this.#socket = `${options.place ?? '/run'}/redis.sock`;
    this.#dataDir = options.place ?? '/var/lib/redis';
  }

  get running(): boolean {
    return this.#process !== undefined && !this.#process.over;
  }

  /** The server's process, as the machine counts. */
  get pid(): number {
    return this.#process?.program ?? 0;
  }

  /** What the server printed since its last start, each line with its moment. */
  get lines(): readonly OutputLine[] {
    return this.#process?.lines ?? [];
  }

  /** What the server printed since its last start. */
  get log(): string {
    return this.#process?.text ?? '';
  }

  /** Redis runs and answers (LOADING is an answer). It starts as its file says, with the data that is on the disk. */
  async start(lines: readonly string[] = this.#lines): Promise<void> {
    const own = [`port ${this.port}`, 'protected-mode no', `dir ${this.#dataDir}`, `unixsocket ${this.#socket}`];
    mkdirSync(this.host.file(dirname(this.#conf)), { recursive: true });
    writeFileSync(this.host.file(this.#conf), `${linesFor(this.server, [...own, ...lines]).join('\n')}\n`, {
      mode: 0o640,
    });
    this.#process = await this.host.spawn([this.server.program, this.#conf]);
    await waitFor(
      `${this.server.program} on ${this.host.name}`,
      { deadlineMs: 10_000, everyMs: 10 },
      async () => {
        if (!this.running) throw new Error(`redis-server ended:\n${this.log}`);
        return await this.ask('PING');
      },
      () => true,
    );
  }

  /** SIGKILL: no goodbye, nothing written. */
  async kill(): Promise<void> {
    await this.#process?.stop('SIGKILL');
  }

  /** SIGTERM: Redis waits for its replicas and saves, as a service manager's stop does. */
  async stop(): Promise<void> {
    await this.#process?.stop('SIGTERM', 20_000);
  }

  /** A connection of its own that stays open, for what shuts new ones out. */
  connect(deadlineMs = ANSWER_MS): Connection {
    return new Connection({ path: this.host.file(this.#socket) }, deadlineMs);
  }

  /** Lines of its file, to which `start` may be given more. */
  get conf(): readonly string[] {
    return this.#lines;
  }

  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** One command; an error reply is an answer too. @throws when there is no answer within a second. */
  async ask(...command: readonly (string | number)[]): Promise<Reply> {
    const [reply] = await this.askAll([command]);
    return reply ?? null;
  }

  /** Commands in one exchange on one connection. */
  async askAll(commands: readonly (readonly (string | number)[])[], deadlineMs = ANSWER_MS): Promise<readonly Reply[]> {
    const connection = new Connection({ path: this.host.file(this.#socket) }, deadlineMs);
    try {
      return await within(
        `${commands[0]?.join(' ')} on ${this.host.name}`,
        deadlineMs,
        Promise.all(commands.map((command) => connection.send(...command))),
      );
    } finally {
      connection.close();
    }
  }

  async info(section = 'everything'): Promise<ReadonlyMap<string, string>> {
    const reply = await this.ask('INFO', section);
    if (typeof reply !== 'string') throw new Error(`INFO on ${this.host.name}: ${String(reply)}`);
    return infoMap(reply);
  }

  async view(): Promise<RedisView> {
    const info = await this.info('replication');
    return {
      role: info.get('role') ?? 'unknown',
      masterHost: info.get('master_host'),
      linkUp: info.get('master_link_status') === 'up' && info.get('master_sync_in_progress') === '0',
      // Before, there is no FAILOVER.
      failover: info.get('master_failover_state') ?? (isSince(this.server, [6, 2]) ? 'unknown' : 'no-failover'),
      connectedReplicas: Number(info.get('connected_slaves') ?? 0),
    };
  }

  /** A fingerprint of the whole dataset. Needs `enable-debug-command yes`. */
  async digest(): Promise<string> {
    const [reply = null] = await this.askAll([['DEBUG', 'DIGEST']], DIGEST_MS);
    if (reply instanceof ReplyError) throw reply;
    return String(reply);
  }

  /** The parameters that match the pattern. */
  async config(pattern: string): Promise<ReadonlyMap<string, string>> {
    const reply = await this.ask('CONFIG', 'GET', pattern);
    if (!Array.isArray(reply)) throw new Error(`CONFIG GET ${pattern} on ${this.host.name}: ${String(reply)}`);
    const map = new Map<string, string>();
    for (let i = 0; i < reply.length; i += 2) map.set(String(reply[i]), String(reply[i + 1]));
    return map;
  }

  /** Whether a write would have to wait: the write that asks is one that changes nothing. */
  async writesPaused(): Promise<boolean> {
    try {
      await this.askAll([['DEL', 'redisha-test:no-such-key']], 300);
      return false;
    } catch {
      return true;
    }
  }
}
