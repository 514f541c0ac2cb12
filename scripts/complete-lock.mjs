// Completes package-lock.json after a change of packages: node scripts/complete-lock.mjs
//
// A mirror that carries Linux packages only makes npm leave the other systems' optional packages out of the lock file, and
// `npm ci` then calls the lock file out of step with package.json. The parents name those packages with exact versions, so
// the missing entries follow from what is there. They hold no integrity, because nothing ever installs them: redisha is
// built on Linux with glibc.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const path = join(import.meta.dirname, '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['x64', 'arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32'];

/** @param {string} name */
const platform = (name) => {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  const isMusl = words.some((word) => word.startsWith('musl'));
  return { cpu, os, ...(isMusl ? { libc: ['musl'] } : {}) };
};

/** @type {string[]} */
const added = [];
for (const [parent, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (`node_modules/${name}` in lock.packages || `${parent}/node_modules/${name}` in lock.packages) continue;
    const { cpu, os, libc } = platform(name);
    const isOurs = libc === undefined && os[0] === 'linux' && ['x64', 'arm64'].includes(cpu[0] ?? '');
    if (isOurs || os.length === 0 || !/^\d+\.\d+\.\d+$/.test(version)) {
      throw new Error(`npm left out ${name}@${version}, which ${parent} asks for, and nothing tells what it is`);
    }
    // In the order of npm's own entries, so that its next rewrite changes nothing.
    const entry = { version, cpu, dev: true, ...(libc === undefined ? {} : { libc }), optional: true, os };
    lock.packages[`node_modules/${name}`] = entry;
    added.push(name);
  }
}
if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(`complete-lock: ${added.length} entries added\n`);
