/** redisha as a test starts it: the executable that `REDISHA_BIN` names, or else the sources. */
import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finished, Running, run } from './process.ts';
import { nowMs } from './wait.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXECUTABLE = process.env['REDISHA_BIN'];

/** What a command line begins with to start redisha. */
const PROGRAM: readonly string[] =
  EXECUTABLE === undefined ? [process.execPath, `${ROOT}src/main.ts`] : [resolve(ROOT, EXECUTABLE)];

export type Env = Readonly<Record<string, string>>;

/** What the sources are compiled to, kept for the next start: a test starts them many times, and compiling is most of a start. */
const COMPILED = `${ROOT}node_modules/.cache/redisha-compiled`;
/** Enabled here too, so that the directories are made before a process with the umask of keepalived would make them. */
if (EXECUTABLE === undefined) enableCompileCache(COMPILED);
const OWN_ENV: Env = EXECUTABLE === undefined ? { NODE_COMPILE_CACHE: COMPILED } : {};

/** As keepalived starts its scripts: nothing that is made may be read or entered by anybody else, nor entered by us. */
const KEEPALIVED_UMASK = ['sh', '-c', 'umask 0177; exec "$@"', 'sh'];

export const programArgv = (args: readonly string[]): readonly string[] => [...PROGRAM, ...args];

/** The program under another name, as a link to it is called. */
export const namedArgv = (name: string, args: readonly string[]): readonly string[] => [
  'bash',
  '-c',
  'exec -a "$0" "$@"',
  name,
  ...programArgv(args),
];

/** Puts a command line somewhere else, such as into another network. */
export type Enter = (argv: readonly string[]) => readonly string[];

const HERE: Enter = (argv) => argv;

/** redisha has run to its end. */
export const redisha = (args: readonly string[], env: Env = {}, enter = HERE): Promise<Finished> =>
  run(enter([...KEEPALIVED_UMASK, ...programArgv(args)]), { env: { ...OWN_ENV, ...env }, timeoutMs: 45_000 });

/** redisha runs. */
export const startRedisha = (args: readonly string[], env: Env = {}, enter = HERE): Running =>
  new Running(enter([...KEEPALIVED_UMASK, ...programArgv(args)]), { ...OWN_ENV, ...env });

/** What a start of the program takes here and now: from source or as the executable, beside whatever else this machine does. */
export const startTakesMs = async (): Promise<number> => {
  const fromMs = nowMs();
  await redisha(['check', '--help']);
  return nowMs() - fromMs;
};
