/** A place to run install.sh from and one to install to; both vanish with the test. */
import { chmod, copyFile, cp, link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finished, run } from '../lib/process.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Bench {
  /** Holds install.sh, packaging/ and dist/redisha, as a copy of the sources with a built executable does. */
  readonly sources: string;
  /** An empty directory for --destdir. */
  readonly dest: string;
  readonly install: (args: readonly string[]) => Promise<Finished>;
  /** Runs install.sh with everything below `dest`. */
  readonly installBelow: (...args: readonly string[]) => Promise<Finished>;
  readonly putExecutable: (contents: string | Buffer) => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export const script = (version: string): string => `#!/bin/sh\necho "redisha ${version} (commit 0000000, Node v0)"\n`;

/** `executable`: a small script in place of the executable, or the built one itself. */
export const makeBench = async (executable: 'script' | 'built'): Promise<Bench> => {
  const base = await mkdtemp(join(tmpdir(), 'redisha-install-'));
  // mkdtemp makes it private; a host's directories are not.
  await chmod(base, 0o755);
  const sources = join(base, 'sources');
  const dest = join(base, 'dest');
  await mkdir(join(sources, 'dist'), { recursive: true });
  await mkdir(dest);
  await copyFile(join(root, 'install.sh'), join(sources, 'install.sh'));
  await cp(join(root, 'packaging'), join(sources, 'packaging'), { recursive: true });
  const target = join(sources, 'dist', 'redisha');
  const putExecutable = async (contents: string | Buffer): Promise<void> => {
    await rm(target, { force: true });
    await writeFile(target, contents, { mode: 0o755 });
  };
  if (executable === 'script') await putExecutable(script('1.0.0'));
  else await link(join(root, 'dist', 'redisha'), target).catch(() => copyFile(join(root, 'dist', 'redisha'), target));

  const install = (args: readonly string[]): Promise<Finished> => run(['sh', join(sources, 'install.sh'), ...args]);
  return {
    sources,
    dest,
    install,
    installBelow: (...args) => install(['--destdir', dest, '--user', 'root', ...args]),
    putExecutable,
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }),
  };
};

/** Every file and directory below `directory`, sorted. */
export const tree = async (directory: string): Promise<readonly string[]> =>
  (await readdir(directory, { recursive: true })).toSorted();

/**
 * Runs a shell script as root of a host of its own: /etc, /var and /usr/local are this machine's, and what the script
 * writes to them is gone when it ends. It has a network of its own too, with nothing in it.
 */
export const onHost = (bench: Bench, lines: string): Promise<Finished> =>
  run(['unshare', '--mount', '--net', '--', 'sh', '-eu', '-c', `${layers}\ncd ${bench.sources}\n${lines}`], {
    timeoutMs: 60_000,
  });

const layers = `
mount -t tmpfs tmpfs /run
scratch=/run/layers
layer() {
  mkdir -p "$scratch$1/upper" "$scratch$1/work"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$scratch$1/upper,workdir=$scratch$1/work" "$1"
}
for directory in /etc /var /usr/local; do layer "$directory"; done
# It is this machine's, but for what an installation here may have put there.
rm -rf /usr/local/bin/redisha /etc/redisha /etc/logrotate.d/redisha /etc/tmpfiles.d/redisha.conf /etc/systemd/system/keepalived.service.d /var/lib/redisha /var/log/redisha /etc/keepalived
make_script_user() { id keepalived_script >/dev/null 2>&1 || useradd --system --no-create-home keepalived_script; }
`;

/** Why there is no such host on this machine, in a sentence; `undefined` when there is. */
export const whyNoHost = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'only root can make mounts of its own';
  const tried = await run(['unshare', '--mount', '--net', '--', 'sh', '-eu', '-c', layers]);
  return tried.code === 0 ? undefined : `this machine does not let us make mounts (${tried.stderr.trim()})`;
};
