import { expect, test } from 'vitest';
import { upstreamOf } from '../lib/suites/apt.ts';
import { isNewer, KNOWN } from '../lib/suites/programs.ts';

test.each([
  ['5:8.0.2-3+deb13u3', '8.0.2'],
  ['9.1.2+dfsg1-1', '9.1.2'],
  ['8.0.1+dfsg1-1~bpo12+1', '8.0.1'],
  ['1:2.3.4-1+b2', '2.3.4'],
])('Debian %s is version %s', (debian, version) => {
  expect(upstreamOf(debian)).toBe(version);
});

test.each([
  ['8.0.10', '8.0.6', true],
  ['8.1', '8.0.6', true],
  ['8.0.6', '8.0.6', false],
  ['7.9.9', '8.0.6', false],
])('%s beside the recorded %s is newer: %s', (version, recorded, newer) => {
  expect(isNewer(version, recorded)).toBe(newer);
});

test('every server has a name of its own', () => {
  const ids = KNOWN.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
