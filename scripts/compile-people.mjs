// Compiles people's bundle and writes what V8 made of it: of the functions those that a start of `status` calls. Runs in the
// Node of the executable, with its flags.
//
//   node FLAGS scripts/compile-people.mjs SCRIPT CACHE

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { Script } from 'node:vm';

const [, , source = '', cache = ''] = argv;
const script = new Script(readFileSync(source, 'utf8'), { filename: 'people.cjs' });
/** @type {{ exports: Partial<typeof import('../src/people.ts')> }} */
const people = { exports: {} };
script.runInThisContext()(people, people.exports, createRequire(import.meta.url));

const { signal } = new AbortController();
const directory = mkdtempSync(join(tmpdir(), 'redisha-build-'));
const names = ['STATE_DIR', 'LOG_FILE', 'CONFIG', 'KEEPALIVED_CONF'];
for (const name of names) env[`REDISHA_${name}`] = join(directory, name);
for (const name of ['CONFIG', 'KEEPALIVED_CONF']) writeFileSync(join(directory, name), '');
try {
  const words = ['status', '127.0.0.1', '127.0.0.2', env['REDISHA_REHEARSE_PORT'] ?? ''];
  const exit = await people.exports.runForPeople?.(
    { signal, signalExit: () => undefined },
    async () => undefined,
    words,
  );
  // In order or not: what else it may end with is a mistake in here.
  if (exit === undefined || exit.code > 1 || exit.stderr !== '') throw new Error(`status: ${JSON.stringify(exit)}`);
  writeFileSync(cache, script.createCachedData());
} finally {
  rmSync(directory, { recursive: true, force: true });
}
