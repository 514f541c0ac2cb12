// Runs the static checks and the tests, and closes with one line: "N passed, N failed".
//
//   npm test                              everything
//   npm test -- test/unit/rules.test.ts   only these tests, no static checks; the arguments are vitest's
//   npm run ci                            everything, and what only a finished change has to satisfy (dead code)

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chdir, exit, stdout } from 'node:process';

const root = join(import.meta.dirname, '..');
chdir(root);

const say = (/** @type {string} */ line) => stdout.write(`${line}\n`);

/** @typedef {{ name: string, command: string[] }} Check */

/** @type {Check[]} */
const checks = [
  { name: 'format', command: ['biome', 'format', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives'] },
  {
    name: 'shell',
    command: [
      'sh',
      '-c',
      'git ls-files -z -co --exclude-standard "*.sh" .ci/run | xargs -0 shellcheck --severity=info',
    ],
  },
];
/** @type {Check} */
const deadCode = { name: 'dead code', command: ['knip', '--treat-config-hints-as-errors'] };

/** Runs a command with the project's own tools first in PATH; resolves to its exit code and all it printed. */
const run = (/** @type {string[]} */ [program = '', ...args], /** @type {'pipe' | 'inherit'} */ output) => {
  const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` };
  const child = spawn(program, args, { env, stdio: ['inherit', output, output] });
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
const passes = async ({ name, command }) => {
  const startMs = performance.now();
  const { code, printed } = await run(command, 'pipe');
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  if (code !== 0) say(printed.trimEnd());
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return code === 0;
};

/** Runs vitest and counts from its own report; a run that breaks before there is one is a failure too. */
const runTests = async (/** @type {string[]} */ args) => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-test-'));
  const report = join(directory, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { code } = await run(['vitest', 'run', ...reporters, ...args], 'inherit');
    const counts = readReport(report);
    // A test file that does not load, or an error outside every test, fails the run without failing a test.
    const failed = code !== 0 && counts.failed === 0 ? 1 : counts.failed;
    return { ...counts, failed };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const readReport = (/** @type {string} */ path) => {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(path, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
  } catch {
    say('the tests broke before they could report');
    return { passed: 0, failed: 1, skipped: 0 };
  }
};

const args = process.argv.slice(2);
const isCi = args[0] === '--ci';
const filters = isCi ? args.slice(1) : args;

let passed = 0;
let failed = 0;
if (filters.length === 0) {
  for (const check of isCi ? [...checks, deadCode] : checks) {
    // One after the other: each uses all the processors there are.
    if (await passes(check)) passed += 1;
    else failed += 1;
  }
}
const tests = await runTests(filters);
passed += tests.passed;
failed += tests.failed;
if (tests.skipped > 0) say(`${tests.skipped} skipped: see above why`);
say(`${passed} passed, ${failed} failed`);
exit(failed === 0 ? 0 : 1);
