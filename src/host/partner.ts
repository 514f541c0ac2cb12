/**
 * One process is at work: who listens at the socket, and the kernel lets one listen at a path. Whoever comes later says for
 * which FIFO it is. The one at work gives its place up to one of a newer FIFO, and to nobody else.
 *
 * The one at work sends a byte now and then. A newcomer that hears nothing for long ends it, by its pid: the connection is
 * still open then, so the pid is still that process's.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { RedishaError, RUN_DIRECTORY_HINT } from '../errors.ts';
import { heardAt, reduceSilence, type SilencePolicy } from '../core/watch/silence.ts';
import { every, systemClock } from './clock.ts';
import { reasonOf } from './files.ts';
import { openProcessState } from './process-table.ts';

const BEAT_MS = 200;

/** A process that waits for a slow disk or a busy processor is not dead: it costs more to start a new one. */
const PATIENCE: SilencePolicy = { tickMs: BEAT_MS, stoppedMs: 400, silentMs: 1000, busyMs: 5000 };

const BEAT = '\n';

/** What each of the two says first. */
interface Hello {
  readonly pid: number;
  /** Which FIFO it is for: keepalived makes a new one when it reads its configuration anew. */
  readonly fifo: string | undefined;
}

const helloOf = (line: string): Hello | undefined => {
  try {
    const { pid, fifo } = JSON.parse(line) as Record<string, unknown>;
    return typeof pid === 'number' ? { pid, fifo: typeof fifo === 'string' ? fifo : undefined } : undefined;
  } catch {
    return undefined;
  }
};

const killed = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
};

/** What whoever wants an answer says. */
const QUESTION = 'status';

const MESSAGE_MAX = 4096;
/** Of hundreds of ports. */
const ANSWER_MAX = 1024 * 1024;

/** Calls `onLine` for each whole line that comes in, and `onByte` for whatever comes. */
const hearLines = (socket: Socket, onLine: (line: string) => void, onByte: () => void = () => undefined): void => {
  let text = '';
  socket.on('data', (chunk) => {
    onByte();
    const lines = `${text}${chunk.toString('latin1')}`.split('\n');
    text = (lines.pop() ?? '').slice(0, MESSAGE_MAX);
    lines.forEach(onLine);
  });
  socket.on('error', () => undefined);
};

const sendHello = (socket: Socket, fifo: string | undefined): void => {
  socket.write(`${JSON.stringify({ pid: process.pid, fifo } satisfies Hello)}\n`);
};

export interface Duty {
  /** This process does not own the socket any more, or a process of a newer FIFO is there: that one is to work. */
  readonly onLost: () => void;
  /** What is answered to whoever asks, as JSON. */
  readonly answer: () => unknown;
}

export interface OnDuty {
  /** True afterwards: the work is free, and whoever waits for it knows that. */
  readonly leave: () => void;
}

const inodeOf = (path: string): number | undefined => {
  try {
    return lstatSync(path).ino;
  } catch {
    return undefined;
  }
};

/** The script user's group may ask what the resident knows. */
const SOCKET_MODE = 0o660;

const listenAt = (path: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (reasonOf(error) === 'EADDRINUSE') resolve(undefined);
      else {
        const problem = `cannot listen at ${path}: ${reasonOf(error)}`;
        reject(new RedishaError('HOST_FILE', problem, { cause: error, hint: RUN_DIRECTORY_HINT }));
      }
    });
    server.listen(path, () => {
      chmodSync(path, SOCKET_MODE);
      resolve(server);
    });
  });

/** Where the process at work listens; `runDirectory` is that of the FIFO. */
export const residentSocket = (runDirectory: string): string => join(runDirectory, 'socket');

/** The same of the one that attends to the check scripts of one port. */
export const attendantSocket = (runDirectory: string, port: number): string =>
  join(runDirectory, `${String(port)}-socket`);

export interface Post {
  readonly path: string;
  readonly fifo: () => string | undefined;
}

/** Takes up the work: `undefined` where another process has it. @throws {RedishaError} HOST_FILE where nobody can. */
export const takePost = async ({ path, fifo }: Post, duty: Duty): Promise<OnDuty | undefined> => {
  const server = await listenAt(path);
  if (server === undefined) return undefined;
  const inode = inodeOf(path);
  const others = new Set<Socket>();
  server.on('connection', (socket) => {
    others.add(socket);
    sendHello(socket, fifo());
    const stop = every(BEAT_MS, () => socket.write(BEAT));
    hearLines(socket, (line) => {
      const hello = line === QUESTION ? undefined : helloOf(line);
      if (line === QUESTION) socket.end(`${JSON.stringify({ answer: duty.answer() })}\n`);
      else if (hello !== undefined && hello.fifo !== fifo()) duty.onLost();
    });
    socket.once('close', () => {
      stop();
      others.delete(socket);
    });
  });
  every(BEAT_MS, () => {
    if (inodeOf(path) !== inode) duty.onLost();
  });
  return {
    leave: () => {
      try {
        if (inodeOf(path) === inode) unlinkSync(path);
      } catch {
        // Whoever comes next finds nobody behind it.
      }
      for (const socket of others) socket.end();
    },
  };
};

/** It was left by a process that was killed, or belongs to one that is stopped: that ends when it goes on and has lost it. */
const removeDead = (path: string): void => {
  try {
    unlinkSync(path);
  } catch {
    // Another process was quicker.
  }
};

/** How it was with the process at work: it works on for the same FIFO, has left or was killed, or was ended for its silence. */
export type Parting = 'works' | 'gone' | 'silent';

const askedNow = () => {
  const atMs = systemClock.nowMs();
  return reduceSilence(heardAt(atMs), { kind: 'asked', atMs });
};

/** Resolves when the work may be free, or is done by another process for the same FIFO. */
export const awaitPost = ({ path, fifo }: Post): Promise<Parting> =>
  new Promise((resolve) => {
    const stateOf = openProcessState();
    let silence = askedNow();
    let worker: Hello | undefined;
    let parting: Parting = 'gone';
    const socket = connect(path);
    const part = (why: Parting): void => {
      parting = why;
      socket.destroy();
    };
    const stop = every(BEAT_MS, () => {
      const server = worker === undefined ? 'unknown' : stateOf(worker.pid);
      silence = reduceSilence(silence, { kind: 'tick', atMs: systemClock.nowMs(), server, policy: PATIENCE });
      if (silence.verdict === 'alive') return;
      // Of one that was silent from the beginning nobody knows which process to end.
      if (worker === undefined) removeDead(path);
      else killed(worker.pid);
      part('silent');
    });
    hearLines(
      socket,
      (line) => {
        worker ??= helloOf(line);
        if (worker !== undefined && worker.fifo === fifo()) part('works');
      },
      () => {
        silence = askedNow();
      },
    );
    socket.once('error', (error) => {
      if (reasonOf(error) === 'ECONNREFUSED') removeDead(path);
    });
    socket.once('connect', () => {
      sendHello(socket, fifo());
    });
    socket.once('close', () => {
      stop();
      resolve(parting);
    });
  });

const answerIn = (text: string): unknown => {
  for (const line of text.split('\n')) {
    try {
      const { answer } = JSON.parse(line) as { readonly answer?: unknown };
      if (answer !== undefined) return answer;
    } catch {
      // A beat, or half a line.
    }
  }
  return undefined;
};

/** What the process at work answers; `undefined` where none does within `timeoutMs`, or this user may not ask. Never rejects. */
export const askAtWork = (path: string, timeoutMs: number): Promise<unknown> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
    }, timeoutMs);
    socket.on('error', () => undefined);
    socket.once('connect', () => {
      socket.write(`${QUESTION}\n`);
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      if (text.length > ANSWER_MAX) socket.destroy();
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(answerIn(text));
    });
  });
