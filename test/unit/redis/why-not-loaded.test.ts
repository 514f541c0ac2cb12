/** The last words of a server that did not load its file, as the versions say them. */
import { expect, test } from 'vitest';
import { whyNotLoaded } from '../../../src/redis/why-not-loaded.ts';

const INTERNAL = 'Internal error in RDB reading offset 0, function at rdb.c:3155 -> ';
const CHECKED = '[offset 0] Checking RDB file rescue.rdb\n[offset 33] \\o/ RDB looks OK! \\o/';

test.each([
  ["Can't handle RDB format version 13\nFatal error loading the DB, check server logs. Exiting.", { kind: 'version' }],
  [
    'Wrong signature trying to load DB from file\nFatal error loading the DB: Invalid argument. Exiting.',
    { kind: 'version' },
  ],
  ['Wrong signature trying to load DB from file: hello wor', { kind: 'version' }],
  [
    "The RDB file contains module data I can't load: no matching module 'bf--test1'",
    { kind: 'module', module: 'bf--test1' },
  ],
  [
    `* Static Module 'lua' successfully loaded\n${INTERNAL}The RDB file contains module data I can't load: no matching module type 'bf--test1'\n${CHECKED}`,
    { kind: 'module', module: 'bf--test1' },
  ],
  [
    "The RDB file contains AUX module data I can't load: no matching module 'bf--test1'",
    { kind: 'module', module: 'bf--test1' },
  ],
  [
    `${INTERNAL}The RDB file contains module data for the module type 'vectorset', that the responsible module is not able to load. Check for modules log above for additional clues.\n${CHECKED}`,
    { kind: 'content', words: 'a value of the type vectorset' },
  ],
  [`${INTERNAL}Unknown RDB encoding type 60`, { kind: 'content', words: 'a value of the type 60' }],
  [
    "Can't handle foreign type or opcode 32 in RDB with version 11\nFatal error loading the DB, check server logs. Exiting.",
    { kind: 'content', words: 'a value of the type 32' },
  ],
  [
    `Wrong RDB checksum expected: (48689331dc568fe0) but got (7ecc8e7b4d791bb2). Aborting now.\n${INTERNAL}RDB CRC error`,
    { kind: 'damaged', words: 'its checksum is wrong' },
  ],
  [
    `Short read or OOM loading DB. Unrecoverable error, aborting now.\n${INTERNAL}Unexpected EOF reading RDB file`,
    { kind: 'damaged', words: 'it ends too soon' },
  ],
  [`${INTERNAL}Duplicate set members detected`, { kind: 'damaged', words: 'Duplicate set members detected' }],
  ['=== BUG REPORT ===\nOut Of Memory allocating 123 bytes!', { kind: 'memory' }],
  ["* Static Module 'lua' successfully loaded\nLoading RDB", { kind: 'unknown', words: 'Loading RDB' }],
  ['', { kind: 'unknown', words: '' }],
] as const)('%j', (log, why) => {
  expect(whyNotLoaded(log)).toEqual(why);
});
