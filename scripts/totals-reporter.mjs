// A reporter for vitest that writes the totals of a run, by project, as JSON, to the file that REDISHA_TOTALS names.

import { writeFileSync } from 'node:fs';
import { isThere, lastFetched, NEWER } from '../test/lib/suites/programs.ts';

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
    const totalsOf = (/** @type {string} */ name, isNewer = newer.has(name)) =>
      (projects[name] ??= { passed: 0, failed: 0, skipped: 0, isNewer });
    for (const module of modules) {
      const { name } = module.project;
      // A file that does not load has no tests that could fail.
      if (module.errors().length > 0) totalsOf(name).failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        const totals = test.fullName.includes(NEWER) ? totalsOf(`${name}, beside others`, true) : totalsOf(name);
        if (state !== 'pending') totals[state] += 1;
      }
    }
    writeFileSync(process.env['REDISHA_TOTALS'] ?? '', JSON.stringify({ projects, strayErrors: strayErrors.length }));
  }
}
