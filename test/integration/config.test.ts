/** `redisha config`: what it writes is taken by the real keepalived without a word, and by the real Redis. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROFILE_NAMES } from '../../src/core/blueprint.ts';
import { openPlace, type Place } from '../cli/lib.ts';
import type { Host } from '../lib/host.ts';
import { Keepalived } from '../lib/keepalived.ts';
import { whyNoWorld } from '../lib/namespaces.ts';
import { redisha } from '../lib/program.ts';
import { RedisServer } from '../lib/redis.ts';
import { waitFor } from '../lib/wait.ts';
import { World } from '../lib/world.ts';

const STUB = '/usr/local/bin/redisha-stub';
const CALLS = '/run/calls';
const PAIRS = [
  ['IPv4', '10.0.0.100/24', '10.0.0.1', '10.0.0.2'],
  ['IPv6', 'fd00::100/64', 'fd00::1', 'fd00::2'],
] as const;
const [[, VIP, A, B]] = PAIRS;
const FACTS = ['--vip', VIP, '--nodes', `${A},${B}`, '--interface', 'eth0'];
/** Anything that keepalived says when it does not like something, and its one piece of unasked advice. */
const DISLIKE =
  /warn|notice|unknown|ignor|disab|clearing|not exist|unsafe|truncat|invalid|cannot|error|missing|unable|fail/i;

interface Printed {
  readonly files: readonly { node: number; name: string; content: string }[];
  readonly notes: readonly string[];
}

const generated = async (args: readonly string[]): Promise<Printed> => {
  const { code, stdout, stderr } = await redisha(['config', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Printed;
};

const fileOf = ({ files }: Printed, node: number, name: RegExp): string =>
  files.find((file) => file.node === node && name.test(file.name))?.content ?? '';

describe.runIf((await whyNoWorld()) === undefined)('the real parts', () => {
  let world: World;
  let host: Host;

  const put = (path: string, content: string, mode = 0o644): void => {
    const file = host.file(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };

  beforeAll(async () => {
    world = await World.create();
    host = await world.addHost('a', A, 'eth0');
    await host.run(['sh', '-c', 'echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6']);
    await host.run(['sh', '-c', 'echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6']);
    await host.ip(['link set eth0 down', 'link set eth0 up', 'address add fd00::1/64 dev eth0 nodad']);
    await waitFor(
      'a link-local address that may be used',
      { deadlineMs: 10_000 },
      async () => (await host.run(['ip', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link'])).stdout,
      (seen) => seen.includes('fe80::') && !seen.includes('tentative'),
    );
    put(STUB, `#!/bin/sh\necho "$*" >>${CALLS}\n`, 0o755);
  });

  afterAll(() => world.close());

  describe.each(PROFILE_NAMES)('profile %s', (profile) => {
    test.each(
      PAIRS.flatMap(([family, vip, ...nodes]) =>
        [[], ['--unicast']].map(
          (cast) => [family, cast.length === 0 ? 'multicast' : 'unicast', vip, nodes, cast] as const,
        ),
      ),
    )('%s, %s: keepalived -t has nothing to say', async (_family, _cast, vip, nodes, cast) => {
      const facts = ['--vip', vip, '--nodes', nodes.join(','), '--interface', 'eth0', '--script-user', 'root'];
      const made = await generated([...facts, ...cast, '--profile', profile, '--executable', STUB]);
      for (const node of [1, 2]) {
        put('/etc/keepalived/test.conf', fileOf(made, node, /keepalived/));
        const { code, stdout, stderr } = await host.run(['keepalived', '-t', '-f', '/etc/keepalived/test.conf']);
        expect({ code, stdout, stderr }, `node ${node}`).toEqual({ code: 0, stdout: '', stderr: '' });
      }
    });

    test('it starts without a complaint, and calls redisha with every word', async () => {
      const facts = ['--script-user', 'root', '--profile', profile, '--executable', STUB];
      const keepalived = new Keepalived(host, fileOf(await generated([...FACTS, ...facts]), 1, /keepalived/));
      put(CALLS, '');
      const calls = (): string => readFileSync(host.file(CALLS), 'utf8');
      await keepalived.start();
      await waitFor('its master', { deadlineMs: 20_000 }, calls, (seen) => /^master/m.test(seen));
      await keepalived.stop();
      expect(keepalived.log.split('\n').filter((line) => DISLIKE.test(line))).toEqual([]);
      const words = `127.0.0.1 ${B} 6379`;
      const held = { article: '', balanced: '--hold 1.7s ', fast: '--hold 4.7s ' }[profile];
      const said = new Set(calls().trim().split('\n'));
      for (const line of [`check ${held}127.0.0.1 6379`, `backup ${words}`, `master ${words}`, `stop ${words}`]) {
        expect(said).toContain(line);
      }
      expect(said.size).toBe(4);
    });
  });

  test('two ports and a password: keepalived -t has nothing to say', async () => {
    const place = await openPlace();
    writeFileSync(join(place.dir, 'pass'), 'sesame\n');
    const made = await generated([
      '--vip=10.0.0.100,10.0.0.101',
      '--port=6379,6380',
      `--nodes=${A},${B}`,
      '--interface=eth0',
      '--profile=article',
      `--auth-pass-file=${join(place.dir, 'pass')}`,
      '--script-user=root',
      '--executable',
      STUB,
    ]);
    put('/etc/keepalived/test.conf', fileOf(made, 1, /keepalived/));
    const { code, stdout, stderr } = await host.run(['keepalived', '-t', '-f', '/etc/keepalived/test.conf']);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('Redis takes its part, and comes up read-only', async () => {
    put('/etc/redis/redis-pair-6379.conf', fileOf(await generated(FACTS), 1, /^redis-pair/));
    const server = new RedisServer(host, { port: 6379, lines: ['include /etc/redis/redis-pair-6379.conf'] });
    await server.start();
    expect(await server.view()).toMatchObject({ role: 'slave', masterHost: B });
    expect(await server.ask('CONFIG', 'GET', 'repl-backlog-size')).toEqual([
      'repl-backlog-size',
      String(64 * 1024 ** 2),
    ]);
    expect(String(await server.ask('SET', 'key', 'value'))).toMatch(/READONLY/);
    await server.kill();
  });
});

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
    for (const { node, name, content } of files) {
      const path = join(place.dir, 'out', `node${node}`, name);
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect(statSync(path).mode & 0o777).toBe(0o644);
    }
  });

  test('again: unchanged; differing: all or nothing, the difference shown without a secret', async () => {
    const place = await openPlace();
    await write(place);
    expect((await write(place)).stdout.match(/^unchanged: /gm)).toHaveLength(6);
    const path = join(place.dir, 'out/node1/keepalived.conf');
    const edited = `${readFileSync(path, 'utf8').replace('priority 150', 'priority 151')}auth_pass sesame\n`;
    writeFileSync(path, edited);

    const refused = await write(place, '--profile', 'fast');
    expect(refused.code).toBe(4);
    expect(refused.stdout).toMatch(/^-.*priority 151\n(?:[-+].*\n)*\+.*priority 150$/m);
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
    expect(forced.stdout).toMatch(/^-.*priority 151$/m);
    expect(readFileSync(path, 'utf8')).toContain('profile fast');
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
    expect(stdout).toContain('redisha check --hold 1.7s 10.0.0.1 6379"');
    expect(stdout).toContain('sets requirepass and no masterauth');
    expect(stdout).toContain(`redis_conf = "${conf}"`);
    expect(stderr).toContain(`note: ${conf} has port 7000, and --port is 6379\n`);
    expect(stdout + stderr).not.toContain('sesame');
  });
});

describe('what cannot be right: one line, exit 2, nothing written', () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    ['nothing at all', [], /config needs --vip ADDRESS and --nodes A,B/],
    ['no nodes', ['--vip', VIP], /config needs --vip ADDRESS and --nodes A,B/],
    ['a word that is none', ['print'], /config takes the word show or none, not "print"/],
    ['show with what is for generating', ['show', '--vip', VIP], /config show takes no --vip/],
    ['an address that is none', [...FACTS, '--vip', '10.0.0.256'], /--vip needs the IP address .* "10\.0\.0\.256"/],
    ['a length that is none', [...FACTS, '--vip', '10.0.0.100/33'], /\/33 is no length of an IPv4 prefix/],
    ['a group of hosts', [...FACTS, '--vip', '224.0.0.18'], /--vip needs the IP address of a host/],
    ['one node', [...FACTS, '--nodes', A], /--nodes needs two addresses/],
    ['three nodes', [...FACTS, '--nodes', `${A},${B},10.0.0.3`], /--nodes needs two addresses/],
    ['a node by name', [...FACTS, '--nodes', `${A},b`], /--nodes needs the IP address of a host, not "b"/],
    ['equal nodes', [...FACTS, '--nodes', `${A},${A}`], /--nodes names 10\.0\.0\.1 twice/],
    ['equal nodes, spelled apart', [...FACTS, '--nodes', 'fd00::1,FD00:0::1'], /--nodes names fd00::1 twice/],
    ['nodes of two kinds', [...FACTS, '--nodes', `${A},fd00::2`], /two addresses of one kind/],
    ['a node as virtual address', [...FACTS, '--vip', B], /10\.0\.0\.2 is a node's/],
    ['a port that is none', [...FACTS, '--port', '0'], /PORT must be a number from 1 to 65535, not "0"/],
    ['two ports, one address', [...FACTS, '--port', '6379,6380'], /every port needs a virtual address of its own/],
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
    ['two kinds with --unicast', [...FACTS, '--unicast', '--vip', 'fd00::100'], /with --unicast/],
  ])('%s', async (_name, args, says) => {
    const place = await openPlace();
    const out = join(place.dir, 'out');
    const shows = args[0] === 'show' || args[0] === 'print';
    const { code, stdout, stderr } = await place.run(['config', ...args, ...(shows ? [] : ['--out', out])]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^redisha: [^\n]+\nhint: [^\n]+\n$/);
    expect(existsSync(out)).toBe(false);
  });
});
