/** The words for `unshare` and `nsenter`: as root plain, for anybody else inside a user namespace where that is allowed. */
import { childPids, run } from './process.ts';

const asRoot = process.getuid?.() === 0;
const ENTER_USER = asRoot ? [] : ['--user', '--preserve-credentials'];
const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** The end of a first process's script. Ignoring SIGCHLD survives the exec: the kernel reaps the orphans handed to it. */
export const SERVE = `trap '' CHLD; echo ready; exec cat >/dev/null`;

/** The argv that runs a program in namespaces of its own; in a user namespace too when `outermost`. */
export function apart(argv: readonly string[], options: { readonly outermost: boolean }): readonly string[] {
  const user = options.outermost && !asRoot ? ['--user', '--map-root-user'] : [];
  return ['unshare', ...user, ...UNSHARE, ...(options.outermost ? [] : ['--uts']), '--', ...argv];
}

/** The argv that runs a program in these namespaces of the process `pid`. */
export function inside(pid: number, spaces: readonly string[], argv: readonly string[]): readonly string[] {
  return ['nsenter', '--target', String(pid), ...ENTER_USER, ...spaces.map((name) => `--${name}`), '--', ...argv];
}

/** The deepest process of a chain of wrappers: the one that the wrappers are there for. */
export function innermostPid(pid: number): number {
  const [child] = childPids(pid);
  return child === undefined ? pid : innermostPid(child);
}

/** Why hosts cannot be made on this machine by this user, in a sentence; `undefined` when they can. */
export async function whyNoWorld(
  programs: readonly string[] = ['redis-server', 'keepalived'],
): Promise<string | undefined> {
  for (const program of ['unshare', 'nsenter', 'ip', ...programs]) {
    const found = await run(['sh', '-c', 'command -v "$1"', 'sh', program]);
    if (found.code !== 0) return `${program} is not installed`;
  }
  // A user namespace of our own forbids setgroups, keepalived then runs no script, and takes that for a success of each.
  if (!asRoot && programs.includes('keepalived')) return 'keepalived runs its scripts for root alone';
  const tried = await run(apart(['ip', 'link', 'set', 'lo', 'up'], { outermost: true }));
  if (tried.code === 0) return undefined;
  return `this machine does not let us make network namespaces (${tried.stderr.trim().split('\n').at(-1) ?? tried.code})`;
}
