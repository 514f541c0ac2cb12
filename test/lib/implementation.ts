/** What is installed under the article's script names on the hosts of a pair: the product, or the scripts it replaces. */
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from './host.ts';
import { runOk } from './process.ts';

const SCRIPT_DIR = '/usr/local/redis/sh';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUR_SCRIPTS = fileURLToPath(new URL('scripts/', import.meta.url));

export interface Implementation {
  readonly name: string;
  install(host: Host): Promise<void>;
}

/** The executable under test: `REDISHA_BIN`, or what the build made. */
export const EXECUTABLE = resolve(ROOT, process.env['REDISHA_BIN'] ?? 'dist/redisha');

/** Why the executable cannot be tried, in a sentence; `undefined` when it is there. */
export function whyNoExecutable(): string | undefined {
  return existsSync(EXECUTABLE) ? undefined : `${EXECUTABLE} does not exist: npm run build`;
}

/** The shell scripts that articles of this family print. */
export const scripts: Implementation = {
  name: 'scripts',
  async install(host) {
    await mkdir(host.file(SCRIPT_DIR), { recursive: true });
    await mkdir(host.file('/usr/local/redis/log'), { recursive: true });
    for (const name of await readdir(OUR_SCRIPTS)) {
      const to = host.file(`${SCRIPT_DIR}/${name}`);
      await copyFile(`${OUR_SCRIPTS}${name}`, to);
      await chmod(to, 0o755);
    }
  },
};

/** What was built in this copy of the sources, put in place as an operator does it: by install.sh, under the old names too. */
export const redishaOf = (root: string): Implementation => ({
  name: 'redisha',
  async install(host) {
    await runOk(host.enter(['sh', resolve(root, 'install.sh'), '--legacy-dir', SCRIPT_DIR]), { timeoutMs: 60_000 });
  },
});

export const redisha = redishaOf(ROOT);
