/**
 * A Debian in which packages are tried: a root of its own that lies in the cache, and above it a layer in memory that is gone
 * with the test. Its processes, its network and its mounts are its own, too.
 *
 * Source: mmdebstrap(1); mount(8), "Mount options for overlay"; unshare(1), --kill-child.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { childPids, type Finished, Running, run, runOk } from '../lib/process.ts';
import { findMirror } from '../lib/suites/apt.ts';
import { waitFor } from '../lib/wait.ts';

export interface Wanted {
  readonly suite: string;
  /** Packages that are there before ours. */
  readonly packages: readonly string[];
}

const MAKE_MS = 300_000;

const cacheDir = (): string => join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'redisha', 'roots');

/** A root with other packages is another one. */
const homeOf = ({ suite, packages }: Wanted): string => join(cacheDir(), [suite, ...packages].join('+'));

/** Why there can be no root on this machine; `undefined` where there can be one. */
export const whyNoRoots = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'it takes root';
  const tools = ['mmdebstrap', 'unshare', 'nsenter', 'rpm', 'dpkg-deb'];
  for (const program of tools) {
    const { code } = await run(['sh', '-c', 'command -v "$1"', 'sh', program]);
    if (code !== 0) return `there is no ${program}: sh scripts/setup.sh --packaging`;
  }
  const { code, stderr } = await run(['unshare', '--mount', '--pid', '--net', '--fork', 'true']);
  if (code !== 0) return `no namespaces: ${stderr.trim()}`;
  return (await findMirror()) === undefined ? 'this machine gets no packages from a Debian mirror' : undefined;
};

/** The root is in the cache afterwards. */
export const makeRoot = async (wanted: Wanted): Promise<string> => {
  const home = homeOf(wanted);
  if (existsSync(home)) return home;
  const mirror = await findMirror();
  if (mirror === undefined) throw new Error('no mirror');
  mkdirSync(cacheDir(), { recursive: true });
  const part = `${home}.${String(process.pid)}`;
  const include = wanted.packages.length === 0 ? [] : [`--include=${wanted.packages.join(',')}`];
  const words = ['--quiet', '--mode=root', '--variant=minbase', ...include, '--skip=cleanup/apt/lists'];
  try {
    await runOk(['mmdebstrap', ...words, wanted.suite, part, mirror], { timeoutMs: MAKE_MS });
    // No service starts because its package is installed. Source: invoke-rc.d(8).
    writeFileSync(join(part, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    renameSync(part, home);
  } catch (error) {
    // Another test run was first.
    if (!existsSync(home)) throw error;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return home;
};

const INSIDE = `
dir=$(mktemp -d)
mount -t tmpfs -o mode=755,size=2g redisha "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/whole"
mount -t overlay -o "lowerdir=$1,upperdir=$dir/upper,workdir=$dir/work" redisha "$dir/whole"
mount -t proc proc "$dir/whole/proc"
mount --rbind /dev "$dir/whole/dev"
mount -t tmpfs -o mode=755 redisha "$dir/whole/run"
mkdir "$dir/whole/given"
mount --bind -o ro "$2" "$dir/whole/given"
ip link set lo up
ip link add eth0 type bridge
ip address add 10.9.0.1/24 dev eth0
ip link set eth0 up
echo ready
exec chroot "$dir/whole" sh -c 'while read -r line; do :; done'
`;

const LINK = `
ip link add redisha-link netns "$1" type veth peer name redisha-link netns "$3"
while [ $# -gt 0 ]; do
  at="nsenter --target $1 --net ip"
  $at address flush dev eth0
  $at address add "$2" dev eth0
  $at link set redisha-link master eth0 up
  shift 2
done
`;

/** One that is in use. */
export class Root {
  readonly #holder: Running;
  readonly #pid: number;

  private constructor(holder: Running, pid: number) {
    this.#holder = holder;
    this.#pid = pid;
  }

  /** `given` is a directory of this machine, which is /given there. */
  static async open(wanted: Wanted, given: string): Promise<Root> {
    const home = await makeRoot(wanted);
    const own = ['--mount', '--pid', '--net', '--uts', '--fork', '--kill-child', '--propagation', 'private'];
    const holder = new Running(['unshare', ...own, 'sh', '-euc', INSIDE, 'sh', home, given]);
    await holder.said('a root', 30_000, (text) => text === 'ready');
    const look = (): number | undefined => childPids(holder.pid)[0];
    const pid = await waitFor(
      'its first process',
      { deadlineMs: 20_000, everyMs: 5 },
      look,
      (found) => found !== undefined,
    );
    return new Root(holder, pid ?? 0);
  }

  /** Both are hosts of one network afterwards, each with this address on its eth0. */
  static async link(one: Root, address: string, other: Root, itsAddress: string): Promise<void> {
    await runOk(['sh', '-euc', LINK, 'sh', String(one.#pid), address, String(other.#pid), itsAddress]);
  }

  /** Runs words of a shell there, as root, to their end. */
  run(words: string, timeoutMs = 120_000): Promise<Finished> {
    const enter = ['nsenter', '--target', String(this.#pid), '--mount', '--pid', '--net', '--uts', '--root', '--wd'];
    const env = [
      'env',
      '-i',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      'LC_ALL=C.UTF-8',
      'HOME=/root',
      'DEBIAN_FRONTEND=noninteractive',
    ];
    return run([...enter, ...env, 'sh', '-euc', words], { timeoutMs });
  }

  /** What they print. @throws where they fail */
  async said(words: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(words);
    if (code !== 0) throw new Error(`${words}: exit ${String(code)}: ${stderr}${stdout}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.closeInput();
    await this.#holder.stop('SIGKILL');
  }
}
