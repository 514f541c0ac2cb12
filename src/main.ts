/** Where the process begins and ends: the only place that reads process.argv and calls process.exit. */
import { basename } from 'node:path';
import type { Exit } from './cli/exits.ts';
import { exitOfError } from './cli/exits.ts';
import type { Runtime } from './cli/runtime.ts';
import { LEGACY_NAMES } from './cli/spec.ts';
import { EXIT } from './errors.ts';

const SIGNAL_EXITS = { SIGINT: EXIT.interrupted, SIGHUP: EXIT.terminated, SIGTERM: EXIT.terminated } as const;

type Signals = Pick<Runtime, 'signal' | 'signalExit'>;

/** A signal lets a running command release what it holds; a check has nothing to release and dies of it. */
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
const ownScript = async (): Promise<string | undefined> =>
  (await import('node:sea')).isSea() ? undefined : process.argv[1];

const runtime = (signals: Signals): Runtime => ({
  ...signals,
  tell: (line) => process.stdout.write(`${line}\n`),
  openCheck: async (...args) => (await import('./world/check.ts')).openCheck(ownScript, ...args),
  openChange: async (...args) => (await import('./world/change.ts')).openChange(...args),
  openRecord: async (...args) => (await import('./world/change.ts')).openRecord(...args),
  knownPair: async (...args) => (await import('./world/change.ts')).knownPair(...args),
  generateConfig: async (...args) => (await import('./world/config.ts')).generateConfig(...args),
  placeConfig: async (...args) => (await import('./world/config.ts')).placeConfig(...args),
  showSettings: async (...args) => (await import('./world/config.ts')).showSettings(...args),
  openRescue: async (...args) => (await import('./world/people.ts')).openRescue(...args),
  openStatus: async (...args) => (await import('./world/people.ts')).openStatus(...args),
  openHistory: async (...args) => (await import('./world/people.ts')).openHistory(...args),
});

/** The words of the command line, with the command that a legacy name stands for put in front. */
const commandLine = (): readonly string[] => {
  const legacy = LEGACY_NAMES[basename(process.argv0)];
  const args = process.argv.slice(2);
  return legacy === undefined ? args : [legacy, ...args];
};

const NO_SIGNAL = { signal: new AbortController().signal, signalExit: () => undefined };

/** A check as keepalived runs it every second or two does not wait for an argument parser. */
const run = async (): Promise<Exit> => {
  const [command, ...args] = commandLine();
  if (command !== 'check') return (await import('./cli/program.ts')).runProgram(runtime(watchSignals()), commandLine());
  const { plainCheck, runCheck } = await import('./cli/commands/check.ts');
  const plain = plainCheck(args);
  if (plain !== undefined) return runCheck(runtime(NO_SIGNAL), plain.words, plain.options);
  return (await import('./cli/program.ts')).runProgram(runtime(NO_SIGNAL), commandLine());
};

const write = (stream: NodeJS.WriteStream, text: string, next: () => void): void => {
  if (text === '') next();
  else stream.write(text, next);
};

const end = ({ code, stdout, stderr }: Exit): void => {
  write(process.stdout, stdout, () => {
    write(process.stderr, stderr, () => {
      process.exit(code);
    });
  });
};

// keepalived starts us with umask 0177, under which a new directory cannot be entered. Source: keepalived/core/main.c.
process.umask(0o027);

run().then(end, (error: unknown) => {
  end(exitOfError(error, false));
});
