// A package for Debian and Ubuntu. Source: deb-control(5), dpkg-deb(1), dpkg-shlibdeps(1).

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** @type {Readonly<Record<string, string>>} */
export const DEBIAN_ARCH = { x64: 'amd64', arm64: 'arm64' };

/** What dpkg calls the script, and which of ours it is. */
const SCRIPTS = { postinst: 'after-install.sh', prerm: 'before-remove.sh', postrm: 'after-remove.sh' };

/** The oldest glibc that has all that an executable asks for. @param {string} executable */
const glibcOf = (executable) => {
  const said = execFileSync('readelf', ['--version-info', '--wide', executable], { encoding: 'utf8' });
  const minors = [...said.matchAll(/\bGLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  return `2.${Math.max(...minors)}`;
};

/** The packages that the executable's libraries are in. It is asked of an executable of this machine's processor. @param {string} executable */
const librariesOf = (executable) => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-deb-'));
  try {
    mkdirSync(join(directory, 'debian'));
    writeFileSync(join(directory, 'debian', 'control'), 'Source: redisha\n\nPackage: redisha\nArchitecture: any\n');
    const said = execFileSync('dpkg-shlibdeps', ['-O', resolve(executable)], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // The versions are those of the release that this is built on; what the executable itself asks for is older.
    const names = said
      .trim()
      .replace(/^shlibs:Depends=/, '')
      .replaceAll(/ \([^)]*\)/g, '');
    return names.replace('libc6', `libc6 (>= ${glibcOf(executable)})`).replace('libgcc-s1', 'libgcc-s1 | libgcc1');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/**
 * True afterwards: `output` is the package.
 * @param {{ tree: string, arch: string, version: string, printer: string, output: string, compression: readonly string[] }} wanted
 */
export const buildDeb = ({ tree, arch, version, printer, output, compression }) => {
  const control = join(tree, 'DEBIAN');
  mkdirSync(control);
  chmodSync(control, 0o755);
  writeFileSync(
    join(control, 'control'),
    `Package: redisha
Version: ${version}
Architecture: ${DEBIAN_ARCH[arch] ?? arch}
Maintainer: the maintainers of redisha <redisha@localhost>
Section: database
Priority: optional
Depends: ${librariesOf(printer)}, passwd
Recommends: keepalived (>= 1:2.1), libcap2-bin, logrotate
Suggests: redis-server | valkey-server
Description: keeps a Redis pair highly available behind keepalived
 keepalived decides which of two hosts has the virtual address, and calls
 redisha. redisha makes the data follow, in the order that loses no
 acknowledged write. Where both servers took writes, it merges them or keeps
 them in a file.
`,
  );
  for (const [name, script] of Object.entries(SCRIPTS)) {
    copyFileSync(join('packaging', script), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, `${output}.part`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(`${output}.part`, output);
  rmSync(control, { recursive: true });
};
