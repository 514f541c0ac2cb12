/** By which profile a keepalived.conf goes. */
import { expect, test } from 'vitest';
import { PROFILE_NAMES } from '../../../src/core/blueprint.ts';
import { generateKeepalivedConf } from '../../../src/keepalived/generate.ts';
import { profileInUse } from '../../../src/keepalived/profile-in-use.ts';
import { findInstance } from '../../../src/keepalived/conf.ts';
import { blueprint, parsed, service } from './pair.ts';

const PAIR = { peer: '10.0.0.2', port: 6379 };

test.each(PROFILE_NAMES)('a file of %s is known again', (profile) => {
  expect(profileInUse(parsed(generateKeepalivedConf(blueprint({ profile }), 0)), PAIR)).toBe(profile);
});

test('one with other timings goes by none', () => {
  const text = generateKeepalivedConf(blueprint({ profile: 'fast' }), 0).replace('advert_int 0.1', 'advert_int 0.2');
  expect(profileInUse(parsed(text), PAIR)).toBeUndefined();
  expect(profileInUse(parsed('global_defs {\n}\n'), PAIR)).toBeUndefined();
});

/** Source: RFC 3768 and RFC 5798, 6.1: one second divided by 256, or one advert_int. */
const skewMs = (priority: number, unitMs: number): number => ((256 - priority) / 256) * unitMs;

test('with an IPv6 address the other node of article waits as long for a dead host as with an IPv4 address', () => {
  const six = service({ vip: 'fd00::100', prefixLength: 64, family: 6 });
  const text = generateKeepalivedConf(blueprint({ profile: 'article', services: [six] }), 1);
  const { advertMs, priority } = findInstance(parsed(text), { peer: '10.0.0.1', port: 6379 }) ?? {};
  expect(skewMs(priority ?? 0, advertMs ?? 0)).toBeCloseTo(skewMs(99, 1000), -1);
});
