/**
 * Two processes, of which one is at work and the other stands by: whichever dies or stops, the other goes on or starts it
 * anew. Who listens at the socket is at work, and the kernel lets one listen at a path.
 *
 * They send each other a byte now and then. Whoever hears nothing for long ends the other one, by its pid: the connection is
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

/**
 * How the other one went: killed, of its own will, because there is nothing left to do for either, or ended for its silence.
 */
export type Parting = 'gone' | 'bye' | 'end' | 'silent';

export interface Parted {
  readonly parting: Parting;
  /** For which FIFO the process at work was. */
  readonly fifo: string | undefined;
}

interface Company {
  readonly socket: Socket;
  readonly onHello: (hello: Hello) => void;
  readonly onPart: (parting: Parting) => void;
  /** Called where the other one has been silent from the beginning, so that nobody knows which process to end. */
  readonly onStranger?: () => void;
  /** What is answered to whoever asks, as JSON. */
  readonly answer: () => unknown;
}

/** What whoever wants an answer says. */
const QUESTION = 'status';

/** Keeps company over an open connection until it ends; whoever is silent for too long is ended. */
const keepCompany = ({ socket, onHello, onPart, onStranger, answer }: Company): void => {
  const stateOf = openProcessState();
  let silence = reduceSilence(heardAt(systemClock.nowMs()), { kind: 'asked', atMs: systemClock.nowMs() });
  let partner: Hello | undefined;
  let parting: Parting = 'gone';
  let text = '';
  const hear = (line: string): void => {
    if (line === QUESTION) socket.end(`${JSON.stringify({ answer: answer() })}\n`);
    else if (line === 'bye' || line === 'end') parting = line;
    else if (line !== '' && partner === undefined) {
      partner = helloOf(line);
      if (partner !== undefined) onHello(partner);
    }
  };
  const stop = every(BEAT_MS, () => {
    if (!socket.connecting) socket.write(BEAT);
    const server = partner === undefined ? 'unknown' : stateOf(partner.pid);
    silence = reduceSilence(silence, { kind: 'tick', atMs: systemClock.nowMs(), server, policy: PATIENCE });
    if (silence.verdict === 'alive') return;
    parting = 'silent';
    if (partner === undefined) onStranger?.();
    else killed(partner.pid);
    socket.destroy();
  });
  socket.on('data', (chunk) => {
    silence = reduceSilence(silence, { kind: 'asked', atMs: systemClock.nowMs() });
    const lines = `${text}${chunk.toString('latin1')}`.split('\n');
    text = lines.pop() ?? '';
    lines.forEach(hear);
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    stop();
    onPart(parting);
  });
};

const sendHello = (socket: Socket, fifo: string | undefined): void => {
  socket.write(`${JSON.stringify({ pid: process.pid, fifo } satisfies Hello)}\n`);
};

export interface Duty {
  /** Called with every process that stands by from now on, and with its end. */
  readonly onStandby: (hello: Hello) => void;
  readonly onStandbyGone: () => void;
  /** This process does not own the socket any more: another one is at work. */
  readonly onLost: () => void;
  readonly answer: () => unknown;
}

export interface OnDuty {
  /** Whether somebody stands by. */
  readonly hasStandby: () => boolean;
  /** True afterwards: the work is free, and whoever stands by knows why. */
  readonly leave: (parting: 'bye' | 'end') => void;
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
  const standbys = new Set<Socket>();
  server.on('connection', (socket) => {
    sendHello(socket, fifo());
    let isKnown = false;
    keepCompany({
      socket,
      answer: duty.answer,
      onHello: (hello) => {
        isKnown = true;
        standbys.add(socket);
        duty.onStandby(hello);
      },
      onPart: () => {
        standbys.delete(socket);
        if (isKnown) duty.onStandbyGone();
      },
    });
  });
  every(BEAT_MS, () => {
    if (inodeOf(path) !== inode) duty.onLost();
  });
  return {
    hasStandby: () => standbys.size > 0,
    leave: (parting) => {
      for (const socket of standbys) socket.end(`${parting}\n`);
      try {
        if (inodeOf(path) === inode) unlinkSync(path);
      } catch {
        // Whoever comes next finds nobody behind it.
      }
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

/**
 * Resolves when the process at work is gone, or has said that it ends; at once where nobody is behind the socket, which is
 * gone then.
 */
export const standBy = ({ path, fifo }: Post): Promise<Parted> =>
  new Promise((resolve) => {
    let hello: Hello | undefined;
    const socket = connect(path);
    socket.once('error', (error) => {
      if (reasonOf(error) === 'ECONNREFUSED') removeDead(path);
    });
    socket.once('connect', () => {
      sendHello(socket, fifo());
    });
    keepCompany({
      socket,
      answer: () => undefined,
      onHello: (said) => {
        hello = said;
      },
      onStranger: () => {
        removeDead(path);
      },
      onPart: (parting) => {
        resolve({ parting, fifo: hello?.fifo });
      },
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
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(answerIn(text));
    });
  });
