/** A program that the settings name: started in a session of its own, and ended when it takes too long. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { reasonOf } from './files.ts';
import { unsafeParts } from './script-path.ts';

export interface HookProgram {
  readonly path: string;
  readonly args?: readonly string[];
  readonly timeoutMs: number;
  /** The key that says so, for a person who has to change it; absent where none does. */
  readonly timeoutKey?: string;
  /**
   * Whoever owns this directory is the user that keepalived runs redisha as: the program runs as that user, also for root. Absent
   * for one that runs as this process does.
   */
  readonly ownedBy?: string;
}

/** Nothing of what this process was started with; a password may be among that. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

const isRoot = (): boolean => process.getuid?.() === 0;

/** Source: setuid(2); libuv src/unix/process.c drops the other groups of root first. */
const asWhom = (directory: string | undefined): { readonly uid?: number; readonly gid?: number } => {
  if (directory === undefined || !isRoot()) return {};
  try {
    const { uid, gid } = statSync(directory);
    return { uid, gid };
  } catch {
    return {};
  }
};

/** Why the program is not run, in words: as keepalived would have it with a script of its own, see script-path.ts. */
export const whyNotRun = ({ path }: Pick<HookProgram, 'path'>): string | undefined => {
  try {
    if (!statSync(path).isFile()) return `${path} is not a file`;
    accessSync(path, constants.X_OK);
  } catch (error) {
    return `${path} cannot be run: ${reasonOf(error)}`;
  }
  return unsafeParts(path)[0];
};

/** The program and whatever it has started. */
const end = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: it has just ended.
  }
};

/** Resolves when the program, which finds `input` on its standard input, has ended, with why that was no success. Never rejects. */
export const runHook = (program: HookProgram, input = ''): Promise<string | undefined> => {
  const { path, args = [], timeoutMs, timeoutKey, ownedBy } = program;
  const refused = whyNotRun(program);
  if (refused !== undefined) return Promise.resolve(refused);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  try {
    const stdio = ['pipe', 'ignore', 'ignore'] as const;
    const child = spawn(path, [...args], {
      detached: true,
      cwd: '/',
      env: ENVIRONMENT,
      stdio: [...stdio],
      ...asWhom(ownedBy),
    });
    const timer = setTimeout(() => {
      end(child.pid);
      const key = timeoutKey === undefined ? '' : ` (${timeoutKey})`;
      resolve(`${path} took longer than ${String(timeoutMs)} ms${key}, and was ended`);
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(`${path} cannot be run: ${reasonOf(error)}`);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(
        code === 0 ? undefined : `${path} ended with ${code === null ? String(signal) : `exit code ${String(code)}`}`,
      );
    });
    // Nobody has to read it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  } catch (error) {
    resolve(`${path} cannot be run: ${reasonOf(error)}`);
  }
  return promise;
};
