/** The FIFO that keepalived tells its events by, read line by line for as long as keepalived has it open. */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
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

/**
 * Whether keepalived has the FIFO open: it opens it for reading as well, and a FIFO that nobody reads cannot be opened for
 * writing. Nothing is read or written. Source: fifo(7), ENXIO; keepalived/lib/notify.c fifo_open.
 */
export const isFifoHeld = (path: string): boolean => {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
};

export interface FifoListener {
  readonly onLine: (line: string) => void;
  /** keepalived has closed it: it ends, or reads its configuration anew. Called once. */
  readonly onEnd: () => void;
}

/** A pipe of Node's reads it without a thread that waits. Source: Node's documentation of net.Socket, option fd. */
const openPipe = (path: string): Socket => {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFIFO()) return new Socket({ fd, readable: true, writable: false });
  closeSync(fd);
  throw new Error(`${path} is no FIFO`);
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
  let pipe: Socket | undefined;
  let hasSpoken = false;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    stop();
    pipe?.destroy();
    onEnd();
  };
  const open = (): void => {
    if (pipe !== undefined) return;
    try {
      const opened = openPipe(path);
      pipe = opened;
      opened.on('error', () => undefined);
      opened.on(
        'data',
        splitter((line) => {
          hasSpoken = true;
          onLine(line);
        }),
      );
      opened.once('close', () => {
        pipe = undefined;
        if (hasSpoken || performance.now() - startMs > OPENED_WITHIN_MS) end();
      });
    } catch {
      if (performance.now() - startMs > OPENED_WITHIN_MS) end();
    }
  };
  const stop = every(OPEN_EVERY_MS, open);
  open();
  return () => {
    isOver = true;
    stop();
    pipe?.destroy();
  };
};
