/** Further copies of this executable, which outlive their parent and keepalived. */
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

/** What a shell or the kernel is told to start. */
export const commandOf = ({ script, args, env }: Copy) => ({
  file: process.execPath,
  argv: [...(script === undefined ? [] : [...process.execArgv, script]), ...args],
  env: { ...env },
});

const start = (copy: Copy, how: How): ChildProcess => {
  const { file, argv, env } = commandOf(copy);
  // The executable may run under a legacy name, which would be taken for the command.
  const argv0 = copy.script === undefined ? 'redisha' : file;
  return spawn(file, argv, { argv0, env, ...how });
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
