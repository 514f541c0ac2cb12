/** In the place of the tests on a server that cannot be had on this machine: it is counted, and says why. */
import { expect, test } from 'vitest';

const missing = process.env['REDISHA_TEST_MISSING'];

test.skipIf(missing !== undefined)(`the tests on ${missing ?? 'a server'}`, () => {
  expect(missing).toBeDefined();
});
