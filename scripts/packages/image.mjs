// A container image in the OCI layout, in one tar file: no engine is needed to make it, and every engine reads it. It holds
// redisha and the libraries that it needs, of Debian, and no shell: to look at a pair from a container, or to copy from.
//
// Source: github.com/opencontainers/image-spec: image-layout.md, manifest.md, config.md.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findMirror, Suite } from '../../test/lib/suites/apt.ts';
import { DEBIAN_ARCH } from './deb.mjs';

const SUITE = 'trixie';
/** What the executable loads, and what says which system this is. */
const PACKAGES = ['base-files', 'libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1', 'gcc-14-base'];

const cacheDir = () => join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'redisha', 'image');

const isBase = (/** @type {string} */ file) => file.includes('/base-files_');

/** The libraries for a processor, unpacked. @param {string} arch @returns {Promise<string>} @throws where there is no mirror */
export const libraryRoot = async (arch) => {
  const debian = DEBIAN_ARCH[arch] ?? arch;
  const mirror = await findMirror();
  if (mirror === undefined) throw new Error('this machine gets no packages from a Debian mirror');
  const suite = new Suite(SUITE, undefined, mirror, join(cacheDir(), `apt-${debian}`), debian);
  await suite.refresh();
  const closure = await suite.closure('libstdc++6', 'libatomic1', 'base-files');
  const wanted = closure.filter(({ name }) => PACKAGES.includes(name.replace(/:.*/, '')));
  const versions = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 12);
  const home = join(cacheDir(), `${SUITE}-${debian}-${versions}`);
  if (existsSync(home)) return home;
  const temporary = mkdtempSync(`${home}.`);
  try {
    const [debs, root] = ['debs', 'root'].map((name) => join(temporary, name));
    if (debs === undefined || root === undefined) throw new Error('two directories');
    for (const directory of [debs, root]) mkdirSync(directory);
    await suite.download(wanted, debs);
    const files = readdirSync(debs).map((name) => join(debs, name));
    // The links from /lib to /usr/lib first, so that nothing becomes a directory where a link belongs.
    for (const file of [...files.filter(isBase), ...files.filter((one) => !isBase(one))]) {
      execFileSync('sh', [
        '-c',
        'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
        'sh',
        file,
        root,
      ]);
    }
    renameSync(root, home);
    return home;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};

const passwd = `root:x:0:0:root:/root:/usr/sbin/nologin\n`;
const group = `root:x:0:\n`;

/** What nobody reads in an image. */
const LEFT_OUT = [
  'usr/share/doc/redisha/docs',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/lib/*-linux-gnu/gconv',
  'usr/lib/*-linux-gnu/audit',
];

/**
 * The root of a file system in which redisha runs.
 * @param {{ tree: string, root: string, libraries: string, executable: string }} wanted `tree` is that of the package
 */
const makeRoot = ({ tree, root, libraries, executable }) => {
  cpSync(libraries, root, { recursive: true, verbatimSymlinks: true });
  cpSync(tree, root, { recursive: true, verbatimSymlinks: true });
  // The directories, the rotation, tmpfiles.d and the sample, as everywhere else.
  const words = ['install.sh', '--destdir', root, '--prefix', '/usr', '--user', 'root', '--quiet'];
  execFileSync('sh', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  // That has put the executable of this machine there.
  cpSync(executable, join(root, 'usr/bin/redisha'));
  for (const [path, mode] of /** @type {const} */ ([
    ['run/redisha', '755'],
    ['tmp', '1777'],
  ])) {
    mkdirSync(join(root, path), { recursive: true });
    execFileSync('chmod', [mode, join(root, path)]);
  }
  writeFileSync(join(root, 'etc/passwd'), passwd, { mode: 0o644 });
  writeFileSync(join(root, 'etc/group'), group, { mode: 0o644 });
  execFileSync('sh', ['-c', `cd "$1" && rm -rf ${LEFT_OUT.join(' ')}`, 'sh', root]);
};

const sum = (/** @type {string | Buffer} */ content) => createHash('sha256').update(content).digest('hex');

/** A tar file that is the same for the same files. @param {string} directory @param {string} output @param {number} epoch */
const tar = (directory, output, epoch) => {
  const words = ['--sort=name', `--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner', '--format=posix'];
  const pax = '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime';
  execFileSync('tar', [...words, pax, '-cf', output, '-C', directory, '.']);
};

/**
 * True afterwards: `output` is the image.
 * @param {{ tree: string, work: string, arch: string, version: string, executable: string, output: string, epoch: number, level: number }} wanted
 */
export const buildImage = async ({ tree, work, arch, version, executable, output, epoch, level }) => {
  const [root, layout, layer] = ['root', 'layout', 'layer.tar'].map((name) => join(work, name));
  if (root === undefined || layout === undefined || layer === undefined) throw new Error('three places');
  makeRoot({ tree, root, libraries: await libraryRoot(arch), executable });
  tar(root, layer, epoch);
  rmSync(root, { recursive: true });
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  /** @param {string} mediaType @param {string | Buffer} content */
  const put = (mediaType, content) => {
    const digest = sum(content);
    writeFileSync(join(blobs, digest), content);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(content) };
  };
  const type = 'application/vnd.oci.image';
  const bytes = readFileSync(layer);
  rmSync(layer);
  const architecture = DEBIAN_ARCH[arch] ?? arch;
  const created = new Date(epoch * 1000).toISOString();
  const packed = put(`${type}.layer.v1.tar+gzip`, gzipSync(bytes, { level }));
  const config = put(
    `${type}.config.v1+json`,
    JSON.stringify({
      created,
      architecture,
      os: 'linux',
      config: { Entrypoint: ['/usr/bin/redisha'], Labels: { 'org.opencontainers.image.version': version } },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sum(bytes)}`] },
    }),
  );
  const manifest = put(
    `${type}.manifest.v1+json`,
    JSON.stringify({ schemaVersion: 2, mediaType: `${type}.manifest.v1+json`, config, layers: [packed] }),
  );
  const annotations = { 'org.opencontainers.image.ref.name': version };
  const entry = { ...manifest, platform: { architecture, os: 'linux' }, annotations };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  tar(layout, `${output}.part`, epoch);
  renameSync(`${output}.part`, output);
};
