/** What `redisha config` reads on this host, and what it says will not go well there with the files. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPlace } from '../cli/lib.ts';
import { FACTS, fileOf, generated } from './lib/printed.ts';

describe('the redis.conf that is there', () => {
  test('tells where Redis listens and what needs a password, and no secret gets out', async () => {
    const place = await openPlace();
    const conf = join(place.dir, 'redis.conf');
    writeFileSync(conf, 'bind 10.0.0.1\nrequirepass sesame\nport 7000\n');
    const { code, stdout, stderr } = await place.run(['config', ...FACTS, '--redis-conf', conf]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/redisha watch 10\.0\.0\.1 \S+ redis_6379=6379"/);
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
      /"bind 127\.0\.0\.1 ::1", and Redis does not listen on \S+ or \S+, where the other .* on 10\.0\.0\.100, where clients connect; the part .* over it: bind 0\.0\.0\.0$/m,
    ],
    [
      'bind 10.0.0.1 127.0.0.1',
      0o644,
      /and Redis does not listen on 10\.0\.0\.100, where clients connect; the part for redis.conf says over it: bind/,
    ],
    ['bind 10.0.0.5', 0o644, /does not listen on 10\.0\.0\.1 or 10\.0\.0\.2, where the other .* on 10\.0\.0\.100/],
    ['bind ::', 0o644, /"bind ::", and Redis does not listen on 10\.0\.0\.1 or 10\.0\.0\.2/],
    ['bind 10.0.0.1 10.0.0.100', 0o644, /has 10\.0\.0\.100 in bind: .* without that address does not start/],
    [
      'port 0\nunixsocket /run/redis.sock',
      0o644,
      /has port 0, so that nobody can connect from another host: port 6379/,
    ],
    ['bind * -::*', 0o644, /sets no password, and then Redis refuses other hosts, .* set requirepass and masterauth/],
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
