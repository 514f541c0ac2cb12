// A bundle becomes an executable: baked into the pinned Node, without that one's symbols. Nothing is downloaded for this
// machine's own processor. The Node for another one is the locked package of npm, kept for the next build.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stdout } from 'node:process';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const cache = join('node_modules', '.cache', 'redisha');

const say = (/** @type {string} */ line) => stdout.write(`${line}\n`);

/** What Node calls a processor, and what binutils and qemu call it. @type {Readonly<Record<string, string>>} */
export const MACHINES = { x64: 'x86_64', arm64: 'aarch64' };

/** @typedef {{ version: string, integrity: string }} Locked */

/** @param {string} arch @returns {Locked} */
const lockedNode = (arch) => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const locked = packages[`node_modules/node-linux-${arch}`];
  if (locked === undefined) throw new Error(`package-lock.json has no Node for ${arch}`);
  return locked;
};

/** The package of the pinned Node, unpacked. @param {string} arch */
export const nodePackage = (arch) => {
  if (arch === process.arch) return join('node_modules', `node-linux-${arch}`);
  const { version, integrity } = lockedNode(arch);
  const home = join(cache, `node-linux-${arch}-${version}`);
  if (existsSync(home)) return home;
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, 'fetched-'));
  try {
    const words = ['pack', `node-linux-${arch}@${version}`, '--silent', '--pack-destination', temporary];
    const name = execFileSync('npm', words, { encoding: 'utf8' }).trim();
    const file = join(temporary, name);
    const hash = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
    if (hash !== integrity) throw new Error(`node-linux-${arch}@${version} is not what package-lock.json has`);
    execFileSync('tar', ['-xzf', file, '-C', temporary]);
    renameSync(join(temporary, 'package'), home);
    return home;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};

/** The strip that knows the executables of a processor. @param {string} arch */
const stripFor = (arch) => (arch === process.arch ? 'strip' : `${MACHINES[arch] ?? arch}-linux-gnu-strip`);

/** The pinned Node without its symbols, kept for the next build. @param {string} arch */
const strippedNode = (arch) => {
  const home = nodePackage(arch);
  const { version } = require(join(root, home, 'package.json'));
  const node = join(home, 'bin', 'node');
  const cached = join(cache, `node-${version}-${arch}`);
  if (existsSync(cached)) return cached;
  mkdirSync(dirname(cached), { recursive: true });
  const temporary = `${cached}.${process.pid}`;
  const strip = stripFor(arch);
  try {
    execFileSync(strip, ['-o', temporary, node], { stdio: ['ignore', 'ignore', 'pipe'] });
    renameSync(temporary, cached);
    return cached;
  } catch (error) {
    rmSync(temporary, { force: true });
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    say(`build: no ${strip} here (package binutils): the executable keeps its symbols and is a third larger`);
    return node;
  }
};

const seaConfig = {
  disableExperimentalSEAWarning: true,
  useCodeCache: false,
  // keepalived hands on its own environment: NODE_OPTIONS in it may not change what a check does, and a warning of Node's
  // may not end up beside what a check says. V8 would add up all bytes of the snapshot at every start, which takes 2 ms;
  // of the snapshot that is part of it, Node does not want that either. And V8 would take what was rehearsed for hot, and
  // compile it to machine code that a check never comes to use: 1 ms, and all its threads woken. Of regular expressions a
  // snapshot keeps only the text; most are used once, and better code for them takes longer to make than it saves.
  // What stays makes much rubbish and keeps little. Left alone, V8 lets 16 MB of rubbish lie before it clears it away, twice:
  // with 32 pairs that was a third of the resident's memory.
  // keepalived writes what it knows into files when it gets SIGUSR1, and Node would listen for a debugger.
  execArgv: [
    '--no-warnings',
    '--disable-sigusr1',
    '--no-verify-snapshot-checksum',
    '--no-sparkplug',
    '--no-regexp-optimization',
    '--max-semi-space-size=1',
    '--optimize-for-size',
  ],
  execArgvExtension: 'none',
};

/**
 * Only Node for a processor can make a snapshot for it. Without one, the bundle is loaded at each start.
 * @param {string} program
 * @param {string} output
 * @param {Readonly<Record<string, string>>} assets files in it, by name
 * @param {string} [arch]
 */
export const bake = async (program, output, assets, arch = process.arch) => {
  const { log } = require('@yao-pkg/pkg/lib-es5/log.js');
  // Its progress is noise beside one line of ours; its errors are thrown, not logged.
  log.info = () => {};
  const { default: sea } = require('@yao-pkg/pkg/lib-es5/sea.js');
  const major = process.versions.node.split('.')[0];
  const temporary = join(root, `${output}.${process.pid}`);
  mkdirSync(dirname(temporary), { recursive: true });
  try {
    await sea(program, {
      targets: [{ nodeRange: `node${major}`, platform: 'linux', arch, output: temporary }],
      nodePath: join(root, strippedNode(arch)),
      // The Node that runs this prepares it, for it is the same one: that of the other processor does not run here.
      useLocalNode: arch !== process.arch,
      seaConfig: { ...seaConfig, useSnapshot: arch === process.arch, assets },
    });
    execFileSync('chmod', ['0755', temporary]);
    renameSync(temporary, join(root, output));
  } finally {
    rmSync(temporary, { force: true });
  }
};
