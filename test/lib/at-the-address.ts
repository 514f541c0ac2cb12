/** Clients of the virtual address, and what each of them goes through while the role is moved on purpose. */
import { COUNTER } from './hot-keys.ts';
import { ADDRESS, type Node, type Pair } from './pair.ts';
import type { Running } from './process.ts';
import { nowMs, waitFor } from './wait.ts';
import type { Errors } from './writer-protocol.ts';

const WRITERS = 4;
const CHANNEL = 'news';
const PATIENCE_MS = 30_000;
/** No client gives up by itself: what ends a connection is what is looked at. */
const PATIENT = { requestTimeoutMs: PATIENCE_MS, writesPerS: 250, hotPerS: 250 };

export interface Passage {
  /** What each writer was told, and how often, but for connections that were refused until the address was there. */
  readonly errors: readonly Errors[];
  /** How long after the address had come each connection ended that only listens. */
  readonly heardAfterMs: readonly number[];
  readonly longestGapMs: number;
  /** By the new master, and by what was acknowledged. */
  readonly counted: readonly [server: number, clients: number];
}

/** It ends when its connection does. */
const listener = async (pair: Pair): Promise<Running> => {
  const script = `exec 3<>/dev/tcp/${ADDRESS}/6379; printf 'SUBSCRIBE ${CHANNEL}\\r\\n' >&3; exec cat <&3`;
  const running = await pair.client.spawn(['bash', '-c', script]);
  await running.said('that it listens', PATIENCE_MS, (text) => text.startsWith(CHANNEL));
  return running;
};

/** While a writer waits for the address its connections are refused, or nobody answers at all. */
const WAITING = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'connect-timeout', 'unanswered']);

/** The role moves to `node` by a person's `promote`. `name` is one of its own. */
export async function passage(pair: Pair, node: Node, name: string): Promise<Passage> {
  const old = pair.other(node);
  const before = await counter(old);
  const writers = await Promise.all(
    Array.from({ length: WRITERS }, (_, nth) => pair.writer({ ...PATIENT, keyPrefix: `${name}${String(nth)}:` })),
  );
  for (const writer of writers) await writer.ackedMore(100, PATIENCE_MS);
  const listeners = [await listener(pair), await listener(pair)];
  const ended = listeners.map((running) => running.ended.then(nowMs));
  const fromMs = nowMs();
  const promoting = pair.redisha(node, ['promote', '127.0.0.1', old.host.address, String(node.redis.port)]);
  const isHere = (): boolean => node.host.owns(ADDRESS);
  await waitFor('the address', { deadlineMs: PATIENCE_MS, everyMs: 5 }, isHere, Boolean);
  const hereMs = nowMs();
  for (const writer of writers) await writer.ackedMore(100, PATIENCE_MS);
  const done = await promoting;
  if (done.code !== 0) throw new Error(`promote exited ${String(done.code)}: ${done.stdout}${done.stderr}`);
  const heardAfterMs = (await Promise.all(ended)).map((endMs) => endMs - hereMs);
  const longestGapMs = Math.max(...writers.map((writer) => writer.longestGapMs(fromMs)));
  const written = await Promise.all(writers.map((writer) => writer.end()));
  const clients = written
    .flatMap(({ history }) => history)
    .filter(({ key, endMs }) => key === COUNTER && endMs !== undefined).length;
  const errors = written.map((one) =>
    Object.fromEntries(Object.entries(one.errors).filter(([kind]) => !WAITING.has(kind))),
  );
  return { errors, heardAfterMs, longestGapMs, counted: [(await counter(node)) - before, clients] };
}

const counter = async ({ redis }: Node): Promise<number> => Number(await redis.ask('GET', COUNTER));
