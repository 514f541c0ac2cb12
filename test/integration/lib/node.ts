/** One node of a pair on this machine's loopback: a real Redis, and redisha as this node's keepalived would start it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finished, Running } from '../../lib/process.ts';
import { type Enter, type Env, redisha, startRedisha } from '../../lib/program.ts';
import { type Machine, RedisServer } from '../../lib/redis.ts';
import { Connection, type Reply, ReplyError } from '../../lib/resp.ts';
import type { Server } from '../../lib/server.ts';
import { skipWhereUnreadable, unreadableCopy } from '../../lib/unreadable.ts';
import { waitFor } from '../../lib/wait.ts';

/** This machine, or a network of it; a Redis on it dies with the test that started it, however that ends. */
const machine = ({ name, enter = (argv) => argv }: NodeOptions): Machine => ({
  name,
  file: (path) => path,
  spawn: (argv) => Promise.resolve(new Running(['setpriv', '--pdeathsig', 'KILL', '--', ...enter(argv)])),
});

/** A Redis that wants a password, from the test as well. */
class TestRedis extends RedisServer {
  readonly #password: string | undefined;

  constructor(options: NodeOptions, lines: readonly string[]) {
    const { port, dir, server } = options;
    super(machine(options), { port, place: join(dir, 'redis'), lines, ...(server === undefined ? {} : { server }) });
    this.#password = options.password;
  }

  override async askAll(
    commands: readonly (readonly (string | number)[])[],
    deadlineMs?: number,
  ): Promise<readonly Reply[]> {
    if (this.#password === undefined) return super.askAll(commands, deadlineMs);
    const [, ...replies] = await super.askAll([['AUTH', this.#password], ...commands], deadlineMs);
    return replies;
  }
}

export interface NodeOptions {
  readonly name: string;
  /** Where everybody reaches the node. */
  readonly address: string;
  /** Where its Redis listens, when there is a tap in front of it. */
  readonly behind?: string;
  readonly port: number;
  readonly dir: string;
  readonly lines: readonly string[];
  /** Lines of redisha.toml. */
  readonly toml: readonly string[];
  readonly password?: string | undefined;
  /** By default the one that this run of the tests is about. */
  readonly server?: Server | undefined;
  /** Into the network where the node is, when that is not this machine's own. */
  readonly enter?: Enter | undefined;
}

/** What redisha tells with --json. */
export interface Told {
  readonly exitCode: number;
  readonly result: string;
  readonly rule: number | undefined;
  readonly situation: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

interface JournalLine {
  readonly event: string;
  readonly rule?: number;
  readonly steps?: readonly string[];
  readonly [field: string]: unknown;
}

interface Verdict {
  readonly fit: boolean;
  readonly rule: number;
  readonly why: string;
  readonly isInOrder: boolean;
  readonly heal?: string;
}

export class TestNode {
  readonly #options: NodeOptions;
  readonly redis: RedisServer;
  /** The lines of redis.conf, for a start with more of them. */
  readonly lines: readonly string[];
  constructor(options: NodeOptions) {
    const { address, behind = address, dir } = options;
    this.#options = options;
    mkdirSync(dir, { recursive: true });
    this.lines = [
      `bind ${behind}`,
      `bind-source-addr ${behind}`,
      `replica-announce-ip ${address}`,
      'enable-debug-command yes',
      'save ""',
      ...options.lines,
    ];
    this.redis = new TestRedis(options, this.lines);
    writeFileSync(join(dir, 'redisha.toml'), `${options.toml.join('\n')}\n`, { mode: 0o600 });
  }

  get env(): Env {
    const { dir } = this.#options;
    const { bin } = this.redis.server;
    return {
      REDISHA_CONFIG: join(dir, 'redisha.toml'),
      REDISHA_STATE_DIR: join(dir, 'state'),
      REDISHA_LOG_FILE: this.logFile,
      REDISHA_KEEPALIVED_CONF: join(dir, 'keepalived.conf'),
      // What reads a rescue is the server program of this node's host.
      ...(bin === undefined ? {} : { PATH: `${bin}:${process.env['PATH'] ?? ''}` }),
    };
  }

  get name(): string {
    return this.#options.name;
  }

  get address(): string {
    return this.#options.address;
  }

  /** Where its Redis listens. */
  get behind(): string {
    return this.#options.behind ?? this.address;
  }

  get port(): number {
    return this.#options.port;
  }

  get dir(): string {
    return this.#options.dir;
  }

  get logFile(): string {
    return join(this.#options.dir, 'log', 'redisha.log');
  }

  get log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  /** What the journal has told since the node exists, oldest first. */
  get journal(): readonly JournalLine[] {
    const file = join(this.dir, 'state', String(this.port), 'journal.jsonl');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as JournalLine);
  }

  /** A command has written down what keepalived said. */
  get announced(): boolean {
    return existsSync(join(this.dir, 'state', String(this.port), 'intents'));
  }

  /** The numbers of the rules that fired, in order. */
  get rules(): readonly number[] {
    return this.journal.flatMap(({ event, rule }) => (event === 'plan' && rule !== undefined ? [rule] : []));
  }

  /** As `rules`, without those that only waited: how often the pair is looked at in between is up to the clock. */
  get decisions(): readonly number[] {
    return this.journal.flatMap(({ event, rule, steps }) =>
      event === 'plan' && rule !== undefined && steps?.[0]?.startsWith('wait until') !== true ? [rule] : [],
    );
  }

  /** Commands on this node are told where the peer's port is, which differs where the two have turns of their own. */
  envFor(peer: TestNode, env: Env = {}): Env {
    return { ...this.env, ...(peer.port === this.port ? {} : { REDISHA_PEER_PORT: String(peer.port) }), ...env };
  }

  words(peer: TestNode): readonly string[] {
    return [this.address, peer.address, String(this.port)];
  }

  /** The command has run to its end on this node. */
  run(command: string, peer: TestNode, options: readonly string[] = [], env: Env = {}): Promise<Finished> {
    return this.runWith([command, ...this.words(peer), ...options], peer, env);
  }

  start(command: string, peer: TestNode, options: readonly string[] = [], env: Env = {}): Running {
    return this.startWith([command, ...this.words(peer), ...options], peer, env);
  }

  /** redisha has run on this node with these words. */
  runWith(args: readonly string[], peer: TestNode, env: Env = {}): Promise<Finished> {
    return redisha(args, this.envFor(peer, env), this.#options.enter);
  }

  /** redisha runs on this node with these words. */
  startWith(args: readonly string[], peer: TestNode, env: Env = {}): Running {
    return startRedisha(args, this.envFor(peer, env), this.#options.enter);
  }

  /** As `run`, and what it told. */
  async told(command: string, peer: TestNode, options: readonly string[] = []): Promise<Told> {
    const { code, stdout, stderr } = await this.run(command, peer, ['--json', ...options]);
    const text = stdout + stderr;
    if (!/^\{.*\}\n$/.test(text)) throw new Error(`${command} exited ${code}: ${text}\nlog:\n${this.log}`);
    const told = JSON.parse(text) as Told;
    if (told.exitCode !== code) throw new Error(`${command} exited ${code}, but told ${text}`);
    return told;
  }

  /** A verdict of the check, and its exit code. */
  async check(env: Env = {}): Promise<Verdict & { code: number | null }> {
    const words = ['check', this.address, String(this.port), '--json'];
    const { code, stdout, stderr } = await redisha(words, { ...this.env, ...env }, this.#options.enter);
    if (stderr !== '') throw new Error(`check said on standard error: ${stderr}`);
    return { code, ...(JSON.parse(stdout) as Verdict) };
  }

  /** A connection that stays, for as long as the test or `deadlineMs` without a word. */
  connect(deadlineMs = 60_000): Connection {
    return new Connection({ path: join(this.dir, 'redis', 'redis.sock') }, deadlineMs);
  }

  /** The answer to one command; an error reply fails the test. */
  async ask(...command: readonly (string | number)[]): Promise<Reply> {
    const reply = await this.redis.ask(...command);
    if (reply instanceof ReplyError) throw new Error(`${command.join(' ')} on ${this.name}: ${reply.message}`);
    return reply;
  }

  /** The parameters are set, one after the other: Redis before 7.0 takes one at a time. */
  async configure(parameters: Readonly<Record<string, string | number>>): Promise<void> {
    for (const [name, value] of Object.entries(parameters)) await this.ask('CONFIG', 'SET', name, value);
  }

  async role(): Promise<string> {
    return (await this.redis.view()).role;
  }

  /** This node follows `master`, the link is up and both hold the same. */
  async follows(master: TestNode, deadlineMs = 15_000): Promise<void> {
    await waitFor(
      `${this.name} in step with ${master.name}`,
      { deadlineMs, everyMs: 25 },
      async () => {
        const [mine, theirs] = await Promise.all([this.redis.info('replication'), master.redis.info('replication')]);
        return {
          role: mine.get('role'),
          of: `${mine.get('master_host')}:${mine.get('master_port')}`,
          link: mine.get('master_link_status'),
          inStep: mine.get('master_repl_offset') === theirs.get('master_repl_offset'),
          masterRole: theirs.get('role'),
          unreadable: unreadableCopy(this.redis),
          online: [...theirs].some(([, line]) => line.startsWith(`ip=${this.address},port=${this.port},state=online`)),
        };
      },
      (seen) =>
        seen.unreadable !== undefined ||
        (seen.role === 'slave' &&
          seen.of === `${master.address}:${master.port}` &&
          seen.link === 'up' &&
          seen.inStep &&
          seen.online &&
          seen.masterRole === 'master'),
    );
    skipWhereUnreadable(this.redis);
  }
}
