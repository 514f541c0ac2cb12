/** What keepalived would run, run as whom it would run it, in a form that changes nothing. */
import { spawn } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { TriedCall } from '../cli/runtime.ts';
import { commandOfScript } from '../cli/command.ts';
import { commands } from '../commands.ts';
import { ADDED, judgeCall } from '../cli/fitting.ts';
import { takesWords } from '../core/doctor/calls.ts';
import { reasonOf } from '../host/files.ts';
import { knowsName } from '../host/names.ts';
import type { Call } from '../keepalived/calls.ts';
import type { User } from '../host/users.ts';

const TIMEOUT_MS = 20_000;
const OUTPUT_BYTES_MAX = 256 * 1024;
/** The first lines of what install.sh writes under the names of the article's scripts. */
const LEGACY_MARK = '# Stands for the script of this name';
const MARK_BYTES = 200;

type Judged = Omit<TriedCall, 'where' | 'command' | 'user'>;

const wrong = (said: string, hint?: string, asksPassword = false): Judged => ({
  kind: 'wrong',
  said,
  hint,
  asksPassword,
});
const right = (said: string): Judged => ({ kind: 'right', said, hint: undefined, asksPassword: false });

/** Why keepalived would find something else under the path than redisha; `undefined` where it finds redisha. */
const strangerAt = ({ path }: Call): Judged | undefined => {
  const isLegacy = commandOfScript(commands, basename(path)) !== undefined;
  const directory = path.slice(0, path.lastIndexOf('/'));
  const hint = isLegacy ? `./install.sh --legacy-dir ${directory}` : './install.sh';
  try {
    if (isLegacy && lstatSync(path).isSymbolicLink())
      return wrong(`${path} is a symbolic link: keepalived resolves it, and the name of the command is lost`, hint);
    if (isLegacy && !readFileSync(path, 'latin1').slice(0, MARK_BYTES).includes(LEGACY_MARK))
      return wrong(`${path} is another script, and not redisha's`, hint);
    return undefined;
  } catch (error) {
    return wrong(`there is no ${path} that could be read (${reasonOf(error)})`, hint);
  }
};

/** With which words it changes nothing; `undefined` where it is not run. `check` is what keepalived runs every few seconds. */
const trialOf = (command: string, words: readonly string[]): readonly string[] | undefined => {
  if (command === 'check') return ['--json'];
  if (['master', 'backup'].includes(command) || (command === 'fault' && words.length > 0))
    return ['--dry-run', '--json'];
  return command === 'notify' ? [...(ADDED[command] ?? []), '--dry-run', '--json'] : undefined;
};

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** With nothing of the environment of whoever runs this: keepalived has none of it. */
const run = (argv: readonly string[], user: User | undefined): Promise<Ended> =>
  new Promise((resolve) => {
    const [program = '', ...args] = argv;
    const as = user === undefined || process.geteuid?.() !== 0 ? {} : { uid: user.uid, gid: user.gids[0] };
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      ...as,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-OUTPUT_BYTES_MAX)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-OUTPUT_BYTES_MAX)));
    child.once('error', (error) => {
      resolve({ code: undefined, stdout, stderr: reasonOf(error) });
    });
    child.once('close', (code) => {
      resolve({ code: code ?? undefined, stdout, stderr });
    });
  });

type Told = Readonly<Record<string, unknown>>;

const objectsIn = (text: string): readonly Told[] =>
  text.split('\n').flatMap((line): readonly Told[] => {
    try {
      const told: unknown = JSON.parse(line);
      return typeof told === 'object' && told !== null ? [told as Told] : [];
    } catch {
      return [];
    }
  });

const CREDENTIALS = /rejects our credentials|NOAUTH|WRONGPASS/;

const judgeTold = (told: Told): Judged => {
  const { why, fit, rule, error, local, peer } = told;
  if (typeof error === 'object' && error !== null) {
    const { message, hint, code }: Told = { ...error };
    const isLocked = code === 'CREDENTIALS_REJECTED';
    return wrong(String(message), typeof hint === 'string' ? hint : undefined, isLocked);
  }
  const said = `${String(why)} (rule ${String(rule)})`;
  if ([why, local, peer].some((text) => typeof text === 'string' && CREDENTIALS.test(text)))
    return wrong(`the password is missing or wrong: ${said}`, undefined, true);
  return right(fit === undefined ? said : `${fit === true ? 'fit' : 'unfit'}: ${said}`);
};

const judge = ({ code, stdout, stderr }: Ended, user: string): Judged => {
  const told = objectsIn(`${stdout}\n${stderr}`).map(judgeTold);
  const worst = told.find(({ kind }) => kind === 'wrong') ?? told[0];
  if (worst !== undefined) return worst;
  if (code === undefined)
    return wrong(`${user} cannot run it: ${stderr || `no end within ${String(TIMEOUT_MS / 1000)} s`}`);
  return wrong(`it ends with ${String(code)}: ${(stderr || stdout).trim().split('\n')[0] ?? ''}`);
};

const judgedAs = async (call: Call, user: User | undefined, isConfigured: boolean): Promise<Judged> => {
  const [stray] = call.stray;
  if (stray !== undefined)
    return wrong(
      `the command is not in one pair of quotes: keepalived takes ${stray} for a user and drops the rest`,
      `${call.keyword} "${[call.path, ...call.words, ...call.stray].join(' ')}"`,
    );
  const stranger = strangerAt(call);
  if (stranger !== undefined) return stranger;
  const said = judgeCall(knowsName)(call.path, call.words);
  const trial = trialOf(said.command ?? '', said.words);
  if (trial !== undefined) return judge(await run([call.path, ...call.words, ...trial], user), user?.name ?? 'nobody');
  return takesWords(said, isConfigured)
    ? right('the words fit; it is not run')
    : wrong(`the words do not fit: the command takes ${said.takes}`);
};

/**
 * `user` runs it; `undefined` where this host has no such user, of which somebody else complains. `isConfigured`: redisha.toml
 * has the pair.
 */
export const tryCall = async (call: Call, user: User | undefined, isConfigured: boolean): Promise<TriedCall> => ({
  where: call.where,
  command: [call.path, ...call.words].join(' '),
  user: user?.name ?? call.user ?? '',
  ...(await judgedAs(call, user, isConfigured)),
});

/** Whether the user may write there; `undefined` where it cannot be told. */
export const mayWrite = async (path: string, user: User): Promise<boolean> =>
  (await run(['/bin/sh', '-c', 'test -w "$1"', 'sh', path], user)).code === 0;
