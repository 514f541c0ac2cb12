/**
 * A shell that guards the resident: where that is killed, stopped or looks no more, the shell starts another one. The
 * resident in turn guards the shell. A second process of Node would take two hundred times the memory of the shell.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { heardAt, reduceSilence, type SilencePolicy } from '../core/watch/silence.ts';
import { every, systemClock } from './clock.ts';
import { openProcessState } from './process-table.ts';
import type { Copy } from './spawn.ts';
import { commandOf } from './spawn.ts';

/**
 * $1: the resident. $2: a file that has another content after every look. The rest: how to start a resident.
 *
 * Its output is a pipe that the resident alone can read: while it takes a line the pid is still the resident's. Of what it
 * starts it is the parent, and waits until that has a guard of its own. What ends with 0 is not needed.
 *
 * Everything but `sleep` is in the shell. Ten rounds are five seconds that the guard itself was awake for. A resident that
 * runs, or waits for the processor or the disk, gets half a minute: on a busy host it is late and not stuck.
 */
const GUARD = `
trap '' PIPE USR1 USR2
pid=$1 looks=$2
shift 2
is_stopped() {
  { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || stat=
  case \${stat##*) } in [TtZ]*) return 0 ;; esac
  return 1
}
before= unseen= quiet=0
is_blind() {
  { read -r now <"$looks"; } 2>/dev/null || now=
  if [ "$now" != "$before" ]; then
    [ -z "$before" ] || unseen=0
    quiet=0 before=$now
  elif [ -n "$now" ] && [ -n "$unseen" ]; then
    unseen=$((unseen + 1))
    case \${stat##*) } in [RD]*) ;; *) quiet=$((quiet + 1)) ;; esac
    [ $quiet -lt 10 ] && [ $unseen -lt 60 ] || return 0
  fi
  return 1
}
export GUARD_FOUND=gone
while echo 2>/dev/null; do
  if is_stopped || is_blind; then
    kill -9 "$pid"
    GUARD_FOUND=silent
    break
  fi
  sleep 0.5 || exit 1
done
tries=0
while [ $tries -lt 1000 ]; do
  "$@" </dev/null >/dev/null 2>&1 &
  pid=$!
  rounds=0
  while [ $rounds -lt 6 ] && kill -0 "$pid" 2>/dev/null && ! is_stopped; do
    rounds=$((rounds + 1))
    sleep 0.5
  done
  [ $rounds -lt 6 ] || exit 0
  kill -9 "$pid" 2>/dev/null
  ! wait "$pid" || exit 0
  tries=$((tries + 1))
  sleep $((tries < 5 ? tries : 5))
done
`;

const BEAT_MS = 500;

/** A shell that waits for a busy processor is not dead. */
const PATIENCE: SilencePolicy = { tickMs: BEAT_MS, stoppedMs: 500, silentMs: 4000, busyMs: 8000 };

/** One that dies soon is started again ever later. */
const SPAWN_MIN_MS = 50;
const SPAWN_MAX_MS = 5000;
const LIFE_MIN_MS = 5000;

export interface Guarded {
  /** The resident that is to follow on this one. */
  readonly next: Copy;
  /** Written with `noteLooks`. */
  readonly looksFile: string;
  /** It could not be started, and is tried again. */
  readonly onProblem: (problem: string) => void;
}

/** How the guard that has started this process found the one before; `undefined` where no guard has. */
export const foundByGuard = (): 'gone' | 'silent' | undefined => {
  const found = process.env['GUARD_FOUND'];
  return found === 'gone' || found === 'silent' ? found : undefined;
};

export interface Guard {
  readonly isThere: () => boolean;
  /** True afterwards: nobody starts another resident when this one ends. */
  readonly dismiss: () => void;
}

/** A link or a pipe in its place is not written to. Source: open(2), O_NOFOLLOW; fifo(7), O_NONBLOCK. */
const LOOKS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** True afterwards: the guard knows that every port is looked at. Where that cannot be written it does not judge by it. */
export const noteLooks = (path: string): void => {
  try {
    const fd = openSync(path, LOOKS, 0o644);
    try {
      writeSync(fd, `${String(uptime())}\n`);
    } finally {
      closeSync(fd);
    }
  } catch {
    // An older look stays or is cut off; neither is taken for a look that was missed.
  }
};

const killGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
};

/** A session of its own: keepalived's SIGTERM to its scripts does not reach it. */
const startGuard = ({ next, looksFile }: Guarded): ChildProcess => {
  const { file, argv, env } = commandOf(next);
  const words = ['-c', GUARD, 'guard', String(process.pid), looksFile, file, ...argv];
  return spawn('/bin/sh', words, { detached: true, cwd: '/', env, stdio: ['ignore', 'pipe', 'ignore'] });
};

/** Ends it when it is silent: stopped itself, or held up by what it has started. @returns what ends that. */
const watchOver = (guard: ChildProcess): (() => void) => {
  const stateOf = openProcessState();
  const asked = { kind: 'asked' } as const;
  const first = systemClock.nowMs();
  let silence = reduceSilence(heardAt(first), { ...asked, atMs: first });
  guard.stdout?.on('data', () => {
    silence = reduceSilence(silence, { ...asked, atMs: systemClock.nowMs() });
  });
  return every(BEAT_MS, () => {
    const server = guard.pid === undefined ? 'unknown' : stateOf(guard.pid);
    silence = reduceSilence(silence, { kind: 'tick', atMs: systemClock.nowMs(), server, policy: PATIENCE });
    if (silence.verdict === 'silent') killGroup(guard);
  });
};

/** True from now on: this process is guarded, and so is its guard. */
export const keepGuard = (guarded: Guarded): Guard => {
  let waitMs = SPAWN_MIN_MS;
  let guard: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isDismissed = false;
  const start = (): void => {
    const sinceMs = systemClock.nowMs();
    const started = startGuard(guarded);
    const stop = watchOver(started);
    guard = started;
    const gone = (): void => {
      if (guard !== started) return;
      guard = undefined;
      stop();
      waitMs = systemClock.nowMs() - sinceMs >= LIFE_MIN_MS ? SPAWN_MIN_MS : Math.min(SPAWN_MAX_MS, 2 * waitMs);
      if (!isDismissed) timer = setTimeout(start, waitMs);
    };
    started.once('error', (error) => {
      guarded.onProblem(String(error));
      gone();
    });
    started.once('exit', gone);
  };
  start();
  return {
    isThere: () => guard !== undefined,
    dismiss: () => {
      isDismissed = true;
      clearTimeout(timer);
      if (guard !== undefined) killGroup(guard);
    },
  };
};
