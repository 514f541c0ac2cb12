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
    const secrets = 'auth_pass sesame\n#masterauth sesame\nMASTERAUTH sesame\nuser redisha on >sesame\n';
    const edited = `${readFileSync(path, 'utf8').replace('priority 200', 'priority 201')}${secrets}`;
    writeFileSync(path, edited);

    const refused = await write(place, '--profile', 'fast');
    expect(refused.code).toBe(4);
    expect(refused.stdout).toMatch(/^-.*priority 201\n(?:[-+].*\n)*\+.*priority 200$/m);
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
    expect(forced.stdout).toMatch(/^-.*priority 201$/m);
    expect(readFileSync(path, 'utf8')).toContain('profile fast');
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

describe('the redis.conf that is there', () => {
  test('tells where Redis listens and what needs a password, and no secret gets out', async () => {
    const place = await openPlace();
    const conf = join(place.dir, 'redis.conf');
    writeFileSync(conf, 'bind 10.0.0.1\nrequirepass sesame\nport 7000\n');
    const { code, stdout, stderr } = await place.run(['config', ...FACTS, '--redis-conf', conf]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'redisha check --respawn --hold 3580s --track-file /run/redisha/6379-unfit 10.0.0.1 6379"',
    );
    expect(stdout).toContain('sets requirepass and no masterauth');
    expect(stdout).toContain(`redis_conf = "${conf}"`);
    expect(stderr).toContain(`note: ${conf} has port 7000, and the files are for 6379: --port\n`);
    expect(stderr).toContain(`note: ${conf} sets requirepass and no masterauth`);
    expect(stdout + stderr).not.toContain('sesame');
  });
});

test('nodes with IPv6 reach their own Redis by IPv6, which a bind of :: alone leaves them', async () => {
  const made = await generated(['--vip=fd00::100', '--nodes=fd00::1,fd00::2', '--interface=eth0']);
  expect(fileOf(made, 1, /keepalived/)).toContain('/usr/local/bin/redisha master ::1 fd00::2 6379"');
  expect(fileOf(made, 1, /toml/)).toContain('local = "::1"');
});

describe('what will not go well on this host is said', () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    ['no such user', ['--script-user', 'nobody-knows'], /^note: there is no user nobody-knows on this host yet/m],
    ['a user that nobody named', [], /^note: the scripts run as [^:]+ on both nodes: --script-user/m],
    ['a directory for a program', ['--executable', '/usr/bin'], /^note: there is no program \/usr\/bin on this host/m],
    ['which keepalived', [], /^note: the profile balanced needs keepalived 2\.1 or newer on both hosts/m],
  ])('%s', async (_name, args, says) => {
    const place = await openPlace();
    const { code, stderr } = await place.run(['config', ...FACTS, ...args]);
    expect(code).toBe(0);
    expect(stderr).toMatch(says);
  });

  test('the host is a node, and has no such interface, or one in another network', async () => {
    const place = await openPlace();
    const nodes = ['--vip', '127.200.0.9', '--nodes', '127.0.0.1,127.0.0.2'];
    const asked = (name: string) => place.run(['config', ...nodes, '--interface', name]);
    expect((await asked('no-such0')).stderr).toMatch(/^note: this host has no interface no-such0 with an address/m);
    expect((await asked('lo')).stderr).not.toContain('is in no network');
  });

  test('a program where others than root can replace it', async () => {
    const place = await openPlace();
    const executable = join(place.dir, 'redisha');
    writeFileSync(executable, '', { mode: 0o755 });
    chmodSync(executable, 0o777);
    const { stderr } = await place.run(['config', ...FACTS, '--executable', executable]);
    expect(stderr).toMatch(/^note: keepalived with enable_script_security would disable .*\/redisha .* root \(ch/m);
  });

  test('an address for reading, and no IPVS', async () => {
    const place = await openPlace();
    const { stderr } = await place.run(['config', ...FACTS, '--read-vip', '10.0.0.102']);
    const hasIpvs = existsSync('/proc/net/ip_vs') || existsSync('/sys/module/ip_vs');
    expect(/^note: this host has no IPVS, .*: modprobe ip_vs/m.test(stderr)).toBe(!hasIpvs);
    expect((await place.run(['config', ...FACTS])).stderr).not.toContain('IPVS');
  });

  test.each<readonly [string, number, RegExp]>([
    [
      'bind 127.0.0.1 -::1',
      0o644,
      /"bind 127\.0\.0\.1 ::1", and Redis does not listen on \S+ or \S+, where the other .* on 10\.0\.0\.100, where clients connect: bind 0\.0\.0\.0$/m,
    ],
    ['bind 10.0.0.1 127.0.0.1', 0o644, /and Redis does not listen on 10\.0\.0\.100, where clients connect: bind/],
    ['bind 10.0.0.5', 0o644, /does not listen on 10\.0\.0\.1 or 10\.0\.0\.2, where the other .* on 10\.0\.0\.100/],
    ['bind ::', 0o644, /"bind ::", and Redis does not listen on 10\.0\.0\.1 or 10\.0\.0\.2/],
    ['bind 10.0.0.1 10.0.0.100', 0o644, /has 10\.0\.0\.100 in bind: .* without that address does not start/],
    [
      'port 0\nunixsocket /run/redis.sock',
      0o644,
      /has port 0, so that nobody can connect from another host: port 6379/,
    ],
    ['maxclients 10', 0o600, /^note: redisha reads \S+redis\.conf as nobody, .*setpriv --reuid nobody/m],
  ])('redis.conf: %s, mode %o', async (line, mode, says) => {
    const place = await openPlace();
    const conf = join(place.dir, 'redis.conf');
    writeFileSync(conf, `${line}\n`);
    chmodSync(conf, mode);
    const { code, stderr } = await place.run(['config', ...FACTS, '--redis-conf', conf, '--script-user', 'nobody']);
    expect(code).toBe(0);
    expect(stderr).toMatch(says);
  });
});

describe('what cannot be right: one line, exit 2, nothing written', () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    ['nothing at all', [], /config needs --vip ADDRESS and --nodes A,B/],
    ['no nodes', ['--vip', VIP], /config needs --vip ADDRESS and --nodes A,B/],
    ['a word that is none', ['print'], /config takes the word show or none, not "print"/],
    ['show with what is for generating', ['show', '--vip', VIP], /config show takes no --vip/],
    ['an address that is none', [...FACTS, '--vip', '10.0.0.256'], /--vip needs an IP address .* "10\.0\.0\.256"/],
    ['a length that is none', [...FACTS, '--vip', '10.0.0.100/33'], /\/33 is no length of an IPv4 prefix/],
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
    ['reading by another kind', [...FACTS, '--read-vip', 'fd00::5'], /have to be of one kind/],
    ['one address twice', [...FACTS, '--port', '1,2', '--vip', `${VIP},${VIP}`], /--vip names 10\.0\.0\.100 twice/],
    ['a router id that is none', [...FACTS, '--router-id', '256'], /numbers from 1 to 255, not "256"/],
    ['a profile that is none', [...FACTS, '--profile', 'slow'], /one of balanced, article, fast, not "slow"/],
    ['a node number that is none', [...FACTS, '--node', '3'], /--node needs 1, 2 or both, not "3"/],
    ['an interface that is none', [...FACTS, '--interface', 'eth0 up'], /--interface needs the name/],
    [
      'an interface that nobody knows',
      ['--vip', VIP, '--nodes', '203.0.113.1,203.0.113.2'],
      /no interface of this host/,
    ],
    ['a user that would be an option', [...FACTS, '--script-user', 'root wheel'], /--script-user needs the name/],
    ['a path with a blank', [...FACTS, '--executable', '/opt/my redisha'], /--executable needs an absolute path/],
    ['a password where there is none', [...FACTS, '--auth-pass-file', '/x'], /for the profile article with IPv4 alone/],
    ['no such file', [...FACTS, '--profile', 'article', '--auth-pass-file', '/x'], /cannot read \/x: ENOENT/],
    ['no such redis.conf', [...FACTS, '--redis-conf', '/x'], /--redis-conf: cannot read \/x: ENOENT/],
    ['a directory without a name', [...FACTS, '--out', ''], /--out needs the name of a directory/],
    ['an option of redisha.toml', [...FACTS, '-o', 'port=7000'], /config takes no --option: .* --port .*"config show"/],
    ['a redisha.toml', [...FACTS, '--config', '/x'], /config takes no --config: .* is for "config show"/],
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
