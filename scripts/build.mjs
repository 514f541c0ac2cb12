// Builds dist/redisha: one bundle out of src/main.ts, loaded, rehearsed (scripts/rehearse.ts), and baked as a snapshot into
// the pinned Node executable; and one out of src/people.ts, which goes into the executable as it is.
//
//   node scripts/build.mjs            dist/redisha, and beside it the two bundles that it is made of
//   node scripts/build.mjs --empty    dist/empty: an empty program built the same way, the floor of every start-up time
//   node scripts/build.mjs --size     what the executable weighs and where the bundle's bytes come from; builds nothing
//
// Nothing is downloaded: the Node comes from the locked packages. The executable is made under a temporary name and
// moved, so that a program which is using the old one never sees half a file.

import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { chdir, stderr, stdout } from 'node:process';
import { inspect } from 'node:util';
import { build } from 'esbuild';
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
 * What keepalived calls, with `status`, which monitoring calls; and what people call. The first is in memory at every start of a
 * check: growth shows here before it shows in a start-up time.
 */
const bundles = {
  redisha: { entry: 'scripts/rehearse.ts', budgetBytes: 680_000, own: [onlyPlainCommands(root)] },
  // Of these, 0.25 MB are ioredis: `drill` has to act as applications do.
  people: { entry: 'src/people.ts', budgetBytes: 1_500_000, own: [noSupportsColor] },
};

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

/** The import of src/people.ts, which loads the other bundle from inside the executable. */
const apart = {
  name: 'apart',
  setup(/** @type {import('esbuild').PluginBuild} */ plugin) {
    plugin.onResolve({ filter: /^\.\/people\.ts$/ }, ({ path, importer }) =>
      importer === join(root, 'src', 'main.ts') ? { path, namespace: 'apart' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'apart' }, () => ({
      contents: `
        const { getAsset } = require('node:sea');
        const { compileFunction } = require('node:vm');
        const text = getAsset('people.cjs', 'utf8');
        compileFunction(text, ['module', 'exports', 'require'], { filename: 'people.cjs' })(module, exports, require);
      `,
    }));
  },
};

/** Builds one of the bundles within its budget. @param {keyof typeof bundles} name @param {string} outfile @param {string} commit */
const bundle = async (name, outfile, commit) => {
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
    define: { __REDISHA_VERSION__: JSON.stringify(version), __REDISHA_COMMIT__: JSON.stringify(commit) },
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

/** The pinned Node without its symbols, kept for the next build. */
const strippedNode = () => {
  const require = createRequire(import.meta.url);
  const packageName = `node-linux-${process.arch}`;
  const { version } = require(`${packageName}/package.json`);
  const node = join('node_modules', packageName, 'bin', 'node');
  const cached = join('node_modules', '.cache', 'redisha', `node-${version}-${process.arch}`);
  if (existsSync(cached)) return cached;
  mkdirSync(join(cached, '..'), { recursive: true });
  const temporary = `${cached}.${process.pid}`;
  try {
    execFileSync('strip', ['-o', temporary, node], { stdio: ['ignore', 'ignore', 'pipe'] });
    renameSync(temporary, cached);
    return cached;
  } catch (error) {
    rmSync(temporary, { force: true });
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    say('build: no strip here (package binutils): the executable keeps its symbols and is a third larger');
    return node;
  }
};

const seaConfig = {
  disableExperimentalSEAWarning: true,
  useSnapshot: true,
  useCodeCache: false,
  // keepalived hands on its own environment: NODE_OPTIONS in it may not change what a check does, and a warning of Node's
  // may not end up beside what a check says. V8 would add up all bytes of the snapshot at every start, which takes 2 ms;
  // of the snapshot that is part of it, Node does not want that either. And V8 would take what was rehearsed for hot, and
  // compile it to machine code that a check never comes to use: 1 ms, and all its threads woken. Of regular expressions a
  // snapshot keeps only the text; most are used once, and better code for them takes longer to make than it saves.
  // What stays makes much rubbish and keeps little. Left alone, V8 lets 16 MB of rubbish lie before it clears it away, twice:
  // with 32 pairs that was a third of the resident's memory.
  execArgv: [
    '--no-warnings',
    '--no-verify-snapshot-checksum',
    '--no-sparkplug',
    '--no-regexp-optimization',
    '--max-semi-space-size=1',
    '--optimize-for-size',
  ],
  execArgvExtension: 'none',
};

/** @param {string} program @param {string} output @param {Readonly<Record<string, string>>} assets files in it, by name */
const bake = async (program, output, assets) => {
  const require = createRequire(import.meta.url);
  const { log } = require('@yao-pkg/pkg/lib-es5/log.js');
  // Its progress is noise beside one line of ours; its errors are thrown, not logged.
  log.info = () => {};
  const { default: sea } = require('@yao-pkg/pkg/lib-es5/sea.js');
  const major = process.versions.node.split('.')[0];
  const temporary = join(root, `${output}.${process.pid}`);
  try {
    await sea(program, {
      targets: [{ nodeRange: `node${major}`, platform: 'linux', arch: process.arch, output: temporary }],
      nodePath: join(root, strippedNode()),
      seaConfig: { ...seaConfig, assets },
    });
    execFileSync('chmod', ['0755', temporary]);
    renameSync(temporary, join(root, output));
  } finally {
    rmSync(temporary, { force: true });
  }
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

const buildRedisha = async () => {
  const startMs = Date.now();
  const [hash = '', commit = ''] = execFileSync('sh', ['scripts/build-inputs.sh'], { encoding: 'utf8' })
    .trim()
    .split(' ');
  const directory = join('dist', `bundles.${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const fileOf = (/** @type {string} */ name) => join(directory, `${name}.cjs`);
  try {
    const made = [await bundle('redisha', fileOf('redisha'), commit), await bundle('people', fileOf('people'), commit)];
    await withStandIn(() => bake(fileOf('redisha'), 'dist/redisha', { 'people.cjs': join(root, fileOf('people')) }));
    for (const { name } of made) copyFileSync(fileOf(name), `dist/${name}.cjs`);
    writeFileSync('dist/redisha.inputs', `${hash} ${commit}\n`);
    const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
    const sizes = made.map(({ size }) => mb(size)).join(' and ');
    say(`build: dist/redisha, ${mb(statSync('dist/redisha').size)}, bundles ${sizes}, commit ${commit}, ${seconds} s`);
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
  for (const name of /** @type {(keyof typeof bundles)[]} */ (Object.keys(bundles))) {
    const outfile = join('node_modules', '.cache', 'redisha', `${name}.size.cjs`);
    const { size, budgetBytes, metafile } = await bundle(name, outfile, 'unknown');
    say(`bundle ${name}: ${mb(size)} of at most ${mb(budgetBytes)}`);
    for (const [part, bytes] of bytesByPackage(metafile)) say(`  ${String(bytes).padStart(8)}  ${part}`);
  }
};

const actions = new Map([
  [undefined, buildRedisha],
  ['--empty', buildEmpty],
  ['--size', printSize],
]);
const action = actions.get(process.argv[2]);
if (action === undefined || process.argv.length > 3) {
  stderr.write(`${basename(process.argv[1] ?? '')}: unknown arguments; it takes one of --empty, --size, or nothing\n`);
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
