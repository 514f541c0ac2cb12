// Builds dist/redisha: one bundle out of src/main.ts, loaded, rehearsed (scripts/rehearse.ts), and baked as a snapshot into
// the pinned Node executable; and those of `beside`, which go into the executable as they are.
//
//   node scripts/build.mjs            dist/redisha, and beside it the bundles that it is made of
//   node scripts/build.mjs --arch arm64   dist/arm64/redisha: for another processor, without a snapshot
//   node scripts/build.mjs --empty    dist/empty: an empty program built the same way, the floor of every start-up time
//   node scripts/build.mjs --size     what the executable weighs and where the bundle's bytes come from; builds nothing
//
// Nothing is downloaded: the Node comes from the locked packages. The executable is made under a temporary name and
// moved, so that a program which is using the old one never sees half a file.

import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { basename, join, relative } from 'node:path';
import { chdir, stderr, stdout } from 'node:process';
import { inspect } from 'node:util';
import { build } from 'esbuild';
import { bake, MACHINES } from './bake.mjs';
import { onlyPlainCommands } from './plain-commands.mjs';

const root = join(import.meta.dirname, '..');
chdir(root);

/** `debug`, which ioredis brings along, asks for it where it happens to be installed: there is none in an executable. */
const noSupportsColor = {
  name: 'no-supports-color',
  setup(/** @type {import('esbuild').PluginBuild} */ plugin) {
    plugin.onResolve({ filter: /^supports-color$/ }, ({ path }) => ({ path, namespace: 'nothing' }));
    plugin.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }));
  },
};

/**
 * What keepalived calls, with `status`, which monitoring calls; what people call; what stays. The first is in memory at every start of a
 * check: growth shows here before it shows in a start-up time.
 */
const bundles = {
  redisha: { entry: 'scripts/rehearse.ts', budgetBytes: 700_000, own: [onlyPlainCommands(root)] },
  // Of these, 0.25 MB are ioredis: `drill` has to act as applications do.
  people: { entry: 'src/people.ts', budgetBytes: 1_650_000, own: [noSupportsColor] },
  // What stays, once for each host.
  watch: { entry: 'src/world/staying.ts', budgetBytes: 650_000, own: [] },
};

/** Where the bundles beside the snapshot begin, by the file that asks for them. @type {Readonly<Record<string, 'people' | 'watch'>>} */
const beside = { 'src/main.ts ./people.ts': 'people', 'src/world/runtime.ts ./staying.ts': 'watch' };

const say = (/** @type {string} */ line) => stdout.write(`${line}\n`);
const mb = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;

/** Of Node's own modules those that only a change needs: each is large, or brings large ones with it. */
const late = ['node:child_process', 'node:dgram', 'node:dns/promises', 'node:fs/promises', 'node:tls', 'node:tty'];

/** They are loaded when something of them is first used, not by the `import` of it, and so stay out of the snapshot. */
const loadedLate = {
  name: 'loaded-late',
  setup(/** @type {import('esbuild').PluginBuild} */ plugin) {
    const filter = new RegExp(`^(${late.join('|')})$`);
    plugin.onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path, namespace: 'late' },
    );
    plugin.onLoad({ filter: /.*/, namespace: 'late' }, async ({ path }) => ({
      contents: Object.keys(await import(path))
        .map(
          (name) =>
            `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('${path}').${name} });`,
        )
        .join('\n'),
    }));
  },
};

/**
 * Of `@ioredis/commands` only where the keys stand is asked, and its table is one of the largest things that a check reads.
 * ioredis has a copy of its own, and asks it for the flags.
 */
const onlyKeys = {
  name: 'only-keys',
  setup(/** @type {import('esbuild').PluginBuild} */ plugin) {
    plugin.onLoad({ filter: /@ioredis\/commands\/built\/commands\.json$/ }, ({ path }) => {
      if (path.includes('/ioredis/node_modules/')) return undefined;
      /** @type {Record<string, { keyStart: number, keyStop: number, step: number }>} */
      const commands = JSON.parse(readFileSync(path, 'utf8'));
      const keys = Object.entries(commands).map(([name, { keyStart, keyStop, step }]) => [
        name,
        // The package reads the flags of each when it is loaded.
        { keyStart, keyStop, step, flags: [] },
      ]);
      return { contents: JSON.stringify(Object.fromEntries(keys)), loader: 'json' };
    });
  },
};

/** The imports that load another bundle from inside the executable. */
const apart = {
  name: 'apart',
  setup(/** @type {import('esbuild').PluginBuild} */ plugin) {
    plugin.onResolve({ filter: /^\.\/(people|staying)\.ts$/ }, ({ path, importer }) => {
      const name = beside[`${relative(root, importer)} ${path}`];
      return name === undefined ? undefined : { path: `${name}.cjs`, namespace: 'apart' };
    });
    plugin.onLoad({ filter: /.*/, namespace: 'apart' }, ({ path }) => ({
      contents: `
        const { getAsset } = require('node:sea');
        const { compileFunction } = require('node:vm');
        const text = getAsset('${path}', 'utf8');
        compileFunction(text, ['module', 'exports', 'require'], { filename: '${path}' })(module, exports, require);
      `,
    }));
  },
};

/** @typedef {{ commit: string, day: string }} Origin */

/**
 * Where the bundles are while they are baked. Their paths go into the executable, so it has the same name each time; another
 * one only beside a build that runs.
 */
const directoryOfBundles = () => {
  const usual = join('dist', 'bundles');
  mkdirSync('dist', { recursive: true });
  try {
    mkdirSync(usual);
    return usual;
  } catch {
    const own = `${usual}.${process.pid}`;
    mkdirSync(own);
    return own;
  }
};

/** Builds one of the bundles within its budget. @param {keyof typeof bundles} name @param {string} outfile @param {Origin} origin */
const bundle = async (name, outfile, { commit, day }) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { entry, budgetBytes, own } = bundles[name];
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node26',
    // One CommonJS file: a dynamic import() stays inside it and still runs only when it is reached. Of Node's own modules it
    // is a require(), the only way to them that a snapshot has.
    format: 'cjs',
    supported: { 'dynamic-import': false },
    packages: 'bundle',
    // Names stay as they are, for the stacks in bug reports.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    define: {
      __REDISHA_VERSION__: JSON.stringify(version),
      __REDISHA_COMMIT__: JSON.stringify(commit),
      __REDISHA_DAY__: JSON.stringify(day),
    },
    plugins: [loadedLate, onlyKeys, apart, ...own],
    metafile: true,
    logLevel: 'warning',
  });
  const { size } = statSync(outfile);
  if (size > budgetBytes) {
    throw new Error(`the bundle ${name} is ${size} bytes, over its budget of ${budgetBytes}: npm run size tells why`);
  }
  return { name, size, budgetBytes, metafile };
};

/** Runs `use` while a stand-in for Redis is there, for scripts/rehearse.ts. @param {() => Promise<void>} use */
const withStandIn = async (use) => {
  const standIn = spawn(process.execPath, ['scripts/stand-in.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [port] = await once(standIn.stdout, 'data');
    process.env['REDISHA_REHEARSE_PORT'] = String(port).trim();
    await use();
  } finally {
    standIn.stdin.end();
  }
};

/** @param {import('esbuild').Metafile} metafile */
const bytesByPackage = (metafile) => {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? path.split('/')[0] ?? path;
      sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...sums].toSorted((a, b) => b[1] - a[1]);
};

const inputs = () => {
  const said = execFileSync('sh', ['scripts/build-inputs.sh'], { encoding: 'utf8' });
  const [hash = '', commit = '', day = ''] = said.trim().split(' ');
  return { hash, commit, day };
};

const names = /** @type {(keyof typeof bundles)[]} */ (Object.keys(bundles));

/** Every bundle, and those that go into the executable as files, by name. @param {string} directory @param {Origin} origin */
const bundleAll = async (directory, origin) => {
  const fileOf = (/** @type {string} */ name) => join(directory, `${name}.cjs`);
  const made = await Promise.all(names.map((name) => bundle(name, fileOf(name), origin)));
  const assets = Object.fromEntries(Object.values(beside).map((name) => [`${name}.cjs`, join(root, fileOf(name))]));
  return { made, assets };
};

const buildRedisha = async () => {
  const startMs = Date.now();
  const { hash, ...origin } = inputs();
  const directory = directoryOfBundles();
  try {
    const { made, assets } = await bundleAll(directory, origin);
    await withStandIn(() => bake(join(directory, 'redisha.cjs'), 'dist/redisha', assets));
    for (const { name } of made) copyFileSync(join(directory, `${name}.cjs`), `dist/${name}.cjs`);
    writeFileSync('dist/redisha.inputs', `${hash} ${origin.commit} ${origin.day}\n`);
    const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
    const sizes = made.map(({ size }) => mb(size)).join(', ');
    say(
      `build: dist/redisha, ${mb(statSync('dist/redisha').size)}, bundles ${sizes}, commit ${origin.commit}, ${seconds} s`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** For a processor that is not this machine's. @param {string} arch */
const buildFor = async (arch) => {
  if (!Object.hasOwn(MACHINES, arch)) throw new Error(`--arch takes ${Object.keys(MACHINES).join(' or ')}`);
  if (arch === process.arch) return buildRedisha();
  const startMs = Date.now();
  const origin = inputs();
  const directory = directoryOfBundles();
  try {
    const { assets } = await bundleAll(directory, origin);
    const output = join('dist', arch, 'redisha');
    await bake(join(directory, 'redisha.cjs'), output, assets, arch);
    const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
    say(`build: ${output}, ${mb(statSync(output).size)}, commit ${origin.commit}, ${seconds} s`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const buildEmpty = async () => {
  mkdirSync('dist', { recursive: true });
  const program = join('dist', `empty.${process.pid}.cjs`);
  try {
    await build({ entryPoints: ['scripts/empty.ts'], outfile: program, bundle: true, platform: 'node', format: 'cjs' });
    await bake(program, 'dist/empty', {});
    say(`build: dist/empty, ${mb(statSync('dist/empty').size)}`);
  } finally {
    rmSync(program, { force: true });
  }
};

const printSize = async () => {
  if (existsSync('dist/redisha')) say(`dist/redisha  ${mb(statSync('dist/redisha').size)}`);
  for (const name of names) {
    const outfile = join('node_modules', '.cache', 'redisha', `${name}.size.cjs`);
    const { size, budgetBytes, metafile } = await bundle(name, outfile, { commit: 'unknown', day: 'unknown' });
    say(`bundle ${name}: ${mb(size)} of at most ${mb(budgetBytes)}`);
    for (const [part, bytes] of bytesByPackage(metafile)) say(`  ${String(bytes).padStart(8)}  ${part}`);
  }
};

const [word, value, ...more] = process.argv.slice(2);
const actions = new Map([
  [undefined, buildRedisha],
  ['--empty', buildEmpty],
  ['--size', printSize],
  ['--arch', () => buildFor(value ?? '')],
]);
const action = actions.get(word);
if (action === undefined || more.length > 0 || (value === undefined) === (word === '--arch')) {
  stderr.write(
    `${basename(process.argv[1] ?? '')}: unknown arguments; it takes one of --arch ARCH, --empty, --size, or nothing\n`,
  );
  process.exitCode = 2;
} else {
  try {
    await action();
  } catch (error) {
    // esbuild has shown what is wrong with the sources, and where; its stack adds nothing.
    const isShown = error instanceof Error && 'errors' in error;
    stderr.write(isShown ? 'build: failed\n' : `build: failed: ${inspect(error)}\n`);
    process.exitCode = 1;
  }
}
