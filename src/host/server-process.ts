/** The process of the local Redis, for a drill that stops or kills it. */
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ServerProcess } from '../app/ports/drill.ts';
import { RedishaError } from '../errors.ts';
import { isServerAt, networkOf } from './process-table.ts';

const refused = (why: string, hint: string): RedishaError => new RedishaError('REFUSED_BY_RULE', why, { hint });

/** In a container a server has a number of its own, which may be somebody else's here. */
const isInThisNetwork = (pid: number): boolean => {
  const network = networkOf(pid);
  return network !== undefined && network === networkOf('self');
};

const assertOurs = (pid: number, port: number): void => {
  const name = `process ${String(pid)}`;
  try {
    process.kill(pid, 0);
  } catch (error) {
    const isDenied = (error as NodeJS.ErrnoException).code === 'EPERM';
    throw isDenied
      ? refused(`${name} is not this user's to signal`, 'run it as root, or as the user of Redis')
      : refused(
          `${name}, which the local Redis says it is, is not on this host`,
          'run the drill on the host of that Redis',
        );
  }
  if (!isServerAt(pid, port) || !isInThisNetwork(pid))
    throw refused(
      `${name} on this host is not a Redis server at port ${String(port)}`,
      'where Redis runs in a container, run the drill in it',
    );
};

const SYSTEMCTL_MS = 2_000;

/** Source: cgroups(7), /proc/[pid]/cgroup; systemd.service(5), Restart=. */
const unitOf = (pid: number): string | undefined => {
  try {
    return /\/([^/\n]+\.service)$/m.exec(readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
};

const restartedBy = async (pid: number): Promise<string | undefined> => {
  const unit = unitOf(pid);
  if (unit === undefined) return undefined;
  const restart = await new Promise<string>((resolve) => {
    execFile('systemctl', ['show', '--property=Restart', '--value', unit], { timeout: SYSTEMCTL_MS }, (error, out) => {
      resolve(error === null ? out.trim() : '');
    });
  });
  return ['always', 'on-failure', 'on-abnormal', 'on-abort'].includes(restart)
    ? `systemd (${unit} has Restart=${restart})`
    : undefined;
};

/** Longer than any drill leaves a server stopped. */
const GUARD_S = 120;

/**
 * A shell with a session of its own, which lets the server go on when this process ends, however that ends: it reads from a pipe
 * that only this process has open. It does so too when its own time is up, for this process may itself be stopped.
 */
const startGuard = (pid: number): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const script = `timeout ${String(GUARD_S)} cat >/dev/null; kill -CONT "$1"`;
    const guard = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    });
    guard.once('error', reject);
    guard.once('spawn', () => {
      guard.unref();
      resolve(() => {
        guard.stdin?.destroy();
      });
    });
    guard.stdin?.on('error', () => undefined);
  });

const signalTo = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** What Ctrl-Z does while a server is stopped: else this process would stop too, and leave it so. */
const stay = (): void => undefined;

/** @throws {RedishaError} REFUSED_BY_RULE where `pid` is not a Redis of this host at `port`, or not this user's to signal */
export const openServerProcess = async (pid: number, port: number): Promise<ServerProcess> => {
  assertOurs(pid, port);
  let endGuard: (() => void) | undefined;
  return {
    pid,
    restartedBy: await restartedBy(pid),
    freeze: async () => {
      endGuard = await startGuard(pid);
      process.on('SIGTSTP', stay);
      assertOurs(pid, port);
      signalTo(pid, 'SIGSTOP');
    },
    thaw: () => {
      if (endGuard === undefined) return;
      signalTo(pid, 'SIGCONT');
      process.off('SIGTSTP', stay);
      endGuard();
      endGuard = undefined;
    },
    kill: () => {
      assertOurs(pid, port);
      signalTo(pid, 'SIGKILL');
    },
  };
};
