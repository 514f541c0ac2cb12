/** What is installed under the article's script names on the hosts of a pair: the product, or the scripts it replaces. */
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from './host.ts';

const SCRIPT_DIR = '/usr/local/redis/sh';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUR_SCRIPTS = fileURLToPath(new URL('scripts/', import.meta.url));

/** Every name that the executable answers to. */
const LEGACY_NAMES = [
  'redis_check.sh',
  'redis_master.sh',
  'redis_backup.sh',
  'redis_fault.sh',
  'redis_stop.sh',
  'redis_master_master.sh',
  'redis_master_slave.sh',
  'redis_backup_master.sh',
  'redis_backup_slave.sh',
];

export interface Implementation {
  readonly name: string;
  install(host: Host): void;
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
  install(host) {
    mkdirSync(host.file(SCRIPT_DIR), { recursive: true });
    mkdirSync(host.file('/usr/local/redis/log'), { recursive: true });
    for (const name of readdirSync(OUR_SCRIPTS)) {
      const to = host.file(`${SCRIPT_DIR}/${name}`);
      copyFileSync(`${OUR_SCRIPTS}${name}`, to);
      chmodSync(to, 0o755);
    }
  },
};

/**
 * The executable under its legacy names, as hard links.
 *
 * Why: keepalived puts the real path of a script in the place of the name that its file gives, so that a program never
 * learns the name of a symbolic link that led to it. Source: `check_script_secure`, and keepalived 2.2.7 run on links to
 * a program that prints its argv; only where the real directory holds the same file under that name too does 2.x keep it.
 */
export const redisha: Implementation = {
  name: 'redisha',
  install(host) {
    mkdirSync(host.file(SCRIPT_DIR), { recursive: true });
    const program = host.file(`${SCRIPT_DIR}/redisha`);
    copyFileSync(EXECUTABLE, program);
    chmodSync(program, 0o755);
    for (const name of LEGACY_NAMES) {
      linkSync(program, host.file(`${SCRIPT_DIR}/${name}`));
    }
  },
};
