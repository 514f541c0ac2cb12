import { describe, expect, test } from 'vitest';
import { foundKeepalived, type VersionNeeds, versionNotes, whyNotSigned } from '../../../src/keepalived/version.ts';

const needs = (change: Partial<VersionNeeds> = {}): VersionNeeds => ({
  profile: 'fast',
  isWatched: true,
  isUnicast: false,
  isSigned: false,
  hasDirectory: true,
  ...change,
});

const said = (version: string): string => `Keepalived v${version} (01/16,2022), git commit v1.3.5-6\n`;

const notes = (text: string | undefined, change: Partial<VersionNeeds> = {}): readonly string[] =>
  versionNotes(needs(change), foundKeepalived(text));

const OPTIONS = 'Unable to read build config options file\n';

describe('the track_file of the resident', () => {
  test.each([
    [said('2.2.7'), /on both hosts: this host has 2\.2\.7$/],
    [said('2.1.0'), /on both hosts: this host has 2\.1\.0$/],
    [said('3.0.1'), /on both hosts: this host has 3\.0\.1$/],
    [said('2.0.19'), /, and this host has 2\.0\.19, which knows no track_file: --profile article$/],
    [said('1.3.5'), /, and this host has 1\.3\.5, which knows no/],
    [undefined, /on both hosts: keepalived --version$/],
    ['\n', /on both hosts: keepalived --version$/],
  ])('%j', (text, note) => {
    const [first = '', ...more] = notes(text);
    expect(first).toMatch(/^the profile fast needs keepalived 2\.1 or newer on both hosts/);
    expect(first).toMatch(note);
    expect(more).toEqual([]);
  });

  test('article needs none', () => {
    expect(notes(said('1.3.5'), { isWatched: false })).toEqual([]);
  });
});

describe('a keepalived that names no version', () => {
  test('is not called too old, and what Debian’s 2.3 lacks is said', () => {
    const found = notes(OPTIONS);
    expect(found[0]).toMatch(
      /^keepalived does not run .* says "Unable to read build .* file" and ends: touch \/etc\/keepalived\/keepalived\.config-opts/,
    );
    expect(found[1]).toMatch(/on both hosts: keepalived --version$/);
    expect(found.join()).not.toContain('which knows no');
    expect(notes(OPTIONS, { isWatched: false })).toEqual([found[0]]);
  });

  test('another trouble is told as it is', () => {
    expect(notes('error while loading shared libraries: libnl\nmore\n', { isWatched: false })).toEqual([
      'keepalived does not run on this host: it says "error while loading shared libraries: libnl" and ends',
    ]);
  });
});

describe('a directory that keepalived -t wants', () => {
  test.each([
    ['2.3.3', true],
    ['2.3.4', true],
    ['2.4.0', true],
    ['2.3.2', false],
    ['2.2.7', false],
  ])('%s: %j', (version, isWanted) => {
    const wanted = /^keepalived -t of 2\.3\.3 or newer wants the directory \/run\/redisha, .*\.\/install\.sh makes it$/;
    expect(notes(said(version), { hasDirectory: false }).some((note) => wanted.test(note))).toBe(isWanted);
    expect(notes(said(version)).some((note) => wanted.test(note))).toBe(false);
    expect(notes(said(version), { hasDirectory: false, isWatched: false })).toEqual([]);
  });
});

describe('adverts that are signed', () => {
  test.each(['2.4.3', '2.4.10', '2.5.0', '3.0.0'])('%s signs them', (version) => {
    expect(whyNotSigned(foundKeepalived(said(version)))).toBeUndefined();
    expect(notes(said(version), { isSigned: true, isWatched: false })).toEqual([
      `--auth-hmac-key-file needs keepalived 2.4.3 or newer on both hosts: this host has ${version}`,
    ]);
  });

  test.each(['2.4.2', '2.4.0', '2.3.4', '2.1.5'])('%s does not, or in another way', (version) => {
    expect(whyNotSigned(foundKeepalived(said(version)))).toMatch(
      new RegExp(`2\\.4\\.3 or newer on both hosts, and this host has ${version}$`),
    );
  });

  test.each([undefined, OPTIONS])('where nobody knows, nothing is refused (%j)', (text) => {
    expect(whyNotSigned(foundKeepalived(text))).toBeUndefined();
  });

  test('unicast without them is noted, with what to do', () => {
    const [note = '', ...more] = notes(said('2.3.4'), { isUnicast: true, isWatched: false });
    expect(more).toEqual([]);
    expect(note).toMatch(
      /nothing proves that an advert comes from the other node.*IP protocol 112.*--auth-hmac-key-file/,
    );
    expect(notes(said('2.4.3'), { isUnicast: true, isSigned: true }).join()).not.toContain('nothing proves');
  });
});
