// A reporter for vitest that writes the totals of a run, as JSON, to the file that REDISHA_TOTALS names.

import { writeFileSync } from 'node:fs';

export default class TotalsReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} strayErrors errors outside every test
   */
  onTestRunEnd(modules, strayErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const of = (/** @type {string} */ state) => tests.filter((test) => test.result().state === state).length;
    // A file that does not load has no tests that could fail.
    const brokenFiles = modules.filter((module) => module.errors().length > 0).length;
    const failed = of('failed') + brokenFiles + strayErrors.length;
    const totals = { passed: of('passed'), failed, skipped: of('skipped') };
    writeFileSync(process.env['REDISHA_TOTALS'] ?? '', JSON.stringify(totals));
  }
}
