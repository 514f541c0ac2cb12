/** By which profile a keepalived.conf goes. */
import { expect, test } from 'vitest';
import { PROFILE_NAMES } from '../../../src/core/blueprint.ts';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { profileInUse } from '../../../src/keepalived/profile-in-use.ts';
import { blueprint, parsed } from './pair.ts';

const PAIR = { peer: '10.0.0.2', port: 6379 };

test.each(PROFILE_NAMES)('a file of %s is known again', (profile) => {
  expect(profileInUse(parsed(generateKeepalivedConf(blueprint({ profile }), 0)), PAIR)).toBe(profile);
});

test('one with other timings goes by none', () => {
  const text = generateKeepalivedConf(blueprint({ profile: 'fast' }), 0).replace('advert_int 0.1', 'advert_int 0.2');
  expect(profileInUse(parsed(text), PAIR)).toBeUndefined();
  expect(profileInUse(parsed('global_defs {\n}\n'), PAIR)).toBeUndefined();
});
