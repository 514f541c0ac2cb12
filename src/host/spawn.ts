/** Further copies of this executable: one that outlives its parent and keepalived, and one that is a child like any other. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { RedishaError } from '../errors.ts';

export interface Copy {
  /** The script, where this process runs from source; `undefined` where the executable is redisha itself. */
  readonly script: string | undefined;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

type How = Pick<Parameters<typeof spawn>[2], 'detached' | 'stdio' | 'cwd'>;

const start = ({ script, args, env }: Copy, how: How): ChildProcess => {
  const argv = [...(script === undefined ? [] : [...process.execArgv, script]), ...args];
  // The executable may run under a legacy name, which would be taken for the command.
  const argv0 = script === undefined ? 'redisha' : process.execPath;
  return spawn(process.execPath, argv, { argv0, env: { ...env }, ...how });
};

/**
 * The pid of a running copy with a session of its own, `/` as its directory and nothing on its standard streams. Neither
 * the end of this process nor the SIGTERM that keepalived has for its scripts when it ends reaches it.
 *
 * Source: setsid(2); prctl(2), PR_SET_PDEATHSIG: "cleared for the child of a fork(2)".
 * @throws {RedishaError} STEP_FAILED when the kernel gives no process.
 */
export const startDetached = (copy: Copy): Promise<number> =>
  new Promise<number>((resolve, reject) => {
    const child = start(copy, { detached: true, stdio: 'ignore', cwd: '/' });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve(child.pid ?? 0);
    });
  }).catch((cause: unknown) => {
    throw new RedishaError('STEP_FAILED', `cannot start ${process.execPath}: ${String(cause)}`, { cause });
  });

/** How a process ended: by its exit code, by a signal, or because the kernel gave none. */
export type End = { readonly code: number } | { readonly signal: string } | { readonly error: string };

export interface Child {
  /** Resolves with the first that it writes to its standard output; else never. */
  readonly spoke: Promise<void>;
  readonly ended: Promise<End>;
  readonly kill: () => void;
}

const NO_CHILD: Omit<Child, 'ended'> = { spoke: new Promise(() => undefined), kill: () => undefined };

/**
 * A running copy in the process group of this process, whose standard output is read here: a signal to the group reaches
 * both. The end of this process alone does not end it. Never throws.
 */
export const startChild = (copy: Copy): Child => {
  let child: ChildProcess;
  try {
    child = start(copy, { stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    // Of some errors Node tells by an event, of others so, such as ENOMEM.
    return { ...NO_CHILD, ended: Promise.resolve({ error: String(error) }) };
  }
  const spoke = new Promise<void>((resolve) => {
    child.stdout?.once('data', () => {
      resolve();
    });
  });
  const ended = new Promise<End>((resolve) => {
    child.once('error', (error) => {
      resolve({ error: String(error) });
    });
    child.once('exit', (code, signal) => {
      resolve(code === null ? { signal: signal ?? 'SIGKILL' } : { code });
    });
  });
  return {
    spoke,
    ended,
    kill: () => {
      child.kill('SIGKILL');
    },
  };
};
