// Runs the static checks and the tests, and closes with one line: "N passed, N failed".
//
//   npm test                              everything
//   npm test -- test/unit/rules.test.ts   only these tests, no static checks; the arguments are vitest's
//   npm run ci                            everything, and what only a finished change must satisfy (dead code, a minute of fuzzing)

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chdir, exit, stdout } from 'node:process';

const root = join(import.meta.dirname, '..');
chdir(root);

const say = (/** @type {string} */ line) => stdout.write(`${line}\n`);

/** @typedef {{ name: string, command: string[], tells?: boolean }} Check what `tells` is printed when it is well, too */

/** @type {Check[]} */
const checks = [
  { name: 'format', command: ['biome', 'format', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives'] },
];
/** @type {Check} It uses one processor for ten seconds, and runs beside the others. */
const shell = {
  name: 'shell',
  command: ['sh', '-c', 'git ls-files -z -co --exclude-standard "*.sh" .ci/run | xargs -0 shellcheck --severity=info'],
};
/** @type {Check} */
const build = { name: 'build', command: ['sh', 'scripts/setup.sh'] };
/** @type {Check} */
const budget = { name: 'budget', command: ['node', 'bench/budget.ts'], tells: true };
/** @type {Check} What the tests start besides this machine's own Redis and keepalived */
const suites = { name: 'servers of other suites', command: ['node', 'test/lib/suites/main.ts'], tells: true };
/** @type {Check} */
const deadCode = { name: 'dead code', command: ['knip', '--treat-config-hints-as-errors'] };
/** @type {Check} Of a new seed each time, which it prints */
const fuzz = { name: 'fuzz', command: ['node', 'test/fuzz/main.ts', '--seconds', '60'], tells: true };

/** @type {readonly NodeJS.Signals[]} */
const STOPPING = ['SIGTERM', 'SIGHUP'];

/** Runs a command with the project's own tools first in PATH; resolves to its exit code and all it printed. */
const run = (
  /** @type {string[]} */ [program = '', ...args],
  /** @type {'pipe' | 'inherit'} */ output,
  /** @type {Record<string, string>} */ extraEnv = {},
) => {
  const env = {
    ...process.env,
    ...extraEnv,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
  };
  const child = spawn(program, args, { env, stdio: ['inherit', output, output] });
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    child.once('close', () => exit(128 + constants.signals[signal]));
    child.kill(signal);
  };
  // Whoever stops this stops what it has started: a terminal tells all of them, and `kill` this one alone.
  for (const signal of STOPPING) process.once(signal, stop);
  child.once('close', () => {
    for (const signal of STOPPING) process.off(signal, stop);
  });
  /** @type {Buffer[]} */
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
  /** @type {Promise<{ code: number, printed: string }>} */
  const done = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, printed: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, printed: Buffer.concat(chunks).toString() }));
  });
  return done;
};

/** @param {Check} check @returns {Promise<boolean>} */
const passes = async ({ name, command, tells = false }) => {
  const startMs = performance.now();
  const { code, printed } = await run(command, 'pipe');
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  if (code !== 0 || tells) say(printed.trimEnd());
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return code === 0;
};

/** @typedef {import('./totals-reporter.mjs').ProjectTotals} ProjectTotals */
/** @typedef {{ projects: Record<string, ProjectTotals>, strayErrors: number }} Totals */

/** Runs vitest; a run that breaks before it has totals, or fails in spite of them, counts as one failure. */
const runTests = async (/** @type {string[]} */ args) => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-test-'));
  const file = join(directory, 'totals.json');
  try {
    const reporters = ['--reporter=default', '--reporter=./scripts/totals-reporter.mjs'];
    const { code } = await run(['vitest', 'run', ...reporters, ...args], 'inherit', { REDISHA_TOTALS: file });
    /** @type {Totals} */
    const { projects, strayErrors } = existsSync(file)
      ? JSON.parse(readFileSync(file, 'utf8'))
      : { projects: {}, strayErrors: 1 };
    const failures = Object.values(projects).reduce((sum, { failed }) => sum + failed, strayErrors);
    return { projects, strayErrors: code !== 0 && failures === 0 ? 1 : strayErrors };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** A line on each server's tests, and what counts for the run: what fails on a server that nobody has looked at yet does not. */
const tell = (/** @type {Totals} */ { projects, strayErrors }) => {
  const totals = { passed: 0, failed: strayErrors, skipped: 0 };
  /** @type {string[]} */
  const told = [];
  for (const [name, { passed, failed, skipped, isNewer }] of Object.entries(projects)) {
    const also = [...(failed > 0 ? [`${failed} FAILED`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])];
    told.push([`${name} ${passed}`, ...also, ...(isNewer ? ['newer than recorded'] : [])].join(', '));
    totals.passed += passed;
    totals.failed += isNewer ? 0 : failed;
    totals.skipped += skipped;
  }
  say(`passed on each: ${told.join('; ')}`);
  if (totals.skipped > 0) say(`${totals.skipped} skipped: see above why`);
  return totals;
};

const args = process.argv.slice(2);
const isCi = args[0] === '--ci';
const filters = isCi ? args.slice(1) : args;

const tally = { passed: 0, failed: 0 };
const count = (/** @type {boolean} */ isPassed) => {
  tally[isPassed ? 'passed' : 'failed'] += 1;
  return isPassed;
};

if (filters.length === 0) {
  const beside = passes(shell);
  // One after the other: each uses all the processors there are.
  for (const check of isCi ? [...checks, deadCode, fuzz] : checks) count(await passes(check));
  count(await beside);
}
// Half of the tests are about the executable: without one they would only say so, slowly.
const isBuilt = await passes(build);
if (filters.length === 0 || !isBuilt) count(isBuilt);
if (isBuilt) {
  if (filters.length === 0) count(await passes(budget));
  await passes(suites);
  // Packages are made and tried by `npm run test:packages`.
  const tests = tell(await runTests(filters.length === 0 ? ['--project', '!packages'] : filters));
  tally.passed += tests.passed;
  tally.failed += tests.failed;
}
say(`${tally.passed} passed, ${tally.failed} failed`);
exit(tally.failed === 0 ? 0 : 1);
