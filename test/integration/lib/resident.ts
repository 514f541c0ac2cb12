/**
 * `redisha watch` as keepalived has it: with a FIFO that somebody holds open and writes to, and a directory for the verdicts.
 * Both processes are gone after the test, whatever happens: one of them left its parent at its start.
 */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Running, runOk } from '../../lib/process.ts';
import { type Enter, type Env, startRedisha } from '../../lib/program.ts';
import { waitFor } from '../../lib/wait.ts';
import type { TestNode } from './node.ts';
import { temporary } from './pair.ts';
import { DEADLINE_MS, FIT, says } from './told.ts';

/** What a line of keepalived's says of an instance. */
export type Event = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'MASTER_RX_LOWER_PRI';

export interface ResidentOptions {
  /** `NAME=PORT[,PORT]` of each instance; by default one that is named after the port. */
  readonly instances?: readonly string[];
  readonly env?: Env;
  /** Where it runs, when that is not where the node is. */
  readonly enter?: Enter | undefined;
  /** keepalived starts its script first, and opens the FIFO afterwards; by default the other way round. */
  readonly isOpenLate?: boolean;
}

const pidsOf = (directory: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes(`${directory}/`))
    .map(Number);

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

interface UnixSocket {
  readonly inode: string;
  readonly isListening: boolean;
}

/** The sockets at this path: the one that listens, and its end of every connection. Source: proc(5), /proc/net/unix. */
const socketsAt = (path: string): readonly UnixSocket[] =>
  readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/))
    .filter((fields) => fields[7] === path)
    .map(([, , , flags, , , inode = '']) => ({ inode, isListening: flags === '00010000' }));

const hasOpen = (pid: number, inode: string): boolean => {
  try {
    const directory = `/proc/${String(pid)}/fd`;
    return readdirSync(directory).some((fd) => readlinkSync(join(directory, fd)) === `socket:[${inode}]`);
  } catch {
    return false;
  }
};

const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

export class Resident {
  readonly directory: string;
  readonly node: TestNode;
  /** The process that keepalived started. */
  readonly started: Running;
  #fd: number | undefined;

  constructor(directory: string, node: TestNode, started: Running, fd: number | undefined) {
    this.directory = directory;
    this.node = node;
    this.started = started;
    this.#fd = fd;
  }

  get fifo(): string {
    return join(this.directory, 'fifo');
  }

  /** By which keepalived is told. */
  get file(): string {
    return this.fileOf(this.node.port);
  }

  fileOf(port: number): string {
    return join(this.directory, `${String(port)}-unfit`);
  }

  /** Every process of it. */
  get pids(): readonly number[] {
    return pidsOf(this.directory);
  }

  /** Who listens is at work. */
  get worker(): number | undefined {
    const inode = this.#sockets.find(({ isListening }) => isListening)?.inode;
    return inode === undefined ? undefined : this.pids.find((pid) => hasOpen(pid, inode));
  }

  get #sockets(): readonly UnixSocket[] {
    return socketsAt(join(this.directory, 'socket'));
  }

  /** Seconds since the boot when somebody looked last, and the verdict then. */
  looked(port = this.node.port): string {
    try {
      return readFileSync(join(this.directory, `${String(port)}-looked`), 'utf8');
    } catch {
      return 'nothing';
    }
  }

  /** keepalived opens the FIFO, for reading too. Source: keepalived/lib/notify.c, fifo_open. */
  open(): void {
    this.#fd = openSync(this.fifo, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** As keepalived says it. */
  says(event: Event, instance = `redis_${String(this.node.port)}`): void {
    this.write(`INSTANCE "${instance}" ${event} 100\n`);
  }

  write(text: string): void {
    if (this.#fd === undefined) throw new Error('keepalived has not opened the FIFO');
    writeSync(this.#fd, text);
  }

  /** keepalived is gone. When it ends in order it removes the FIFO, when it is killed it does not. */
  close(isInOrder = true): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    if (isInOrder) rmSync(this.fifo, { force: true });
  }

  /** Both processes: who is at work, and the shell that guards it. */
  async both(...before: readonly number[]): Promise<{ readonly worker: number; readonly guard: number }> {
    const look = () => {
      const { worker, pids } = this;
      return { worker, guard: pids.find((pid) => pid !== worker), count: pids.length };
    };
    const isThere = ({ worker, guard, count }: ReturnType<typeof look>): boolean =>
      worker !== undefined &&
      guard !== undefined &&
      count === 2 &&
      !before.some((pid) => [worker, guard].includes(pid));
    const { worker = 0, guard = 0 } = await waitFor(
      'one at work and its guard',
      { deadlineMs: DEADLINE_MS, everyMs: 20, holdMs: 600 },
      look,
      isThere,
    );
    return { worker, guard };
  }

  /** Another one than `before` is at work. */
  async nextAtWork(before: number): Promise<number> {
    const next = await waitFor(
      'another one at work',
      { deadlineMs: DEADLINE_MS, everyMs: 10 },
      () => this.worker,
      (worker) => worker !== undefined && worker !== before,
    );
    return next ?? 0;
  }

  /** Somebody has looked after this call. */
  async looksAgain(deadlineMs = DEADLINE_MS): Promise<string> {
    rmSync(join(this.directory, `${String(this.node.port)}-looked`), { force: true });
    return await waitFor(
      'a look',
      { deadlineMs, everyMs: 10 },
      () => this.looked(),
      (seen) => seen !== 'nothing',
    );
  }

  /** No process of it is left. */
  async gone(deadlineMs = DEADLINE_MS): Promise<void> {
    await waitFor(
      'the end of every process of the resident',
      { deadlineMs, everyMs: 20, holdMs: 200 },
      () => this.pids,
      (pids) => pids.length === 0,
    );
  }

  /** True afterwards: nothing of it is left. @throws what did not end by itself. */
  async end(): Promise<void> {
    this.close();
    try {
      await this.gone();
    } finally {
      while (this.pids.length > 0) {
        for (const pid of this.pids) signalTo(pid, 'SIGKILL');
        await waitFor(
          'the end of a killed process',
          { deadlineMs: 1000, everyMs: 10 },
          () => this.pids,
          () => true,
        );
      }
    }
  }
}

export const startResident = async (
  node: TestNode,
  peer: TestNode,
  {
    instances = [`redis_${String(node.port)}=${String(node.port)}`],
    env = {},
    isOpenLate = false,
    enter,
  }: ResidentOptions = {},
): Promise<Resident> => {
  const directory = join(await temporary(), 'run');
  mkdirSync(directory);
  const fifo = join(directory, 'fifo');
  await runOk(['mkfifo', fifo]);
  const fd = isOpenLate ? undefined : openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const words = ['watch', node.address, peer.address, ...instances, fifo];
  const started =
    enter === undefined ? node.startWith(words, peer, env) : startRedisha(words, node.envFor(peer, env), enter);
  const resident = new Resident(directory, node, started, fd);
  onTestFinished(() => resident.end());
  return resident;
};

/** It has told keepalived that this node is fit. */
export const startFit = async (node: TestNode, peer: TestNode, options?: ResidentOptions): Promise<Resident> => {
  const resident = await startResident(node, peer, options);
  await says(resident.file, FIT);
  return resident;
};
