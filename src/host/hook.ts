/** A program that the settings name: started in a session of its own, and ended when it takes too long. */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { within } from './deadline.ts';
import { disk } from './disk.ts';
import { reasonOf } from './files.ts';
import { unsafePartsOf } from './script-path.ts';

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
type Owner = { readonly uid?: number; readonly gid?: number };

const ownerOf = async (directory: string | undefined): Promise<Owner> => {
  if (directory === undefined || !isRoot()) return {};
  try {
    const { uid, gid } = await disk.stat(directory);
    return { uid, gid };
  } catch {
    return {};
  }
};

/** In words: as keepalived would have it with a script of its own, see script-path.ts. */
const complaintOf = async (path: string): Promise<string | undefined> => {
  try {
    if (!(await disk.stat(path)).isFile()) return `${path} is not a file`;
    await disk.access(path, constants.X_OK);
    return (await unsafePartsOf(path))[0];
  } catch (error) {
    return `${path} cannot be run: ${reasonOf(error)}`;
  }
};

interface Looked {
  readonly why: string | undefined;
  readonly owner: Owner;
}

/** The executable has two bundles, and each of them has its own copy of this file. */
const LOOKING = Symbol.for('redisha.looking-at-a-hook');

interface Looking {
  [LOOKING]?: Promise<unknown> | undefined;
}

const LATE = Symbol('late');

/**
 * What the disks say of the program. One that does not answer keeps a thread of this process, so that nobody looks beside a look
 * that has not come back: the journal needs a thread as well.
 */
const look = async ({ path, timeoutMs, ownedBy }: HookProgram): Promise<Looked> => {
  const late: Looked = { why: `${path} cannot be run: the disk does not answer`, owner: {} };
  const held = globalThis as Looking;
  while (held[LOOKING] !== undefined) if ((await within(timeoutMs, held[LOOKING], LATE)) === LATE) return late;
  const both = Promise.all([complaintOf(path), ownerOf(ownedBy)]);
  const looking = both.finally(() => (held[LOOKING] = undefined));
  held[LOOKING] = looking;
  const found = await within(timeoutMs, looking, LATE);
  return found === LATE ? late : { why: found[0], owner: found[1] };
};

/** Why the program is not run. Never rejects. */
export const whyNotRun = async (program: HookProgram): Promise<string | undefined> => (await look(program)).why;

/** The program and whatever it has started. */
const end = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: it has just ended.
  }
};

/**
 * Resolves when the program, which finds `input` on its standard input, has ended, with why that was no success. Never rejects, and
 * nothing waits for the disk of the program: this process does until its child has started a program, and a shell starts at once.
 * Source: libuv src/unix/process.c uv_spawn, which reads from the child until its exec.
 */
export const runHook = async (program: HookProgram, input = ''): Promise<string | undefined> => {
  const { why, owner } = await look(program);
  return why ?? start(program, owner, input);
};

const NOT_FOUND = 127;

const endedWith = (path: string, code: number | null, signal: string | null): string | undefined => {
  if (code === 0) return undefined;
  const what = code === null ? String(signal) : `exit code ${String(code)}`;
  return `${path} ended with ${what}${code === NOT_FOUND ? ': a program that it needs is not there' : ''}`;
};

const start = (program: HookProgram, owner: Owner, input: string): Promise<string | undefined> => {
  const { path, args = [], timeoutMs, timeoutKey } = program;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  try {
    const child = spawn('/bin/sh', ['-c', 'exec "$0" "$@"', path, ...args], {
      detached: true,
      cwd: '/',
      env: ENVIRONMENT,
      stdio: ['pipe', 'ignore', 'ignore'],
      ...owner,
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
      resolve(endedWith(path, code, signal));
    });
    // Nobody has to read it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  } catch (error) {
    resolve(`${path} cannot be run: ${reasonOf(error)}`);
  }
  return promise;
};
