/** Where the process begins and ends: the only place that reads process.argv and calls process.exit. */
import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { startupSnapshot } from 'node:v8';
import type { Exit } from './cli/exits.ts';
import { exitOfError } from './cli/exits.ts';
import type { Signals } from './cli/runtime.ts';
import { plainRun } from './cli/plain.ts';
import { LEGACY_NAMES } from './cli/spec.ts';
import { EXIT } from './errors.ts';
import { runtimeOf } from './world/runtime.ts';

/** So many bytes a pipe takes as a whole or not at all. Source: pipe(7). */
const PIPE_BUF = 4096;

const SIGNAL_EXITS = { SIGINT: EXIT.interrupted, SIGHUP: EXIT.terminated, SIGTERM: EXIT.terminated } as const;

/** A check has nothing to release, and dies of a signal; one that starts others takes them with it. */
const diesOfSignals = (args: readonly string[]): boolean => args[0] === 'check' && !args.includes('--respawn');

/** A signal lets a running command release what it holds. */
const watchSignals = (): Signals => {
  const controller = new AbortController();
  let code: number | undefined;
  for (const [signal, exitCode] of Object.entries(SIGNAL_EXITS)) {
    process.on(signal, () => {
      code = exitCode;
      controller.abort();
    });
  }
  return { signal: controller.signal, signalExit: () => code };
};

/** A repair starts this program again: in one executable it is the executable, from source it is this script. */
export const ownScript = async (): Promise<string | undefined> =>
  (await import('node:sea')).isSea() ? undefined : process.argv[1];

/** The words of the command line, with the command that a legacy name stands for put in front. */
const commandLine = (): readonly string[] => {
  const legacy = LEGACY_NAMES[basename(process.argv0)];
  const args = process.argv.slice(2);
  return legacy === undefined ? args : [legacy, ...args];
};

export const UNWATCHED: Signals = {
  get signal() {
    return new AbortController().signal;
  },
  signalExit: () => undefined,
};

const run = async (args: readonly string[], signals: Signals): Promise<Exit> => {
  const plain = plainRun(args);
  if (plain !== undefined) return plain(runtimeOf(signals, ownScript));
  return (await import('./people.ts')).runForPeople(signals, ownScript, args);
};

/** What the kernel knows the two outputs by. */
interface Outputs {
  readonly stdout: number;
  readonly stderr: number;
}

/** A few words go straight to the kernel: the streams of `process` take some milliseconds to come to life. */
const written = (fd: number, text: string): boolean => {
  if (text === '') return true;
  try {
    return Buffer.byteLength(text) <= PIPE_BUF && writeSync(fd, text) > 0;
  } catch {
    // Nobody reads it now, or nobody ever will: the stream knows what to do.
    return false;
  }
};

const write = (fd: number, text: string, next: () => void): void => {
  if (written(fd, text)) next();
  else (fd === 1 ? process.stdout : process.stderr).write(text, next);
};

const end = ({ code, stdout, stderr }: Exit, outputs: Outputs): void => {
  write(outputs.stdout, stdout, () => {
    write(outputs.stderr, stderr, () => {
      process.exit(code);
    });
  });
};

/** Carries out the command line of this process, and ends it. */
export const start = (outputs: Outputs = { stdout: 1, stderr: 2 }): void => {
  // keepalived starts us with umask 0177, under which a new directory cannot be entered. Source: keepalived/core/main.c.
  process.umask(0o027);
  const args = commandLine();
  const finish = (exit: Exit): void => {
    end(exit, outputs);
  };
  run(args, diesOfSignals(args) ? UNWATCHED : watchSignals()).then(finish, (error: unknown) => {
    finish(exitOfError(error, false));
  });
};

// In the executable everything above has been carried out when it was built: see scripts/rehearse.ts.
if (startupSnapshot.isBuildingSnapshot()) startupSnapshot.setDeserializeMainFunction(start);
else start();
