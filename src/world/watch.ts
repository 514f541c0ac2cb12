/** The resident: one process that watches every pair of this host, and is guarded by a shell. */
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import type { Log } from '../app/ports.ts';
import type { ResidentAnswer } from '../app/told.ts';
import type { CommonOptions } from '../cli/runtime.ts';
import type { PairWords, WatchWords } from '../cli/words.ts';
import type { Settings } from '../config/settings.ts';
import { isCode, RedishaError } from '../errors.ts';
import { every, systemClock } from '../host/clock.ts';
import { openChanges } from '../host/executable.ts';
import { fifoAt, readFifo } from '../host/fifo.ts';
import type { Guard } from '../host/guard.ts';
import { foundByGuard, keepGuard, noteLooks } from '../host/guard.ts';
import { commandKeys } from '../host/identity.ts';
import { writeLastLine } from '../host/last-line.ts';
import type { OnDuty, Post } from '../host/partner.ts';
import { awaitPost, residentSocket, takePost } from '../host/partner.ts';
import { readLastCheck } from '../host/state.ts';
import { tellKeepalived, verdictFile } from '../host/verdict-file.ts';
import type { FifoEvent } from '../keepalived/fifo-line.ts';
import { readFifoLine } from '../keepalived/fifo-line.ts';
import type { OwnScript } from './check.ts';
import { hooksFor, settingsOfPair } from './change.ts';
import { logInAnyCase } from './log.ts';
import { filesBehind, optionWords } from './settings.ts';
import { virtualAddressOf } from './virtual-address.ts';
import type { WatchedPort } from './watched-port.ts';
import { watchPort } from './watched-port.ts';

/** A port whose configuration cannot be read is tried again after this; its node is unfit meanwhile. */
const OPEN_EVERY_MS = 2000;

/** Between two tries to take up the work. */
const CONTEND_EVERY_MS = 20;

/** How often the files that the settings come from are looked at, and the executable. */
const FILES_EVERY_MS = 2000;

/** How often the guard hears that everything is looked at, and after how long without a look at a port it does not. */
const NOTE_EVERY_MS = 1000;
const UNLOOKED_MS = 5000;

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

/**
 * Calls `listener` once, when the files say something else than `settings` and can be read. A mistake in them is logged, and
 * changes nothing. @returns what ends that.
 */
const onceRead = (
  { options, log }: Resident,
  pair: PairWords,
  settings: Settings,
  listener: () => void,
): (() => void) => {
  let hasChanged = openChanges(filesBehind(settings));
  const read = async (): Promise<void> => {
    try {
      await settingsOfPair(pair, options);
      log.info('settings-changed', { port: pair.port });
      stop();
      listener();
    } catch (error) {
      log.error('settings-not-read', { port: pair.port, problem: String(error), hint: 'what was read before stays' });
    }
  };
  const stop = every(FILES_EVERY_MS, () => {
    if (!hasChanged()) return;
    hasChanged = openChanges(filesBehind(settings));
    void read();
  });
  return stop;
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
      const address = await virtualAddressOf(settings, pair);
      const last = readLastCheck({ stateDir: settings.files.stateDir, port: pair.port });
      const hooks = await hooksFor({ settings, pair, log, last, stays: true });
      const rest = { options, log, hearsEvents: true, runDirectory, nextKey, hooks };
      const port = watchPort({ settings, pair, address, signal: over, ...rest });
      ports.open.set(pair.port, port);
      over.addEventListener('abort', port.stop);
      const unheard = ports.unheard.get(pair.port);
      ports.unheard.delete(pair.port);
      if (unheard !== undefined) port.hear(unheard);
      const stopLooking = onceRead(resident, pair, settings, port.stop);
      await port.ended.finally(stopLooking);
      over.removeEventListener('abort', port.stop);
      before = undefined;
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

/** True from now on: this process is guarded. Its guard ends it where nobody looks at one of the ports any more. */
const openGuard = ({ words, options, log, post }: Resident, { open }: Ports, script: string | undefined): Guard => {
  const looksFile = join(dirname(post.path), 'looks');
  const note = (): void => {
    if ([...open.values()].every((port) => port.unlookedMs() < UNLOOKED_MS)) noteLooks(looksFile);
  };
  note();
  every(NOTE_EVERY_MS, note);
  const next = { script, args: ['watch', ...optionWords(options), ...words.argv], env: process.env };
  writeLastLine(dirname(post.path), looksFile, next);
  return keepGuard({
    next,
    looksFile,
    onProblem: (problem) => {
      log.error('nobody-guards', { problem });
    },
  });
};

const instanceOf = ({ words }: Watching, name: string): readonly PairWords[] =>
  words.instances.find(({ instance }) => instance === name)?.pairs ?? [];

interface Ending {
  readonly why: string;
  /** Nobody is to go on in its place, or another one is there already. */
  readonly isLast: boolean;
}

/** Works until keepalived closes the FIFO, or another process is to work. */
const work = async (resident: Resident, ports: Ports, duty: OnDuty, lost: AbortSignal): Promise<void> => {
  const { words, log, signal, ownScript } = resident;
  const over = new AbortController();
  const ended = Promise.withResolvers<Ending>();
  const script = await ownScript();
  const stopFifo = readFifo(words.fifo, {
    onLine: (line) => {
      const event = readFifoLine(line);
      if (event === undefined) return;
      log.debug('told', { instance: event.instance, what: event.what });
      for (const { port } of instanceOf(resident, event.instance)) hear(ports, port, event.what);
    },
    onEnd: () => {
      ended.resolve({ why: 'keepalived has closed the FIFO', isLast: true });
    },
  });
  const lose = (): void => {
    ended.resolve({ why: 'another process is to take over', isLast: true });
  };
  if (lost.aborted) lose();
  lost.addEventListener('abort', lose);
  signal.addEventListener('abort', () => {
    setTimeout(() => {
      ended.resolve({ why: 'told to end', isLast: false });
    }, LAST_WORDS_MS);
  });
  for (const pair of allPairs(resident)) void keepOpen(resident, pair, ports, over.signal);
  log.info('watching', { ports: allPairs(resident).map(({ port }) => port), pid: process.pid });
  const guard = openGuard(resident, ports, script);
  const hasChanged = openChanges([process.execPath]);
  const stopLooking = every(FILES_EVERY_MS, () => {
    if (hasChanged() && guard.isThere()) ended.resolve({ why: 'another version was installed', isLast: false });
  });
  const { why, isLast } = await ended.promise;
  stopLooking();
  stopFifo();
  over.abort();
  const idle = Promise.all([...ports.open.values()].map((port) => port.idle()));
  await Promise.race([idle, systemClock.delay(LEAVE_MS)]);
  log.info('watching-ends', { why, pid: process.pid });
  if (isLast) guard.dismiss();
  duty.leave();
};

/** What `status` asks for. */
const answerOf = ({ open }: Ports): ResidentAnswer => ({
  pid: process.pid,
  ports: [...open].flatMap(([port, watched]) => {
    const report = watched.report();
    return report === undefined ? [] : [{ port, ...report }];
  }),
});

/** Takes up the work where nobody has it. */
const takeUp = async (resident: Resident): Promise<boolean> => {
  const lost = new AbortController();
  const ports: Ports = { open: new Map(), unheard: new Map() };
  const duty = await takePost(resident.post, {
    answer: () => answerOf(ports),
    onLost: () => {
      lost.abort();
    },
  });
  if (duty === undefined) return false;
  await work(resident, ports, duty, lost.signal);
  return true;
};

const WAS_SILENT = { hint: 'the process that watched was stopped or stuck, and was ended' };

/**
 * A busy host is where it is needed, so it comes before what makes the host busy. For root alone; any other user's stays as
 * it is. Source: setpriority(2).
 */
const comeFirst = (): void => {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // EACCES: it waits its turn.
  }
};

/** Stays until keepalived is gone, or has started another one. */
export const runWatch = async (watching: Watching): Promise<void> => {
  comeFirst();
  const { words, options, signal } = watching;
  const log = await logInAnyCase(options, {}, 'watch');
  const own = fifoAt(words.fifo);
  const post: Post = { path: residentSocket(dirname(words.fifo)), fifo: () => own };
  const resident: Resident = { ...watching, log, post };
  const found = foundByGuard();
  if (found === 'silent') log.warn('was-silent', WAS_SILENT);
  else if (found === 'gone') log.info('takes-over', { why: 'the process that watched is gone' });
  let before: string | undefined;
  while (!signal.aborted) {
    try {
      if (await takeUp(resident)) return;
    } catch (error) {
      if (!isCode(error, 'HOST_FILE')) throw error;
      if (error.message !== before) log.error('cannot-watch', { problem: error.message, hint: error.hint });
      before = error.message;
      await systemClock.delay(OPEN_EVERY_MS, signal);
    }
    const parting = await awaitPost(post);
    if (parting === 'works' || fifoAt(words.fifo) !== own) return;
    if (parting === 'silent') log.warn('was-silent', WAS_SILENT);
    await systemClock.delay(CONTEND_EVERY_MS, signal);
  }
};
