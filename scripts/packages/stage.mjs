// The files of a package, as they lie on a host. What depends on the host (the user, the directories, logrotate, tmpfiles.d,
// the drop-in of keepalived) is made there, by the same install.sh that comes with the sources.

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { billOfMaterials, licences } from './contents.mjs';

/** Where zsh looks: Debian's has a directory of its own. */
const ZSH = { deb: 'usr/share/zsh/vendor-completions', rpm: 'usr/share/zsh/site-functions' };

/** @typedef {keyof typeof ZSH} Format */

/** zlib writes no time, and a name of the system that is always the same here. @param {string} text */
const packed = (text) => gzipSync(text, { level: 9 });

/**
 * True afterwards: `tree` holds the files, with their modes.
 * @param {{ tree: string, format: Format, arch: string, executable: string, printer: string, epoch: number }} wanted
 *   `printer` is an executable of the same sources that runs here
 */
export const stage = ({ tree, format, arch, executable, printer, epoch }) => {
  const put = (/** @type {string} */ path, /** @type {string | Buffer} */ content, mode = 0o644) => {
    const file = join(tree, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };
  const copy = (/** @type {string} */ from, /** @type {string} */ path, mode = 0o644) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(from, join(tree, path));
    chmodSync(join(tree, path), mode);
  };
  const said = (/** @type {string[]} */ ...words) => execFileSync(printer, words, { encoding: 'utf8' });

  copy(executable, 'usr/bin/redisha', 0o755);
  put('usr/share/man/man1/redisha.1.gz', packed(said('man', 'redisha')));
  put('usr/share/man/man5/redisha.toml.5.gz', packed(said('man', 'redisha.toml')));
  put('usr/share/bash-completion/completions/redisha', said('completion', 'bash'));
  put(join(ZSH[format], '_redisha'), said('completion', 'zsh'));
  put('usr/share/fish/vendor_completions.d/redisha.fish', said('completion', 'fish'));
  copy('packaging/sysusers.conf', 'usr/lib/sysusers.d/redisha.conf');
  copy('install.sh', 'usr/share/redisha/install.sh', 0o755);
  copy('packaging/redisha.toml', 'usr/share/redisha/packaging/redisha.toml');

  const docs = 'usr/share/doc/redisha';
  put(join(docs, 'copyright'), licences(arch));
  put(join(docs, 'sbom.cdx.json'), billOfMaterials(arch, epoch));
  put(join(docs, 'changelog.gz'), packed(readFileSync('CHANGELOG.md', 'utf8')));
  for (const name of ['README.md', 'README.zh-CN.md']) copy(name, join(docs, name));
  for (const name of readdirSync('docs').filter((one) => one.endsWith('.md')))
    copy(join('docs', name), join(docs, 'docs', name));
  // Examples for monitoring and paging.
  for (const one of globSync('contrib/**', { withFileTypes: true }).filter((entry) => entry.isFile())) {
    const path = relative('.', join(one.parentPath, one.name));
    copy(path, join(docs, path), path.endsWith('.sh') ? 0o755 : 0o644);
  }
  // A directory has the mode that whoever builds gives to new ones.
  execFileSync('find', [tree, '-type', 'd', '-exec', 'chmod', '755', '{}', '+']);
};
