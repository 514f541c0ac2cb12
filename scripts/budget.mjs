// Prints what the executable weighs and how long it takes to start, beside what it may.
//
//   node scripts/budget.mjs
//
// A start is compared with that of an empty program made by the same build, in turns, so that what else the machine does
// falls on both. A busy machine still bends the ratio, which is why nothing fails here: exact figures are `npm run bench`'s.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chdir, execPath, pid, stdout } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

chdir(join(import.meta.dirname, '..'));

const turns = 20;
/** Times of the empty program's start, as medians. */
const budgets = { check: 1.15, master: 1.8 };

const port = '6379';
/** Of this process alone on the loopback, so that no other Redis is met. */
const network = `127.${100 + ((pid >> 8) & 0x7f)}.${pid & 0xff}`;
const [address, peer] = [`${network}.1`, `${network}.2`];

const say = (/** @type {string} */ line) => stdout.write(`${line}\n`);
const median = (/** @type {number[]} */ times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

/** @param {string} directory @returns {number[]} the medians of empty, check and master, in ms */
const measured = (directory) => {
  const redisha = (/** @type {string} */ command, /** @type {string[]} */ ...words) => ({
    argv: ['dist/redisha', command, ...words],
    env: { REDISHA_LOG_FILE: join(directory, 'log'), REDISHA_STATE_DIR: join(directory, command) },
  });
  const started = [{ argv: ['dist/empty'] }, redisha('check', address, port), redisha('master', address, peer, port)];
  const argv = ['bench/startup-process.ts', JSON.stringify([turns, started])];
  return JSON.parse(execFileSync(execPath, argv, { encoding: 'utf8' })).map(median);
};

/** Resolves when Redis is there. */
const answering = async () => {
  for (let tries = 0; tries < 100; tries += 1) {
    if (spawnSync('redis-cli', ['-h', address, '-p', port, 'PING']).status === 0) return;
    await pause(50);
  }
  throw new Error(`no redis-server at ${address} within 5 s`);
};

const sizes = execFileSync(execPath, ['scripts/build.mjs', '--size'], { encoding: 'utf8' });
for (const line of sizes.split('\n').filter((text) => /^\w/.test(text))) say(line);
execFileSync(execPath, ['scripts/build.mjs', '--empty']);

const directory = mkdtempSync(join(tmpdir(), 'redisha-budget-'));
const server = ['redis-server', '--bind', address, '--port', port, '--save', '', '--dir', directory];
const redis = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...server], { stdio: 'ignore' });
try {
  await answering();
  const [empty = 0, ...times] = measured(directory);
  for (const [place, [name, most]] of Object.entries(budgets).entries()) {
    const ratio = (times[place] ?? 0) / empty;
    const figures = `${times[place]?.toFixed(1)} ms, ${ratio.toFixed(2)} of at most ${most.toFixed(2)} times`;
    say(`start of ${name}: ${figures} the ${empty.toFixed(1)} ms of an empty program (medians of ${turns})`);
  }
} finally {
  redis.kill();
  rmSync(directory, { recursive: true, force: true });
}
