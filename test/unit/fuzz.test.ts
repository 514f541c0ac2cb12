/** What an adversary says, always the same here: `npm run fuzz` goes further. */
import { assert } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FILES } from '../fuzz/files.ts';
import { SERVERS } from '../fuzz/servers.ts';
import { TEXTS } from '../fuzz/texts.ts';

const SEED = 1;

describe('whatever is said, nothing is thrown, unclean or slow:', () => {
  test.each([...TEXTS, ...FILES, ...SERVERS].map(({ name, property, cases }) => ({ name, property, cases })))(
    '$name, $cases cases',
    async ({ property, cases }) => {
      await expect(assert(property, { seed: SEED, numRuns: cases })).resolves.toBeUndefined();
    },
  );
});
