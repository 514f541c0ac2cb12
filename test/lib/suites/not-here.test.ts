/** In the place of the tests on a server that cannot be had on this machine: it is counted, and says why. */
import { describe, test } from 'vitest';

describe(`not here: ${process.env['REDISHA_TEST_MISSING'] ?? '?'}`, () => {
  test.skip('every test on it', () => undefined);
});
