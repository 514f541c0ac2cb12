/** `redisha config`: what it prints, writes, reads and refuses. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPlace, type Place } from '../cli/lib.ts';
import { redisha } from '../lib/program.ts';
import { A, B, FACTS, TWO_VIPS, VIP, fileOf, generated } from './lib/printed.ts';

describe('redisha.toml', () => {
  test('config show reads it back and says where each value comes from', async () => {
    const place = await openPlace();
    const file = join(place.dir, 'generated.toml');
    writeFileSync(file, fileOf(await generated(FACTS), 2, /toml/));
    const { code, stdout, stderr } = await redisha(['config', 'show', '--json', '--config', file], {
      REDISCLI_AUTH: 'sesame',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      options: {
        local: { value: '127.0.0.1', from: file },
        peer: { value: A, from: file },
        port: { value: '6379', from: file },
        vip: { value: '10.0.0.100', from: file },
        password: { value: '(set)', from: 'REDISCLI_AUTH' },
        log_format: { value: 'text', from: 'default' },
      },
    });
    expect(stdout).not.toContain('sesame');
  });

  test('config show for people: one line an option', async () => {
    const place = await openPlace('sync_timeout = "20s"\n');
    const { code, stdout } = await place.run(['config', 'show', '--option', 'vip=10.0.0.9']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sync_timeout +20s +\S+redisha\.toml$/m);
    expect(stdout).toMatch(/^vip +10\.0\.0\.9 +command line$/m);
    expect(stdout).toMatch(/^password +\(not set\) +default$/m);
  });
});

const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));

const write = (place: Place, ...args: readonly string[]) =>
  place.run(['config', ...FACTS, '--out', join(place.dir, 'out'), ...args]);

describe('--out', () => {
  test('writes what it prints, for everybody to read', async () => {
    const place = await openPlace();
    const { code, stdout } = await write(place);
    expect(code).toBe(0);
    expect(stdout.match(/^written: /gm)).toHaveLength(6);
    const { files } = await generated(FACTS);
    for (const { node, address, name, place: belongs, content } of files) {
      const path = join(place.dir, 'out', `node${node}`, name);
      expect(stdout).toContain(`written: ${path} (for ${belongs} on ${address})\n`);
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect(statSync(path).mode & 0o777).toBe(0o644);
    }
  });

  test('again: unchanged; differing: all or nothing, the difference shown without a secret', async () => {
    const place = await openPlace();
    await write(place);
    expect((await write(place)).stdout.match(/^unchanged: /gm)).toHaveLength(6);
    const path = join(place.dir, 'out/node1/keepalived.conf');
    const secrets =
      'authentication { auth_type PASS auth_pass sesame }\nauth_pass "open sesame"\nrename-command CONFIG sesame\n' +
      'rename_commands = { CONFIG = "sesame" }\n#masterauth sesame\nMASTERAUTH sesame\nuser redisha on >sesame\n';
    const edited = `${readFileSync(path, 'utf8').replace('priority 240', 'priority 241')}${secrets}`;
    writeFileSync(path, edited);

    const refused = await write(place, '--profile', 'fast');
    expect(refused.code).toBe(4);
    expect(refused.stdout).toMatch(/^-.*priority 241\n(?:[-+].*\n)*\+.*priority 240$/m);
    expect(refused.stdout).toContain(`differs: ${path}`);
    expect(refused.stdout).not.toContain('sesame');
    expect(refused.stderr).toMatch(/4 of the files differ .* none is written\nhint: --force\n$/);
    expect(readFileSync(path, 'utf8')).toBe(edited);
    expect(readFileSync(join(place.dir, 'out/node2/keepalived.conf'), 'utf8')).toContain('profile balanced');

    const forced = await write(place, '--profile', 'fast', '--force');
    expect({ code: forced.code, replaced: forced.stdout.match(/^replaced: /gm)?.length }).toEqual({
      code: 0,
      replaced: 4,
    });
    expect(forced.stdout).toMatch(/^-.*priority 241$/m);
    expect(readFileSync(path, 'utf8')).toContain('profile fast');
  });

  test('what a run for another pair has left there is named, and stays', async () => {
    const place = await openPlace();
    const left = ['redis-pair-6380.conf', 'redisha-read.conf'].map((name) => join(place.dir, 'out/node1', name));
    await write(place, '--port', '6379,6380', '--read-vip', '10.0.0.102');
    const { code, stderr } = await write(place, '--node', '1', '--force');
    expect(code).toBe(0);
    expect(stderr.match(/^note: not of this pair: .*$/gm)).toEqual(
      left.map((path) => `note: not of this pair: ${path}`),
    );
    for (const path of left) expect(existsSync(path)).toBe(true);
  });

  test('where only a password differs, that is said; what held none before is closed', async () => {
    const place = await openPlace();
    const pass = join(place.dir, 'pass');
    const of = (password: string) => {
      writeFileSync(pass, `${password}\n`);
      return write(place, '--profile', 'article', '--auth-pass-file', pass, '--node', '1');
    };
    await of('sesame');
    const path = join(place.dir, 'out/node1/keepalived.conf');
    chmodSync(path, 0o644);
    expect((await of('sesame')).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { code, stdout } = await of('other');
    expect(code).toBe(4);
    expect(stdout).toContain(`${path}: nothing differs but a password, which is not shown`);
    expect(stdout).not.toMatch(/sesame|other/);
  });

  test.each([
    ['below a file', 'file/out', 'cannot read', 'ENOTDIR'],
    ['where nobody can make a directory', '/proc/out', 'cannot write', 'ENOENT'],
  ])('%s: exit 6, the path and the reason', async (_name, out, what, why) => {
    const place = await openPlace();
    writeFileSync(join(place.dir, 'file'), '');
    const path = resolve(place.dir, out);
    const { code, stdout, stderr } = await place.run(['config', ...FACTS, '--out', path]);
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toContain(`redisha: ${what} ${path}/node1/keepalived.conf: ${why}`);
    expect(stderr).toContain('\nhint: --out names a directory');
  });

  test('a keepalived.conf with a password is for its owner alone, and --node is for one host', async () => {
    const place = await openPlace();
    writeFileSync(join(place.dir, 'pass'), 'sesame\n');
    const { code } = await write(
      place,
      '--node',
      '2',
      '--profile',
      'article',
      '--auth-pass-file',
      join(place.dir, 'pass'),
    );
    expect(code).toBe(0);
    expect(filesBelow(join(place.dir, 'out')).toSorted()).toEqual([
      'node2/keepalived.conf',
      'node2/redis-pair-6379.conf',
      'node2/redisha.toml',
    ]);
    expect(statSync(join(place.dir, 'out/node2/keepalived.conf')).mode & 0o777).toBe(0o600);
  });
});

test('with /31 and /32 every address is a host', async () => {
  for (const vip of ['10.0.0.100/31', '10.0.0.100/32', '10.0.0.255']) {
    expect(fileOf(await generated([...FACTS, '--vip', vip]), 1, /keepalived/)).toContain(` ${vip}\n`);
  }
});

describe('what cannot be right: one line, exit 2, nothing written', () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    ['nothing at all', [], /config needs --vip ADDRESS and --nodes A,B/],
    ['no nodes', ['--vip', VIP], /config needs --vip ADDRESS and --nodes A,B/],
    ['a word that is none', ['print'], /config takes the word check, show or none, not "print"/],
    ['show with what is for generating', ['show', '--vip', VIP], /config show takes no --vip/],
    ['an address that is none', [...FACTS, '--vip', '10.0.0.256'], /--vip needs an IP address .* "10\.0\.0\.256"/],
    ['a length that is none', [...FACTS, '--vip', '10.0.0.100/33'], /\/33 is not a length of an IPv4 prefix/],
    ['a group of hosts', [...FACTS, '--vip', '224.0.0.18'], /--vip needs an IP address at which other hosts reach it/],
    ['one node', [...FACTS, '--nodes', A], /--nodes needs two addresses/],
    ['three nodes', [...FACTS, '--nodes', `${A},${B},10.0.0.3`], /--nodes needs two addresses/],
    ['a node by name', [...FACTS, '--nodes', `${A},b`], /--nodes needs an IP address .* not "b"/],
    ['a node on this host alone', [...FACTS, '--nodes', `127.0.0.1,${B}`], /nobody reaches 127\.0\.0\.1 from another/],
    ['a virtual address on this host alone', [...FACTS, '--vip', '127.0.0.9'], /nobody reaches 127\.0\.0\.9 from/],
    ['nodes on one link alone', [...FACTS, '--nodes', 'fe80::1,fe80::2'], /other hosts reach it, not "fe80::1"/],
    ['equal nodes', [...FACTS, '--nodes', `${A},${A}`], /--nodes names 10\.0\.0\.1 twice/],
    ['equal nodes, spelled apart', [...FACTS, '--nodes', 'fd00::1,FD00:0::1'], /--nodes names fd00::1 twice/],
    ['nodes of two kinds', [...FACTS, '--nodes', `${A},fd00::2`], /two addresses of one kind/],
    ['a node as virtual address', [...FACTS, '--vip', B], /10\.0\.0\.2 is a node's/],
    ['a port that is none', [...FACTS, '--port', '0'], /PORT must be a number from 1 to 65535, not "0"/],
    [
      'three ports, two addresses',
      [...TWO_VIPS, '--port', '1,2,3'],
      /one address for all ports, or one for each: --port has 3/,
    ],
    ['a group of one', [...FACTS, '--sync-group'], /--sync-group is for several addresses/],
    ['reading from two that part', [...TWO_VIPS, '--port', '1,2', '--read-vip', '10.0.0.102'], /add --sync-group/],
    ['reading by the same address', [...FACTS, '--read-vip', VIP], /--read-vip is an address of its own/],
    ['reading from a node', [...FACTS, '--read-vip', B], /10\.0\.0\.2 is a node's/],
    ['reading by another kind', [...FACTS, '--read-vip', 'fd00::5'], /must be of one kind/],
    ['one address twice', [...FACTS, '--port', '1,2', '--vip', `${VIP},${VIP}`], /--vip names 10\.0\.0\.100 twice/],
    ['a router id that is none', [...FACTS, '--router-id', '256'], /numbers from 1 to 255, not "256"/],
    ['a profile that is none', [...FACTS, '--profile', 'slow'], /one of balanced, article, fast, not "slow"/],
    ['a node number that is none', [...FACTS, '--node', '3'], /--node needs 1, 2 or both, not "3"/],
    ['the name of a network', [...FACTS, '--vip', '10.0.0.0/24'], /10\.0\.0\.0 names the network of \/24/],
    ['a broadcast address', [...FACTS, '--vip', '10.0.3.255/22'], /10\.0\.3\.255 is the broadcast address of \/22/],
    ['IPv4 in the form of IPv6', [...FACTS, '--vip', '::ffff:10.0.0.9'], /needs the IPv4 address itself, not "::ffff/],
    ['a label', [...FACTS, '--interface', 'eth0:1'], /--interface needs eth0 itself: eth0:1 is a label/],
    ['an interface that is none', [...FACTS, '--interface', 'eth0 up'], /--interface needs the name/],
    [
      'an interface that nobody knows',
      ['--vip', VIP, '--nodes', '203.0.113.1,203.0.113.2'],
      /no interface of this host/,
    ],
    ['a user that would be an option', [...FACTS, '--script-user', 'root wheel'], /--script-user needs the name/],
    ['a path with a blank', [...FACTS, '--executable', '/opt/my redisha'], /--executable needs an absolute path/],
    ['a password where there is none', [...FACTS, '--auth-pass-file', '/x'], /for the profile article with IPv4 alone/],
    [
      'a password and a key',
      [...FACTS, '--profile', 'article', '--auth-pass-file', '/x', '--auth-hmac-key-file', '/x'],
      /takes one of --auth-pass-file and --auth-hmac-key-file/,
    ],
    ['a key in no path', [...FACTS, '--auth-hmac-key-file', 'pair.key'], /--auth-hmac-key-file needs an absolute path/],
    ['no such file', [...FACTS, '--profile', 'article', '--auth-pass-file', '/x'], /cannot read \/x: ENOENT/],
    ['no such redis.conf', [...FACTS, '--redis-conf', '/x'], /--redis-conf: cannot read \/x: ENOENT/],
    ['a directory without a name', [...FACTS, '--out', ''], /--out needs the name of a directory/],
    ['an option of redisha.toml', [...FACTS, '-o', 'port=7000'], /config takes no --option: .* --port .*"config show"/],
    ['a redisha.toml', [...FACTS, '--config', '/x'], /config takes no --config: .* is for "config show"/],
    ['a witness without a port', [...FACTS, '--witness', '10.0.0.3'], /--witness needs HOST:PORT/],
    ['a witness on a node', [...FACTS, '--witness', `${A}:6380`], /--witness needs a third host: 10\.0\.0\.1 fails/],
    ['a witness nobody asks', [...FACTS, '--witness', 'w:1', '--profile', 'article'], /--witness needs the profile/],
    ['two kinds with --unicast', [...FACTS, '--unicast', '--vip', 'fd00::100'], /with --unicast/],
  ])('%s', async (_name, args, says) => {
    const place = await openPlace();
    const out = join(place.dir, 'out');
    const shows = args[0] === 'show' || args[0] === 'print';
    const { code, stdout, stderr } = await place.run(['config', ...(shows ? [] : ['--out', out]), ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^redisha: [^\n]+\nhint: [^\n]+\n$/);
    expect(existsSync(out)).toBe(false);
  });
});
