// Makes what is given to users: packages for Debian and for the RHEL family, and a container image, in dist/packages.
//
//   npm run package                    for this machine's processor
//   npm run package -- --arch arm64    for another one
//   npm run package -- --quick         hardly compressed, for the tests
//
// The same commit makes the same files: what would be a time is that of the commit, or SOURCE_DATE_EPOCH.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { chdir, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { MACHINES } from './bake.mjs';
import { buildDeb, DEBIAN_ARCH } from './packages/deb.mjs';
import { buildImage } from './packages/image.mjs';
import { buildRpm } from './packages/rpm.mjs';
import { stage } from './packages/stage.mjs';

chdir(join(import.meta.dirname, '..'));

const PRINTER = join('dist', 'redisha');

/** How hard each tool tries: a package is unpacked more often than it is made, but not by the tests. */
const LEVELS = {
  whole: {
    // One thread, because more than one may divide the file in another way.
    deb: ['-Zxz', '-z3', '--threads-max=1'],
    rpm: 'w9.zstdio',
    image: 6,
  },
  quick: { deb: ['-Zzstd', '-z1'], rpm: 'w1.zstdio', image: 1 },
};

const say = (/** @type {string} */ line) => stdout.write(`${line}\n`);

/** Seconds since 1970 that every file gets. */
const epochOf = () => {
  const said = process.env['SOURCE_DATE_EPOCH'];
  if (said !== undefined && /^\d+$/.test(said)) return Number(said);
  try {
    return Number(
      execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return 0;
  }
};

/** The executable for a processor; made where it is another one than this machine's. @param {string} arch */
const executableFor = (arch) => {
  if (arch === process.arch) return PRINTER;
  execFileSync(process.execPath, ['scripts/build.mjs', '--arch', arch], { stdio: 'inherit' });
  return join('dist', arch, 'redisha');
};

/** @param {string} arch @param {keyof typeof LEVELS} effort */
const makeAll = async (arch, effort) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const epoch = epochOf();
  process.env['SOURCE_DATE_EPOCH'] = String(epoch);
  const executable = executableFor(arch);
  const work = resolve('dist', `packages.${process.pid}`);
  const out = join('dist', 'packages');
  for (const directory of [work, out]) mkdirSync(directory, { recursive: true });
  const level = LEVELS[effort];
  const names = {
    deb: `redisha_${version}_${DEBIAN_ARCH[arch]}.deb`,
    rpm: `redisha-${version}-1.${MACHINES[arch]}.rpm`,
    image: `redisha_${version}_${DEBIAN_ARCH[arch]}.oci.tar`,
  };
  const outputOf = (/** @type {keyof typeof names} */ kind) => join(out, names[kind]);
  const shared = { arch, executable, printer: PRINTER, version, epoch };
  try {
    const trees = { deb: join(work, 'deb'), rpm: join(work, 'rpm') };
    for (const format of /** @type {const} */ (['deb', 'rpm'])) stage({ ...shared, format, tree: trees[format] });
    buildDeb({ ...shared, tree: trees.deb, output: outputOf('deb'), compression: level.deb });
    await buildImage({ ...shared, tree: trees.deb, work, output: outputOf('image'), level: level.image });
    buildRpm({ ...shared, tree: trees.rpm, output: outputOf('rpm'), compression: level.rpm });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const kind of /** @type {(keyof typeof names)[]} */ (Object.keys(names))) {
    if (existsSync(outputOf(kind)))
      say(`package: ${outputOf(kind)}, ${(statSync(outputOf(kind)).size / 1e6).toFixed(0)} MB`);
  }
};

const { values } = parseArgs({
  options: { arch: { type: 'string', default: process.arch }, quick: { type: 'boolean', default: false } },
});
try {
  if (!Object.hasOwn(MACHINES, values.arch)) throw new Error(`--arch takes ${Object.keys(MACHINES).join(' or ')}`);
  await makeAll(values.arch, values.quick ? 'quick' : 'whole');
} catch (error) {
  const why = error instanceof Error ? error : new Error(String(error));
  const said = 'stderr' in why ? `\n${String(why.stderr)}` : '';
  stderr.write(`${basename(import.meta.filename)}: failed: ${why.message}${said}\n`);
  process.exitCode = 1;
}
