// A reporter for vitest that writes the totals of a run, by project, as JSON, to the file that REDISHA_TOTALS names.

import { writeFileSync } from 'node:fs';
import { isThere, lastFetched } from '../test/lib/suites/programs.ts';

/** @typedef {{ passed: number, failed: number, skipped: number, isNewer: boolean }} ProjectTotals */

/** Nobody has looked yet at a server that is newer than the one that was recorded: it is told, and fails no run. */
const newer = new Set(
  lastFetched()
    .filter((found) => isThere(found) && found.isNewer)
    .map(({ id }) => id),
);

export default class TotalsReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} strayErrors errors outside every test
   */
  onTestRunEnd(modules, strayErrors) {
    /** @type {Record<string, ProjectTotals>} */
    const projects = {};
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      const of = (/** @type {string} */ state) => tests.filter((test) => test.result().state === state).length;
      const { name } = module.project;
      const before = projects[name] ?? { passed: 0, failed: 0, skipped: 0, isNewer: newer.has(name) };
      // A file that does not load has no tests that could fail.
      const broken = module.errors().length > 0 ? 1 : 0;
      projects[name] = {
        ...before,
        passed: before.passed + of('passed'),
        failed: before.failed + of('failed') + broken,
        skipped: before.skipped + of('skipped'),
      };
    }
    writeFileSync(process.env['REDISHA_TOTALS'] ?? '', JSON.stringify({ projects, strayErrors: strayErrors.length }));
  }
}
