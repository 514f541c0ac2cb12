import { expect, test } from 'vitest';
import { versionNote } from '../../../src/keepalived/version.ts';

test.each([
  ['Keepalived v2.2.7 (01/16,2022)\n', /on both hosts: this host has 2\.2\.7$/],
  ['Keepalived v2.1.0 (06/13,2020)\n', /on both hosts: this host has 2\.1\.0$/],
  ['Keepalived v3.0.1 (01/01,2030)\n', /on both hosts: this host has 3\.0\.1$/],
  ['Keepalived v2.0.19 (10/19,2019)\n', /this host has 2\.0\.19, which knows no track_file: --profile article$/],
  ['Keepalived v1.3.5 (03/19,2017), git commit v1.3.5-6\n', /this host has 1\.3\.5, which knows no/],
  ['no such thing', /on both hosts: keepalived --version$/],
  [undefined, /on both hosts: keepalived --version$/],
])('%j', (said, note) => {
  expect(versionNote('fast', said)).toMatch(/^the profile fast needs keepalived 2\.1 or newer on both hosts/);
  expect(versionNote('fast', said)).toMatch(note);
});
