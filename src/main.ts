/** Where the process begins and ends: the only place that reads process.argv and calls process.exit. */
import { existsSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { isatty } from 'node:tty';
import { startupSnapshot } from 'node:v8';
import type { Exit } from './cli/exits.ts';
import { exitOfError } from './cli/exits.ts';
import type { Signals } from './cli/runtime.ts';
import type { Command } from './cli/command.ts';
import { commandOfScript } from './cli/command.ts';
import { plainRun } from './cli/plain.ts';
import { hanging, WIDTH } from './cli/text.ts';
import { commands } from './commands.ts';
import { EXIT } from './errors.ts';
import { become } from './host/become.ts';
import { isWaiting } from './host/pending.ts';
import { escaped, isPlain } from './printable.ts';
import { runtimeOf } from './world/runtime.ts';

/** What monitoring calls has a bundle of its own. */
const GLANCE = 'status';

const SIGNAL_EXITS = { SIGINT: EXIT.interrupted, SIGHUP: EXIT.terminated, SIGTERM: EXIT.terminated } as const;

/** What the line asks for; `undefined` where that is nothing there is, or only people call it. */
const commandIn = ([word]: readonly string[]): Command | undefined => commands.find(({ name }) => name === word);

/** Signals of keepalived's own, which somebody may send to all of its processes. */
const OF_KEEPALIVED = ['SIGUSR1', 'SIGUSR2'] as const;

/** A signal lets a running command release what it holds. */
const watchSignals = (outlives: NodeJS.Signals | undefined): Signals => {
  const controller = new AbortController();
  let code: number | undefined;
  for (const [signal, exitCode] of Object.entries(SIGNAL_EXITS)) {
    process.on(signal, () => {
      if (signal === outlives) return;
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
  const legacy = commandOfScript(commands, basename(process.argv0));
  const args = process.argv.slice(2);
  return legacy === undefined ? args : [legacy, ...args];
};

export const UNWATCHED: Signals = {
  get signal() {
    return new AbortController().signal;
  },
  signalExit: () => undefined,
};

/**
 * Node asks for `process.stderr` whenever a socket is closed, and to make it takes a millisecond: until what is returned is
 * called there is none. Source: node/lib/net.js, Socket.prototype._destroy.
 */
const withoutStderr = (): (() => void) => {
  const usual = Object.getOwnPropertyDescriptor(process, 'stderr') ?? {};
  Object.defineProperty(process, 'stderr', { ...usual, get: () => undefined });
  return () => {
    Object.defineProperty(process, 'stderr', usual);
  };
};

const run = async (args: readonly string[], signals: Signals): Promise<Exit> => {
  const plain = plainRun(args);
  if (plain !== undefined) return plain(runtimeOf(signals, ownScript));
  const [name, ...rest] = args;
  if (name === GLANCE) {
    const giveBack = withoutStderr();
    const exit = await (await import('./glance.ts')).runStatus(signals, rest).finally(giveBack);
    if (exit !== undefined) return exit;
  }
  return (await import('./people.ts')).runForPeople(signals, ownScript, args);
};

/** What the kernel knows the two outputs by. */
interface Outputs {
  readonly stdout: number;
  readonly stderr: number;
}

type Lost = NodeJS.ErrnoException | undefined;

/**
 * What the kernel does not take of `text` for now. It gets the text itself: the streams of `process` take some milliseconds to
 * come to life, and write no more of a text than a full disk took of it at first. @throws why it will not take it at all
 */
const unwritten = (fd: number, text: string): Buffer | undefined => {
  const size = Buffer.byteLength(text);
  let done = 0;
  try {
    // As bytes only what is left: a buffer of all that is ever printed would lie in the snapshot of the executable.
    done = text === '' ? 0 : writeSync(fd, text);
    while (done < size) done += writeSync(fd, Buffer.from(text), done);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return done < size ? Buffer.from(text).subarray(done) : undefined;
};

/** Calls `next` when all is written that ever will be, with what was in the way. */
const write = (fd: number, text: string, next: (lost: Lost) => void): void => {
  let rest: Buffer | undefined;
  let lost: Lost;
  try {
    rest = unwritten(fd, text);
  } catch (error) {
    lost = error as NodeJS.ErrnoException;
  }
  if (rest === undefined) next(lost);
  else
    (fd === 1 ? process.stdout : process.stderr).write(rest, (error) => {
      next(error ?? undefined);
    });
};

/** In words; nothing where whoever read it has heard enough. */
const wordsOfLost = (lost: Lost): string =>
  lost === undefined || lost.code === 'EPIPE'
    ? ''
    : `redisha: cannot write to standard output: ${lost.code ?? lost.message}\n`;

/**
 * Ends this process with `code`. Where a thread waits for a disk or a name server, the kernel ends the threads: another program
 * takes the place of this one. Source: execve(2), "All threads other than the calling thread are destroyed".
 */
const leave = (code: number): void => {
  if (isWaiting() && existsSync('/bin/sh')) become('/bin/sh', ['sh', '-c', 'exit "$0"', String(code)], {});
  process.exit(code);
};

/** A sentence that a terminal would break in the middle of a word. A command that is to be copied stands on a line of its own. */
const LONG_SENTENCE = new RegExp(`^(?=.{${String(WIDTH + 1)}})(?:redisha|hint|note|[A-Z][a-z]+)\\b.*$`, 'gm');

/** As a terminal may have it, or else a program. */
const shown = (text: string, fd: number): string => {
  const plain = isPlain(text) ? text : escaped(text, isatty(fd));
  return isatty(fd) ? plain.replaceAll(LONG_SENTENCE, (line) => hanging(line, 2, WIDTH)) : plain;
};

/** `isVerdict`: the exit code is the answer, whoever reads the words. */
const end = ({ code, stdout, stderr }: Exit, outputs: Outputs, isVerdict: boolean): void => {
  write(outputs.stdout, shown(stdout, 1), (lost) => {
    const problem = wordsOfLost(lost);
    const isFailure = problem !== '' && code === EXIT.done && !isVerdict;
    write(outputs.stderr, `${shown(stderr, 2)}${problem}`, () => {
      leave(isFailure ? EXIT.midway : code);
    });
  });
};

/** The same exit, once the log has why, where nobody else may hear of it. */
const logged = async (exit: Exit, args: readonly string[]): Promise<Exit> => {
  try {
    await (await import('./world/bug.ts')).logEnd(args, exit);
    return exit;
  } catch (error) {
    return { ...exit, stderr: `${exit.stderr}redisha: the log does not have this: ${String(error)}\n` };
  }
};

/** Carries out the command line of this process, and ends it. What is returned ends it at once, with a bug. */
export const start = (outputs: Outputs = { stdout: 1, stderr: 2 }): ((error: unknown) => void) => {
  // keepalived starts us with umask 0177, under which a new directory cannot be entered. Source: keepalived/core/main.c.
  process.umask(0o027);
  const args = commandLine();
  const command = commandIn(args);
  // A look that is over in a moment.
  const giveBack = command?.signals === 'dies' ? withoutStderr() : undefined;
  let isEnding = false;
  const finish = async (exit: Exit): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    giveBack?.();
    const isToBeLogged = exit.code === EXIT.bug || exit.code === EXIT.usage;
    end(isToBeLogged ? await logged(exit, args) : exit, outputs, command?.isVerdict === true);
  };
  const fail = (error: unknown): void => {
    // Node would end by itself with 0, which is a verdict.
    if (isEnding) process.exitCode = EXIT.bug;
    void finish(exitOfError(error, false));
  };
  // A check has nothing to release. The one that stays ends with keepalived's FIFO: a reload of keepalived is no reason.
  const outlives = command?.signals === 'outlives SIGHUP' ? 'SIGHUP' : undefined;
  run(args, command?.signals === 'dies' ? UNWATCHED : watchSignals(outlives)).then(finish, fail);
  return fail;
};

/**
 * By these Node takes orders before anything of ours runs, and keepalived hands on whatever it was started with. Of the others that
 * it has, a single executable leaves out NODE_OPTIONS, and src/redis/socket.ts says itself whom TLS trusts.
 */
const ORDERS =
  /^(?:NODE_(?:DEBUG|DEBUG_NATIVE|V8_COVERAGE|CHANNEL_FD|UNIQUE_ID|TEST_CONTEXT|REDIRECT_WARNINGS|PENDING_DEPRECATION|ICU_DATA|USE_ENV_PROXY|COMPILE_CACHE)|OPENSSL_CONF|UV_\w+)$/;

/**
 * Begins anew without them, since Node has heard them by now. That costs a second start, so it is done only where there are any.
 * Source: Node's documentation of environment variables.
 */
const forgetOrders = (): void => {
  const names = Object.keys(process.env);
  const rest = names.filter((name) => !ORDERS.test(name));
  if (rest.length === names.length || !existsSync(process.execPath)) return;
  const env = Object.fromEntries(rest.map((name) => [name, process.env[name] ?? '']));
  become(process.execPath, [process.argv0, ...process.argv.slice(2)], env);
};

/** An error that nobody catches is a bug. Node itself would exit with 1, which is a verdict of a check. */
const main = (): void => {
  const fail = start();
  for (const signal of OF_KEEPALIVED) process.on(signal, () => undefined);
  process.on('uncaughtException', fail);
};

// In the executable everything above has been carried out when it was built: see scripts/rehearse.ts.
if (startupSnapshot.isBuildingSnapshot())
  startupSnapshot.setDeserializeMainFunction(() => {
    forgetOrders();
    main();
  });
else main();
