/**
 * The resident: one process that watches every pair of this host, and a second one that stands by. Which of the two it is,
 * it finds out; a start is the same for both.
 */
import { dirname, join } from 'node:path';
import type { Log } from '../app/ports.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords, WatchWords } from '../cli/words.ts';
import { RedishaError } from '../errors.ts';
import { systemClock } from '../host/clock.ts';
import { fifoAt, isFifoHeld, readFifo } from '../host/fifo.ts';
import { commandKeys } from '../host/identity.ts';
import type { OnDuty, Post } from '../host/partner.ts';
import { standBy, takePost } from '../host/partner.ts';
import { startDetached } from '../host/spawn.ts';
import { tellKeepalived, verdictFile } from '../host/verdict-file.ts';
import type { FifoEvent } from '../keepalived/fifo-line.ts';
import { readFifoLine } from '../keepalived/fifo-line.ts';
import type { OwnScript } from './check.ts';
import { settingsOfPair } from './change.ts';
import { logFor } from './log.ts';
import { optionWords, settingsFor } from './settings.ts';
import type { WatchedPort } from './watched-port.ts';
import { watchPort } from './watched-port.ts';

/** The script user's group may ask what the resident knows. */
const SOCKET_MODE = 0o660;

/** A port whose configuration cannot be read is tried again after this; its node is unfit meanwhile. */
const OPEN_EVERY_MS = 2000;

/** A process that stands by and dies soon is started again ever later. */
const SPAWN_MIN_MS = 50;
const SPAWN_MAX_MS = 5000;
const LIFE_MIN_MS = 5000;

/** keepalived ends its scripts first, and then says STOP by the FIFO. Source: keepalived/vrrp/vrrp_daemon.c. */
const LAST_WORDS_MS = 900;

/** After its end was asked for, a change of a role gets so long to leave nothing behind. */
const LEAVE_MS = 500;

export interface Watching {
  readonly words: WatchWords;
  readonly options: CommonOptions;
  readonly ownScript: OwnScript;
  /** Aborted by SIGTERM and its like. */
  readonly signal: AbortSignal;
}

interface Resident extends Watching {
  readonly log: Log;
  readonly post: Post;
}

const allPairs = ({ words }: Watching): readonly PairWords[] => words.instances.flatMap(({ pairs }) => pairs);

/** The ports as they are watched now, by their number, and what keepalived has said of those that are not yet. */
interface Ports {
  readonly open: Map<number, WatchedPort>;
  readonly unheard: Map<number, FifoEvent['what']>;
}

const hear = ({ open, unheard }: Ports, port: number, what: FifoEvent['what']): void => {
  const watched = open.get(port);
  if (watched !== undefined) watched.hear(what);
  else if (what !== 'rival') unheard.set(port, what);
};

/** True afterwards, sooner or later: the port is watched. Until then its node is unfit. */
const keepOpen = async (resident: Resident, pair: PairWords, ports: Ports, over: AbortSignal): Promise<void> => {
  const { options, log, post } = resident;
  const runDirectory = dirname(post.path);
  const nextKey = commandKeys();
  let before: string | undefined;
  while (!over.aborted) {
    try {
      const settings = await settingsOfPair(pair, options);
      const port = watchPort({ settings, pair, options, log, runDirectory, nextKey, signal: over });
      ports.open.set(pair.port, port);
      over.addEventListener('abort', port.stop);
      const unheard = ports.unheard.get(pair.port);
      ports.unheard.delete(pair.port);
      if (unheard !== undefined) port.hear(unheard);
      await port.ended;
      return;
    } catch (error) {
      ports.open.get(pair.port)?.stop();
      ports.open.delete(pair.port);
      const problem = error instanceof RedishaError ? error.message : String((error as Error).stack);
      tellKeepalived(verdictFile(runDirectory, pair.port), false);
      if (problem !== before) log.error('not-watched', { port: pair.port, problem });
      before = problem;
      await systemClock.delay(OPEN_EVERY_MS, over);
    }
  }
};

/** Keeps one process standing by. */
const openStandbyKeeper = (resident: Resident) => {
  const { words, options, ownScript, log } = resident;
  let waitMs = SPAWN_MIN_MS;
  let sinceMs = systemClock.nowMs();
  let timer: NodeJS.Timeout | undefined;
  const start = async (): Promise<void> => {
    const args = ['watch', ...optionWords(options), ...words.argv];
    await startDetached({ script: await ownScript(), args, env: process.env });
  };
  const startSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      start().catch((error: unknown) => {
        log.error('nobody-stands-by', { problem: String(error) });
      });
      // One that does not come to stand by is followed by another.
      waitMs = Math.min(SPAWN_MAX_MS, 2 * waitMs);
      timer = setTimeout(startSoon, SPAWN_MAX_MS);
    }, waitMs);
  };
  return {
    startSoon,
    stop: () => {
      clearTimeout(timer);
    },
    onStandby: () => {
      sinceMs = systemClock.nowMs();
      clearTimeout(timer);
    },
    onGone: () => {
      if (systemClock.nowMs() - sinceMs >= LIFE_MIN_MS) waitMs = SPAWN_MIN_MS;
      startSoon();
    },
  };
};

const instanceOf = ({ words }: Watching, name: string): readonly PairWords[] =>
  words.instances.find(({ instance }) => instance === name)?.pairs ?? [];

/** Works until keepalived closes the FIFO, or another process has taken the socket. */
const work = async (resident: Resident, duty: OnDuty, lost: AbortSignal): Promise<void> => {
  const { words, log, signal, post } = resident;
  const over = new AbortController();
  const ports: Ports = { open: new Map(), unheard: new Map() };
  const ended = Promise.withResolvers<string>();
  const stopFifo = readFifo(words.fifo, {
    onLine: (line) => {
      const event = readFifoLine(line);
      if (event === undefined) return;
      log.debug('told', { instance: event.instance, what: event.what });
      for (const { port } of instanceOf(resident, event.instance)) hear(ports, port, event.what);
    },
    onEnd: () => {
      ended.resolve('keepalived has closed the FIFO');
    },
  });
  lost.addEventListener('abort', () => {
    ended.resolve('another process is at work');
  });
  signal.addEventListener('abort', () => {
    setTimeout(() => {
      ended.resolve('told to end');
    }, LAST_WORDS_MS);
  });
  const open = Promise.all(allPairs(resident).map((pair) => keepOpen(resident, pair, ports, over.signal)));
  log.info('watching', { ports: allPairs(resident).map(({ port }) => port), pid: process.pid });
  const why = await Promise.race([ended.promise, open.then(() => 'nothing is left to watch')]);
  stopFifo();
  over.abort();
  const idle = Promise.all([...ports.open.values()].map((port) => port.idle()));
  await Promise.race([idle, systemClock.delay(LEAVE_MS)]);
  log.info('watching-ends', { why, pid: process.pid });
  if (fifoAt(words.fifo) === post.fifo() || signal.aborted) duty.leave();
};

/** Takes up the work where nobody has it. */
const takeUp = async (resident: Resident): Promise<boolean> => {
  const keeper = openStandbyKeeper(resident);
  const lost = new AbortController();
  const { post, log } = resident;
  const fifo = post.fifo();
  const duty = await takePost(post, {
    isWell: () => true,
    onStandby: (hello) => {
      log.debug('stands-by', { pid: hello.pid });
      if (hello.fifo === fifo) keeper.onStandby();
      // keepalived has read its configuration anew, and what it started is to take over.
      else lost.abort();
    },
    onStandbyGone: keeper.onGone,
    onLost: () => {
      lost.abort();
    },
  });
  if (duty === undefined) return false;
  keeper.startSoon();
  await work(resident, duty, lost.signal);
  keeper.stop();
  duty.leave();
  return true;
};

/** Stays until keepalived is gone, or has started another one. */
export const runWatch = async (watching: Watching): Promise<void> => {
  const { words, options, signal } = watching;
  const settings = await settingsFor(options, {});
  const log = await logFor(settings, options, 'watch');
  const own = fifoAt(words.fifo);
  const post: Post = {
    path: join(dirname(words.fifo), 'socket'),
    mode: SOCKET_MODE,
    fifo: () => own,
  };
  const resident: Resident = { ...watching, log, post };
  while (!signal.aborted) {
    if (await takeUp(resident)) return;
    const parting = await standBy(post);
    const isServed = parting === 'nobody' || (fifoAt(words.fifo) === own && isFifoHeld(words.fifo));
    if (!isServed) return;
    if (parting === 'silent') log.warn('was-silent', { hint: 'the process that watched was stopped or stuck, and was ended' });
  }
};
