// A package for the RHEL family, by Debian's rpmbuild as well. Source: rpm-spec(5), rpmbuild(8).

import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MACHINES } from '../bake.mjs';

/** A percent sign begins a macro, also in a script. @param {string} name */
const scriptOf = (name) =>
  readFileSync(join('packaging', name), 'utf8')
    .replace(/^#!.*\n/, '')
    .replaceAll('%', '%%');

/**
 * True afterwards: `output` is the package.
 * @param {{ tree: string, arch: string, version: string, output: string, compression: string }} wanted
 */
export const buildRpm = ({ tree, arch, version, output, compression }) => {
  const top = mkdtempSync(join(tmpdir(), 'redisha-rpm-'));
  const files = globSync('**', { cwd: resolve(tree), withFileTypes: true })
    .map((one) => ({ path: join(one.parentPath, one.name).slice(resolve(tree).length), isFile: one.isFile() }))
    // Directories that are ours alone go with the package.
    .filter(({ path, isFile }) => isFile || /\/redisha(\/|$)/.test(path))
    .map(({ path, isFile }) => `${isFile ? (path.startsWith('/usr/share/doc/') ? '%doc ' : '') : '%dir '}${path}`)
    .toSorted();
  const spec = join(top, 'redisha.spec');
  writeFileSync(
    spec,
    `Name: redisha
Version: ${version}
Release: 1
Summary: Keeps a Redis pair highly available behind keepalived
License: MIT
Requires(post): shadow-utils
Recommends: keepalived >= 2.1, libcap, logrotate
Suggests: redis

%description
keepalived decides which of two hosts has the virtual address, and calls
redisha. redisha makes the data follow, in the order that loses no
acknowledged write. Where both servers took writes, it merges them or keeps
them in a file.

%install
cp -a ${resolve(tree)}/. %{buildroot}/

%post
${scriptOf('after-install.sh')}
%preun
${scriptOf('before-remove.sh')}
%files
${files.join('\n')}
`,
  );
  const macros = {
    _topdir: top,
    _buildhost: 'localhost',
    // The executable has its program behind what strip knows of.
    __os_install_post: '%{nil}',
    debug_package: '%{nil}',
    _build_id_links: 'none',
    _binary_payload: compression,
    _rpmfilename: 'redisha.rpm',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
  };
  const defined = Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  try {
    execFileSync('rpmbuild', ['-bb', '--quiet', '--target', `${MACHINES[arch] ?? arch}-linux`, ...defined, spec], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    execFileSync('cp', [join(top, 'RPMS', 'redisha.rpm'), `${output}.part`]);
    renameSync(`${output}.part`, output);
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
};
