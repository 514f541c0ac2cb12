/**
 * Programs of another Debian suite that start on this machine: unpacked with their libraries, and told to use those and the
 * loader that came with them. So a program keeps its name, /proc/PID/exe is the program, and what it starts is as usual;
 * an environment variable would reach its children, and a loader in front of it would be what the kernel knows.
 */
import { existsSync, globSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runOk } from '../process.ts';
import type { Package, Suite } from './apt.ts';

/** /lib is a link to /usr/lib on a machine, and a directory of its own in the packages of older suites. */
const LOADERS = ['lib', 'usr/lib'].map((dir) => `${dir}/*-linux-gnu/ld-linux-*.so.*`);
const LIBRARY_DIRS = ['lib/*-linux-gnu', 'usr/lib/*-linux-gnu', 'usr/lib/*-linux-gnu/*', 'usr/lib'];
const PROGRAM_DIRS = ['usr/bin', 'usr/sbin'];

/** What a program may load: the rest of a closure is what installs packages and makes users. */
const isNeeded = ({ name }: Package, own: readonly string[]): boolean => own.includes(name) || /^(lib|lua)/.test(name);

const findIn = (dir: string, patterns: readonly string[]): readonly string[] =>
  patterns.flatMap((pattern) => globSync(pattern, { cwd: dir }).map((path) => join(dir, path)));

/** True afterwards: the programs below `dir` start with the loader and the libraries below `home`, where it will be moved. */
const settle = async (dir: string, home: string): Promise<void> => {
  const moved = (path: string): string => home + path.slice(dir.length);
  const [loader] = findIn(dir, LOADERS);
  if (loader === undefined) throw new Error('the suite has no loader for this machine');
  const libraries = findIn(dir, LIBRARY_DIRS).map(moved).join(':');
  const programs = findIn(
    dir,
    PROGRAM_DIRS.map((path) => `${path}/*`),
  ).filter((path) => lstatSync(path).isFile() && /^(redis|valkey|keepalived)/.test(basename(path)));
  for (const program of programs) {
    // RPATH and not RUNPATH: it counts for the libraries of the libraries too. Source: ld.so(8).
    const words = ['--set-interpreter', moved(loader), '--force-rpath', '--set-rpath', libraries];
    await runOk(['patchelf', ...words, program]);
  }
};

/** True afterwards: `home` holds the packages `own` and the libraries that they need. */
export const unpack = async (
  suite: Suite,
  own: readonly string[],
  closure: readonly Package[],
  home: string,
): Promise<void> => {
  if (existsSync(home)) return;
  mkdirSync(dirname(home), { recursive: true });
  const [dir, files] = ['root', 'debs'].map((name) => mkdtempSync(`${home}.${name}-`)) as [string, string];
  try {
    await suite.download(
      closure.filter((one) => isNeeded(one, own)),
      files,
    );
    for (const name of readdirSync(files))
      await runOk(['dpkg-deb', '-x', join(files, name), dir], { timeoutMs: 60_000 });
    await settle(dir, home);
    try {
      renameSync(dir, home);
    } catch (error) {
      // Another test run was first.
      if (!existsSync(home)) throw error;
    }
  } finally {
    for (const path of [dir, files]) rmSync(path, { recursive: true, force: true });
  }
};
