/**
 * A Redis of our own that nobody else can reach: a unix socket in a directory of mode 0700, no port, nothing written.
 *
 * A shell is its parent and holds the other end of a pipe to us. When the pipe closes, by our word or by our death, the
 * shell kills the server by the id of its own child, which cannot be anybody else's, and removes the directory.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { access, chmod, constants, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { RedishaError } from '../errors.ts';
import { within } from '../host/deadline.ts';
import type { ConnectionOptions } from './connection.ts';
import { Connection } from './connection.ts';
import { Failure } from './failure.ts';
import { parseInfo } from './info.ts';
import type { Program } from './server-programs.ts';

const LOOK_MS = 5_000;
const LOOK_EVERY_MS = 10;
/** A load that does not move for so long is given up. */
const STALL_MS = 60_000;
const END_MS = 10_000;
const LOG_BYTES_MAX = 4_000;
const DATABASES = 1024;
/** No rescue uses the last one, so that a value from elsewhere can be laid beside the rescued one. */
export const SCRATCH_DATABASE = DATABASES - 1;
/** What a dataset takes in memory, by the size of its RDB. A guess on the safe side: the live Redis may share this host. */
const MEMORY_PER_BYTE = 3;
const MEMORY_MIN_BYTES = 64 * 1024 * 1024;

/**
 * The server is the first that the kernel kills when memory runs out, and the last that gets the processor. Its output
 * ends with it, since the shell keeps no end of that pipe.
 */
const KEEPER = `trap '' HUP INT TERM QUIT
( echo 1000 >/proc/self/oom_score_adj; exec nice -n 10 "$1" "$2/redis.conf" ) </dev/null 2>&1 &
server=$!
exec >/dev/null 2>&1
cat >/dev/null
kill -KILL "$server"
wait "$server"
rm -rf "$2"`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** @throws {RedishaError} REFUSED_BY_RULE where `bytes` of keys may not fit beside what runs on this host. */
export const assertMemoryFor = async (what: string, bytes: number): Promise<void> => {
  const text = await readFile('/proc/meminfo', 'latin1').catch(() => '');
  const free = Number(/^MemAvailable: +(\d+) kB/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY) * 1024;
  const needed = bytes + MEMORY_MIN_BYTES;
  if (free >= needed) return;
  throw new RedishaError(
    'REFUSED_BY_RULE',
    `${what} may take ${megabytes(needed)} of memory to read, and ${megabytes(free)} are free`,
    { hint: 'copy the file to a host that has room and can reach the pair, and run redisha there with its path' },
  );
};

const assertMemory = async (rdb: string): Promise<void> =>
  assertMemoryFor(basename(rdb), (await stat(rdb)).size * MEMORY_PER_BYTE);

const configuration = (directory: string, { server: { version } }: Program): string =>
  [
    'port 0',
    `unixsocket ${JSON.stringify(join(directory, 'socket'))}`,
    'unixsocketperm 700',
    `dir ${JSON.stringify(directory)}`,
    'dbfilename rescue.rdb',
    'save ""',
    // Nobody else wants a copy, so that there is nothing to wait for.
    'repl-diskless-sync-delay 0',
    'appendonly no',
    'daemonize no',
    'loglevel notice',
    `databases ${String(DATABASES)}`,
    // DEBUG DIGEST-VALUE tells whether two values are equal, however they are kept. Allowed without a word before Redis 7.
    ...(version[0] >= 7 ? ['enable-debug-command local'] : []),
    '',
  ].join('\n');

/** True afterwards: the directory has all that the server needs, and the RDB is only linked to. */
const furnish = async (directory: string, program: Program, rdb: string | undefined): Promise<void> => {
  await chmod(directory, 0o700);
  if (rdb !== undefined) {
    await access(rdb, constants.R_OK);
    await symlink(await realpath(rdb), join(directory, 'rescue.rdb'));
  }
  await writeFile(join(directory, 'redis.conf'), configuration(directory, program), { mode: 0o600 });
};

/** The server ended before it had read its file. Its own words say why. */
export class NotLoaded extends Error {
  readonly log: string;
  constructor(log: string) {
    super('the private server ended');
    this.name = 'NotLoaded';
    this.log = log;
  }
}

export class PrivateServer {
  readonly #directory: string;
  readonly #keeper: ChildProcess;
  readonly #signal: AbortSignal;
  readonly #ended: Promise<void>;
  readonly #end = (): void => {
    this.#keeper.stdin?.end();
  };
  #log = '';
  #isOver = false;

  /**
   * A server that holds what is in `rdb`, or nothing. It is on its way out as soon as `signal` is aborted.
   * @throws {NotLoaded} when this program does not read the file
   * @throws {RedishaError} REFUSED_BY_RULE without the memory, RESCUE_FAILED, INTERRUPTED
   */
  static async start(
    program: Program,
    rdb: string | undefined,
    signal: AbortSignal,
    onLoading: (part: number) => void,
  ): Promise<PrivateServer> {
    if (rdb !== undefined) await assertMemory(rdb);
    const directory = await mkdtemp(join(tmpdir(), 'redisha-rescue-'));
    let server: PrivateServer | undefined;
    try {
      await furnish(directory, program, rdb);
      server = new PrivateServer(directory, program, signal);
      await server.#loaded(onLoading);
      return server;
    } catch (error) {
      await (server === undefined ? rm(directory, { recursive: true, force: true }) : server.close());
      const { code } = error as NodeJS.ErrnoException;
      if (error instanceof RedishaError || code === undefined) throw error;
      throw new RedishaError('RESCUE_FAILED', `no private server in ${directory}: ${code}`, { cause: error });
    }
  }

  private constructor(directory: string, { path }: Program, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
    this.#keeper = spawn('sh', ['-c', KEEPER, 'sh', path, directory], {
      // A session of its own: what is typed at the terminal is for us to pass on.
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    });
    this.#ended = new Promise((resolve) => {
      this.#keeper.once('error', () => resolve());
      this.#keeper.once('exit', () => resolve());
    });
    this.#keeper.stdin?.on('error', () => undefined);
    this.#keeper.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_BYTES_MAX);
    });
    this.#keeper.stdout?.once('close', () => {
      this.#isOver = true;
    });
    signal.addEventListener('abort', this.#end, { once: true });
    if (signal.aborted) this.#end();
  }

  /** How to connect. The server's own messages never leave this host, so it needs no password. */
  get options(): ConnectionOptions {
    return {
      endpoint: { host: 'the private server', port: 0 },
      socketPath: join(this.#directory, 'socket'),
      username: undefined,
      password: undefined,
      tls: undefined,
      connectTimeoutMs: LOOK_MS,
      commandTimeoutMs: LOOK_MS,
      renamedCommands: {},
    };
  }

  /** True afterwards: the server and its directory are gone. Never rejects. */
  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#end);
    this.#end();
    await within(END_MS, this.#ended, undefined);
    this.#keeper.stdout?.destroy();
    this.#keeper.unref();
    await rm(this.#directory, { recursive: true, force: true }).catch(() => undefined);
  }

  /** True afterwards: the server answers and has loaded its data. */
  async #loaded(onLoading: (part: number) => void): Promise<void> {
    let [loadedBytes, movedMs] = [-1, performance.now()];
    for (;;) {
      if (this.#signal.aborted) throw new RedishaError('INTERRUPTED', 'interrupted by a signal');
      if (this.#isOver) throw new NotLoaded(this.#log);
      const seen = await this.#look();
      if (seen?.loading === false) return;
      if (seen !== undefined && seen.loadedBytes !== loadedBytes) {
        [loadedBytes, movedMs] = [seen.loadedBytes, performance.now()];
        onLoading(seen.loadedBytes / Math.max(1, seen.totalBytes));
      }
      if (performance.now() - movedMs > STALL_MS) {
        throw new RedishaError('RESCUE_FAILED', 'the private server does not get on with reading the rescue');
      }
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_EVERY_MS);
      });
    }
  }

  /** How far it is; `undefined` where it does not answer yet. */
  async #look(): Promise<{ loading: boolean; loadedBytes: number; totalBytes: number } | undefined> {
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(this.options);
      const info = parseInfo(String(await connection.call('INFO', 'persistence')));
      return {
        loading: info.get('loading') !== '0',
        loadedBytes: Number(info.get('loading_loaded_bytes') ?? 0),
        totalBytes: Number(info.get('loading_total_bytes') ?? 0),
      };
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    } finally {
      connection?.close();
    }
  }
}
