// What is inside of the executable: a list for programs (CycloneDX), and the licences for people.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePackage } from '../bake.mjs';

/** @typedef {{ name: string, version: string, 'bom-ref': string }} Component */
/** @typedef {{ ref: string, dependsOn?: readonly string[] }} Needs */

/** Parts of Node that are programs of their own; the others of `process.versions` are numbers of interfaces. */
const PARTS_OF_NODE = new Set(
  `acorn ada amaro ares brotli cjs_module_lexer cldr icu llhttp merve minimatch nbytes ncrypto nghttp2 nghttp3 ngtcp2
   openssl simdjson simdutf sqlite tz undici unicode uv uvwasi v8 zlib zstd`.split(/\s+/),
);

/** npm's packages that run in the executable. */
const bundled = () => {
  /** @type {Record<string, { version?: string, dev?: boolean, devOptional?: boolean, optional?: boolean, license?: string }>} */
  const packages = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  return Object.entries(packages).filter(
    ([path, { dev, devOptional, optional }]) =>
      path !== '' && dev !== true && devOptional !== true && optional !== true,
  );
};

/** Of npm's packages what is in the executable; the Node of this processor, and what that is made of, besides. @param {string} arch @param {number} epoch */
export const billOfMaterials = (arch, epoch) => {
  // With `--omit dev` npm 11 also leaves out what a package for the work needs besides.
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const bill = JSON.parse(execFileSync('npm', words, { encoding: 'utf8', maxBuffer: 2 ** 26 }));
  // Both would be different at each build.
  delete bill.serialNumber;
  bill.metadata.timestamp = new Date(epoch * 1000).toISOString();
  const inside = new Set([
    `node-linux-${arch}@${process.versions.node}`,
    ...bundled().map(([path, { version = '' }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`),
  ]);
  bill.components = bill.components.filter((/** @type {Component} */ { name, version }) =>
    inside.has(`${name}@${version}`),
  );
  const kept = new Set([
    bill.metadata.component['bom-ref'],
    ...bill.components.map((/** @type {Component} */ one) => one['bom-ref']),
  ]);
  bill.dependencies = bill.dependencies
    .filter((/** @type {Needs} */ { ref }) => kept.has(ref))
    .map((/** @type {Needs} */ { ref, dependsOn = [] }) => ({
      ref,
      dependsOn: dependsOn.filter((one) => kept.has(one)),
    }));
  for (const [name, version] of Object.entries(process.versions)) {
    if (!PARTS_OF_NODE.has(name)) continue;
    bill.components.push({
      type: 'library',
      'bom-ref': `node-linux-${arch}/${name}@${version}`,
      name,
      version,
      scope: 'required',
    });
  }
  return `${JSON.stringify(bill, undefined, 2)}\n`;
};

/** @param {string} directory */
const licenceIn = (directory) => {
  const name = readdirSync(directory).find((one) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(one));
  return name === undefined ? undefined : readFileSync(join(directory, name), 'utf8').trim();
};

/** Our licence and those of all that is inside. @param {string} arch */
export const licences = (arch) => {
  const rule = '-'.repeat(78);
  const others = bundled().map(([path, { version = '', license = '' }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    return `${rule}\n${name} ${version} (${license})\n\n${licenceIn(path) ?? `Licence: ${license}`}`;
  });
  const node = `${rule}\nNode.js ${process.versions.node}\n\n${licenceIn(nodePackage(arch)) ?? ''}`;
  const own = readFileSync('LICENSE', 'utf8').trim();
  return `redisha\n\n${own}\n\nThe executable holds what follows.\n\n${[...others, node].join('\n\n')}\n`;
};
