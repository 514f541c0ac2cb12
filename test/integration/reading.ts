/** Rescues of servers of every version, on hosts with some programs, beside a master of some version. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createRescuer } from '../../src/redis/rescuer.ts';
import { freePort, LoopbackMachine } from '../lib/loopback.ts';
import type { Finished } from '../lib/process.ts';
import { redisha } from '../lib/program.ts';
import { RedisServer } from '../lib/redis.ts';
import { type Reply, ReplyError } from '../lib/resp.ts';
import { findServer, type Server } from '../lib/server.ts';
import { isThere, lastFetched, NEWER } from '../lib/suites/programs.ts';
import { temporary } from './lib/pair.ts';
import { PLAIN } from './lib/plain-connection.ts';

export type Command = readonly (string | number)[];

export const REDIS_6 = 'bullseye/redis';
export const REDIS_7 = 'bookworm/redis';
export const REDIS_8_0_2 = 'trixie/redis';
export const REDIS_8_0_6 = 'sid/redis';
export const REDIS_8_6 = 'experimental/redis';
export const VALKEY_8_1 = 'trixie/valkey';
export const VALKEY_9 = 'sid/valkey';
const ALL = [REDIS_6, REDIS_7, REDIS_8_0_2, REDIS_8_0_6, REDIS_8_6, VALKEY_8_1, VALKEY_9];

/** The servers that are not here: the tests between versions need all of them. */
export const missing = ALL.filter((id) => findServer(id) === undefined);
const newer = lastFetched().flatMap((one) => (ALL.includes(one.id) && isThere(one) && one.isNewer ? [one.title] : []));
/** For the title of a test that is skipped without them, or that fails no run where one of them is newer than what was recorded. */
export const where = [
  ...(missing.length === 0 ? [] : [` (skipped: not here: ${missing.join(', ')})`]),
  ...(newer.length === 0 ? [] : [` (${NEWER}: ${newer.join(', ')})`]),
].join('');

/** What was printed, with the versions that were recorded: a suite moves, and what is to be said of its server does not. */
const asRecorded = (text: string): string =>
  lastFetched().reduce(
    (said, one) => (ALL.includes(one.id) && isThere(one) ? said.replaceAll(one.version, one.recorded) : said),
    text,
  );

export const MINE: Command = ['SET', 'mine', 1];

const HOST = '127.0.0.1';
/** Nobody listens there: the host's own server does not run. */
const NOBODY = '127.0.0.9';

export interface Started {
  readonly redis: RedisServer;
  readonly dir: string;
  readonly ask: (...command: Command) => Promise<Reply>;
}

const serverById = (id: string): Server => {
  const server = findServer(id);
  if (server === undefined) throw new Error(`${id} is not here`);
  return server;
};

/** A server of that suite, which is gone after the test, after it has carried out the commands. */
export const startServer = async (id: string, commands: readonly Command[] = []): Promise<Started> => {
  const dir = await temporary();
  const port = await freePort([HOST]);
  const lines = [`bind ${HOST}`, 'save ""', 'repl-diskless-sync-delay 0'];
  const redis = new RedisServer(new LoopbackMachine('reader'), { port, lines, place: dir, server: serverById(id) });
  onTestFinished(() => redis.kill());
  await redis.start();
  const ask = async (...command: Command): Promise<Reply> => {
    const reply = await redis.ask(...command);
    if (reply instanceof ReplyError) throw new Error(`${command.join(' ')} on ${id}: ${reply.message}`);
    return reply;
  };
  for (const command of commands) await ask(...command);
  return { redis, dir, ask };
};

/** The rescue of a whole dataset: all that a server of that suite holds after the commands. */
export const datasetOf = async (id: string, commands: readonly Command[]): Promise<string> => {
  const { redis, dir } = await startServer(id, commands);
  const rescuer = createRescuer({
    connect: (endpoint) => ({ ...PLAIN, endpoint }),
    directory: join(dir, 'rescue'),
    keep: 10,
    bytesMax: 1e9,
    clock: { wallIso: () => new Date().toISOString() },
    onPruned: () => Promise.resolve(),
    onReplaced: () => Promise.resolve(),
  });
  const reason = { side: 'peer', why: 'diverged' } as const;
  return rescuer.saveDataset({ host: HOST, port: redis.port }, reason, () => undefined);
};

/** What the keeper of a private server needs besides the server. */
const TOOLS = ['sh', 'nice', 'cat', 'rm'];

/** The PATH of a host on which nothing but the servers of these suites is installed. */
export const pathOf = async (ids: readonly string[]): Promise<string> => {
  const dir = await temporary();
  const directories = ids.map((id, at) => {
    const { program } = serverById(id);
    mkdirSync(join(dir, String(at)));
    symlinkSync(program, join(dir, String(at), basename(program)));
    return join(dir, String(at));
  });
  for (const tool of TOOLS) symlinkSync(join('/bin', tool), join(dir, tool));
  return [...directories, dir].join(':');
};

/** `redisha rescue …` on a host with these programs, beside that master. It runs on this host only if `isHere`. */
export const rescueOn = async (
  ids: readonly string[],
  { redis }: Started,
  words: readonly string[],
  isHere = false,
): Promise<Finished> => {
  const dir = await temporary();
  const done = await redisha(['rescue', ...words], {
    PATH: await pathOf(ids),
    TMPDIR: dir,
    REDISHA_STATE_DIR: join(dir, 'state'),
    REDISHA_LOG_FILE: join(dir, 'log'),
    REDISHA_PORT: String(redis.port),
    REDISHA_PEER_PORT: String(redis.port),
    REDISHA_LOCAL: isHere ? HOST : NOBODY,
    REDISHA_PEER: isHere ? NOBODY : HOST,
  });
  return { ...done, stdout: asRecorded(done.stdout), stderr: asRecorded(done.stderr) };
};
