/** The libraries, and how a process of each is started. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ClientsOptions } from './protocol.ts';

export const LIBRARIES = ['ioredis', 'node-redis', 'redis-py', 'glide'] as const;
export type LibraryName = (typeof LIBRARIES)[number];

/** Debian's own: another Python that comes first in PATH has no package of the system. */
export const PYTHON = '/usr/bin/python3';
const REDIS_PY = '/usr/lib/python3/dist-packages/redis/__init__.py';

const PROCESS = fileURLToPath(new URL('process.ts', import.meta.url));
const byNode = (file: URL) => (options: string) => [process.execPath, PROCESS, fileURLToPath(file), options];

interface Start {
  readonly argv: (options: string) => readonly string[];
  /** Why it cannot be started here; `undefined` where it can. */
  readonly whyNot: () => string | undefined;
}

const STARTS: Readonly<Record<LibraryName, Start>> = {
  ioredis: { argv: byNode(new URL('ioredis.ts', import.meta.url)), whyNot: () => undefined },
  'node-redis': { argv: byNode(new URL('node-redis.ts', import.meta.url)), whyNot: () => undefined },
  'redis-py': {
    argv: (options) => [PYTHON, fileURLToPath(new URL('redis_py.py', import.meta.url)), options],
    whyNot: () => (existsSync(REDIS_PY) ? undefined : `${REDIS_PY} does not exist: apt-get install python3-redis`),
  },
  glide: {
    argv: byNode(new URL('glide.ts', import.meta.url)),
    whyNot: () =>
      process.env['REDISHA_TEST_GLIDE'] === undefined
        ? 'REDISHA_TEST_GLIDE names no directory in which npm has installed @valkey/valkey-glide'
        : undefined,
  },
};

export const whyNoLibrary = (name: LibraryName): string | undefined => STARTS[name].whyNot();

export const libraryArgv = (name: LibraryName, options: ClientsOptions): readonly string[] =>
  STARTS[name].argv(JSON.stringify(options));
