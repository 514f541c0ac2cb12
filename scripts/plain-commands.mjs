// The table of commands for the bundle that keepalived calls: those that start without an argument parser, and of each only
// what such a start needs. Its bytes are in memory at every start of a check. People's bundle has the whole table.

import { join } from 'node:path';
import { commands } from '../src/commands.ts';

/** What is told to people. */
const TOLD = new Set(['summary', 'doc', 'short', 'value', 'calledBy', 'done', 'details', 'examples', 'values']);

/** The text of the module. A function is written as it stands in src/commands.ts, with its import. */
export const plainCommands = () => {
  const texts = commands
    .filter(({ isPlain }) => isPlain)
    .map(({ load, ...rest }) => {
      const shape = JSON.stringify(rest, (key, value) => (TOLD.has(key) ? undefined : value));
      return `${shape.slice(0, -1)}, "load": ${String(load)} }`;
    });
  return `export const commands = [${texts.join(',\n')}];`;
};

/** In the place of src/commands.ts. @param {string} root */
export const onlyPlainCommands = (root) => ({
  name: 'only-plain-commands',
  setup(/** @type {import('esbuild').PluginBuild} */ plugin) {
    const path = join(root, 'src', 'commands.ts');
    plugin.onLoad({ filter: /\/src\/commands\.ts$/ }, (args) =>
      args.path === path ? { contents: plainCommands(), loader: 'js', resolveDir: join(root, 'src') } : undefined,
    );
  },
});
