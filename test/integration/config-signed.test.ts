/** `redisha config --auth-hmac-key-file`: the file is named, what is in it gets nowhere, and only a new keepalived is asked. */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPlace, type Place } from '../cli/lib.ts';
import { FACTS } from './lib/printed.ts';

const KEY = `hex:${'5e5a'.repeat(16)}`;
/** This host is one of them. */
const OWN = ['--vip', '127.200.0.9', '--nodes', '127.0.0.1,127.0.0.2', '--interface', 'lo'];

/** A place whose keepalived has this version, and which has a key. */
const placeWith = async (
  version: string,
): Promise<Place & { readonly key: string; readonly env: { PATH: string } }> => {
  const place = await openPlace();
  const program = join(place.dir, 'keepalived');
  writeFileSync(program, `#!/bin/sh\necho "Keepalived v${version} (07/20,2026)" >&2\n`);
  chmodSync(program, 0o755);
  const key = join(place.dir, 'pair.key');
  writeFileSync(key, `${KEY}\n`, { mode: 0o600 });
  return { ...place, key, env: { PATH: `${place.dir}:${process.env['PATH'] ?? ''}` } };
};

const signed = (place: Awaited<ReturnType<typeof placeWith>>, ...args: readonly string[]) =>
  place.run(['config', ...args, '--unicast', '--auth-hmac-key-file', place.key], place.env);

test('the key stays where it is', async () => {
  const place = await placeWith('2.4.3');
  const out = join(place.dir, 'out');
  const { code, stdout, stderr } = await signed(place, ...OWN, '--out', out);
  expect(code).toBe(0);
  expect(stderr).toContain(
    'note: --auth-hmac-key-file needs keepalived 2.4.3 or newer on both hosts: this host has 2.4.3\n',
  );
  expect(stderr).not.toContain('nothing proves');
  const path = join(out, 'node2/keepalived.conf');
  expect(readFileSync(path, 'utf8')).toContain(`key 1 file:${place.key}\n`);
  expect(statSync(path).mode & 0o777).toBe(0o644);

  // Somebody has put it into the file itself: what differs is shown, and the key is not.
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(`file:${place.key}`, KEY).replace('priority 190', 'priority 191'),
  );
  const again = await signed(place, ...OWN, '--out', out);
  expect(again.code).toBe(4);
  expect(again.stdout).toMatch(/^- +key 1 \(hidden\)$/m);
  for (const said of [stdout, stderr, again.stdout, again.stderr, place.log()]) expect(said).not.toContain('5e5a');
});

describe('a keepalived that signs in no way, or in another', () => {
  test.each(['2.3.4', '2.4.2'])('%s on a host of the pair is refused', async (version) => {
    const place = await placeWith(version);
    const { code, stdout, stderr } = await signed(place, ...OWN);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `redisha: --auth-hmac-key-file needs keepalived 2.4.3 or newer on both hosts, and this host has ${version}\n` +
        'hint: install that keepalived on both hosts first, or leave the option out\n',
    );
  });

  test('elsewhere it is noted', async () => {
    const place = await placeWith('2.3.4');
    const { code, stderr } = await signed(place, ...FACTS);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: --auth-hmac-key-file needs keepalived 2\.4\.3 .*: this host has 2\.3\.4$/m);
  });
});

describe('the file of the key', () => {
  test('holds no key: one line, exit 2, and not a word of it', async () => {
    const place = await placeWith('2.4.3');
    writeFileSync(place.key, 'S3cretWord\n');
    const { code, stdout, stderr } = await signed(place, ...FACTS);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^redisha: [^\n]+pair\.key has to hold 32 to 64 characters, or hex: and[^\n]+\nhint: [^\n]+\n$/,
    );
    expect(stderr).not.toContain('S3cretWord');
  });

  test('holds one; others than root may not read it', async () => {
    const place = await placeWith('2.4.3');
    expect((await signed(place, ...FACTS)).stderr).not.toContain('pair.key');
    chmodSync(place.key, 0o640);
    expect((await signed(place, ...FACTS)).stderr).toContain(`: chmod 600 ${place.key}\n`);
  });

  test('that is not there yet: how to make it', async () => {
    const place = await placeWith('2.4.3');
    const { code, stderr } = await place.run(['config', ...FACTS, '--auth-hmac-key-file', '/no/pair.key'], place.env);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: there is no \/no\/pair\.key on this host yet: \(umask 077; echo "hex:\$\(openssl/m);
  });
});

test('adverts to one host that nobody signs: what that means, and what to do', async () => {
  const place = await placeWith('2.3.4');
  const { stderr } = await place.run(['config', ...FACTS, '--unicast'], place.env);
  expect(stderr).toMatch(/^note: with --unicast nothing proves .* IP protocol 112 .*: this host has 2\.3\.4$/m);
  expect((await place.run(['config', ...FACTS], place.env)).stderr).not.toContain('nothing proves');
});
