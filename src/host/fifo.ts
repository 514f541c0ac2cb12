/** The FIFO that keepalived tells its events by, read line by line for as long as keepalived has it open. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { every } from './clock.ts';

/** keepalived starts its script before it opens the FIFO: an end so soon is none. Source: keepalived/lib/notify.c fifo_open. */
const OPENED_WITHIN_MS = 3000;
const OPEN_EVERY_MS = 20;
/** A line is some 60 bytes; whoever writes more without a line end is not keepalived. */
const LINE_BYTES_MAX = 4096;

/** Which FIFO stands at a path: another number after keepalived has made a new one; `undefined` where there is none. */
export const fifoAt = (path: string): string | undefined => {
  try {
    const { ino, birthtimeMs, dev } = statSync(path);
    return `${String(dev)}:${String(ino)}:${String(Math.trunc(birthtimeMs))}`;
  } catch {
    return undefined;
  }
};

export interface FifoListener {
  readonly onLine: (line: string) => void;
  /** keepalived has closed it: it ends, or reads its configuration anew. Called once. */
  readonly onEnd: () => void;
}

interface Pipe {
  readonly fd: number;
  readonly socket: Socket;
}

/** A pipe of Node's reads it without a thread that waits. Source: Node's documentation of net.Socket, option fd. */
const openPipe = (path: string): Pipe => {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFIFO()) return { fd, socket: new Socket({ fd, readable: true, writable: false }) };
  closeSync(fd);
  throw new Error(`${path} is no FIFO`);
};

/**
 * What is in the pipe now; nothing where nobody has it open for writing. Of one that nobody has opened since this process
 * did, the kernel tells no end. Source: fifo(7), read returns 0; seen on Linux 6.18: epoll is silent.
 */
const readNow = (fd: number): Buffer | undefined => {
  const bytes = Buffer.alloc(LINE_BYTES_MAX);
  try {
    return bytes.subarray(0, readSync(fd, bytes));
  } catch {
    // EAGAIN: somebody has it open, and has nothing to say.
    return undefined;
  }
};

/** Calls `onLine` for each whole line of what comes in. */
const splitter = (onLine: (line: string) => void): ((chunk: Buffer) => void) => {
  let rest = '';
  return (chunk) => {
    const lines = `${rest}${chunk.toString('latin1')}`.split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_BYTES_MAX);
    lines.forEach(onLine);
  };
};

/** True from now on: `onLine` hears every line. @returns what ends it. */
export const readFifo = (path: string, { onLine, onEnd }: FifoListener): (() => void) => {
  const startMs = performance.now();
  let pipe: Pipe | undefined;
  let hasSpoken = false;
  let isOver = false;
  const isLate = (): boolean => performance.now() - startMs > OPENED_WITHIN_MS;
  const leave = (): void => {
    isOver = true;
    stop();
    pipe?.socket.destroy();
  };
  const end = (): void => {
    if (isOver) return;
    leave();
    onEnd();
  };
  const split = splitter((line) => {
    hasSpoken = true;
    if (!isOver) onLine(line);
  });
  /** From now on the kernel tells of the end, or it has come already. */
  const settle = (fd: number): void => {
    stop();
    const bytes = hasSpoken ? undefined : readNow(fd);
    if (bytes?.length === 0) end();
    else if (bytes !== undefined) split(bytes);
  };
  const open = (): void => {
    const { socket } = (pipe = openPipe(path));
    socket.on('error', () => undefined);
    socket.on('data', split);
    socket.once('close', () => {
      pipe = undefined;
      if (hasSpoken || isLate()) end();
    });
  };
  const look = (): void => {
    try {
      if (pipe === undefined) open();
      else if (isLate()) settle(pipe.fd);
    } catch {
      if (isLate()) end();
    }
  };
  const stop = every(OPEN_EVERY_MS, look);
  look();
  return leave;
};
