/** A directory in which redisha cannot write, for one command at a time; mounts are gone with the command. */
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { type Enter, type Env, redisha } from '../../lib/program.ts';
import { type Finished, run } from '../../lib/process.ts';

/** The directory is $0, the list of what is in it afterwards $1, the command the rest. */
const listed = (prepare: string): string =>
  `${prepare}; list="$1"; shift; "$@"; code=$?; find "$0" -type f -size +0 -printf '%P\\n' >"$list"; exit $code`;
const mounted = (free: string): string =>
  `set -e; mount -t tmpfs -o size=64k none "$0"; head -c 60000 /dev/zero >"$0/filler"; ${free} set +e`;

/** root may write anywhere; without these it is held to the modes of files like everybody else. */
const NO_PRIVILEGE = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'];

const NOBODY_ID = 65_534;

export interface Trouble {
  readonly name: string;
  readonly code: 'ENOSPC' | 'EROFS' | 'EACCES';
  readonly enter: (directory: string, list: string) => Enter;
}

const inMount =
  (script: string): Trouble['enter'] =>
  (directory, list) =>
  (argv) => ['unshare', '-m', 'sh', '-c', script, directory, list, ...argv];

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'a full disk',
    code: 'ENOSPC',
    enter: inMount(listed(mounted('cat /dev/zero >"$0/rest" 2>/dev/null || true;'))),
  },
  { name: 'a read-only disk', code: 'EROFS', enter: inMount(listed('mount --bind -o ro "$0" "$0"')) },
  {
    name: 'a directory of somebody else',
    code: 'EACCES',
    enter: (directory, list) => (argv) => {
      chownSync(directory, NOBODY_ID, NOBODY_ID);
      return [...NO_PRIVILEGE, 'sh', '-c', listed(':'), directory, list, ...argv];
    },
  },
];

/** Why these troubles cannot be made here, in a sentence. */
export const whyNoTroubles = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'only root may mount and give up privileges';
  const { code, stderr } = await run(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']);
  return code === 0 ? undefined : `no mounts are allowed here: ${stderr}`;
};

/** redisha has run in the trouble; `files` are those with something in them that the directory had in the end. */
export const runIn = async (
  { enter }: Trouble,
  directory: string,
  args: readonly string[],
  env: Env,
): Promise<Finished & { readonly files: readonly string[] }> => {
  mkdirSync(directory, { recursive: true });
  const list = `${directory}.list`;
  const done = await redisha(args, env, enter(directory, list));
  const files = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : [];
  return { ...done, files: files.filter((name) => name !== '' && !/^(filler|rest)$/.test(name)) };
};
