/** What `redisha config` writes is taken by every real keepalived without a word, and by the real Redis. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROFILE_NAMES } from '../../src/core/blueprint.ts';
import { foundKeepalived, whyNotSigned } from '../../src/keepalived/version.ts';
import { openPlace } from '../cli/lib.ts';
import type { Host } from '../lib/host.ts';
import { everyKeepalived, Keepalived } from '../lib/keepalived.ts';
import { whyNoWorld } from '../lib/namespaces.ts';
import { programArgv } from '../lib/program.ts';
import { RedisServer } from '../lib/redis.ts';
import { waitFor } from '../lib/wait.ts';
import { World } from '../lib/world.ts';
import { A, B, FACTS, PAIRS, type Printed, fileOf, generated } from './lib/printed.ts';

/** The virtual address with its last digit counted up. */
const next = (vip: string, by: number): string => vip.replace(/0(?=\/)/, String(by));

const LAYOUTS: readonly { readonly name: string; readonly args: (vip: string) => readonly string[] }[] = [
  { name: 'one port', args: (vip) => ['--vip', vip] },
  { name: 'two ports behind one address', args: (vip) => ['--vip', vip, '--port', '6379,6380'] },
  { name: 'two ports apart', args: (vip) => ['--vip', `${vip},${next(vip, 1)}`, '--port', '6379,6380'] },
  {
    name: 'two ports in a sync group',
    args: (vip) => ['--vip', `${vip},${next(vip, 1)}`, '--port', '6379,6380', '--sync-group'],
  },
  { name: 'an address for reading', args: (vip) => ['--vip', vip, '--read-vip', next(vip, 2)] },
  {
    name: 'all of it',
    args: (vip) => [
      '--vip',
      `${vip},${next(vip, 1)}`,
      '--port',
      '6379,6380',
      '--sync-group',
      '--read-vip',
      next(vip, 2),
      '--min-replicas',
    ],
  },
];

const STUB = '/usr/local/bin/redisha-stub';
const CALLS = '/run/calls';
const OPTIONS = '/etc/keepalived/keepalived.config-opts';
/**
 * As the resident: some time after the start it has keepalived told that this node is fit, and it reads the FIFO for as long
 * as keepalived has it open.
 */
const WATCHES = `if [ "$1" = watch ]; then
  until grep -q ^fault ${CALLS}; do sleep 0.05; done
  echo 0 >/run/redisha/6379-unfit
  shift 4
  exec cat "$1" >/dev/null
fi
`;
/** Anything that keepalived says when it does not like something, and its one piece of unasked advice. */
const DISLIKE =
  /warn|notice|unknown|ignor|disab|clearing|not exist|unsafe|truncat|invalid|cannot|error|missing|unable|fail/i;

const { here, missing } = everyKeepalived();

/** What docs/operations.md has an operator do on a host where nothing has made the directory of the checks since its boot. */
const makeDirectory = (): string => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const line = /`(install -d [^`]*\/run\/redisha)`/.exec(page)?.[1];
  if (line === undefined) throw new Error('docs/operations.md does not say how to make /run/redisha');
  return line.replace('-o keepalived_script', '-o root');
};

/** A line for each keepalived that ends with another code than 0, or has something to say about a file but for `$1`. */
const TRY_ALL = `
said=/run/said
may=$1
shift
for program in "$@"; do
  for file in /etc/keepalived/test-*.conf; do
    "$program" -t -f "$file" >$said 2>&1 || echo "$program ends with $?"
    grep -v "$may" $said | sed "s|^|$program says |"
  done
done`;

/** 2.1.5 says this of every IPv6 address that it sends to a multicast group, and works. Newer ones say it in no test. */
const LINK_LOCAL = 'the first IPv6 VIP address must be link local$';

describe.runIf((await whyNoWorld()) === undefined)('the real parts', () => {
  let world: World;
  let host: Host;

  const put = (path: string, content: string, mode = 0o644): void => {
    const file = host.file(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };

  /** What any keepalived has against the keepalived.conf of the nodes, where the directory of the checks is there. */
  const complaints = async (made: Printed, ...nodes: readonly number[]): Promise<string> => {
    mkdirSync(host.file('/run/redisha'), { recursive: true });
    for (const node of [1, 2]) rmSync(host.file(`/etc/keepalived/test-${node}.conf`), { force: true });
    for (const node of nodes) put(`/etc/keepalived/test-${node}.conf`, fileOf(made, node, /keepalived/));
    const programs = here.map(({ path }) => path);
    const done = await host.run(['sh', '-c', TRY_ALL, 'sh', LINK_LOCAL, ...programs], { timeoutMs: 30_000 });
    return done.stdout + done.stderr;
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
    put(STUB, `#!/bin/sh\necho "$*" >>${CALLS}\n${WATCHES}`, 0o755);
  });

  afterAll(() => world.close());

  test.each(here)(
    'config asks $title for its version, which Debian’s 2.3 does not tell without a file',
    async ({ path }) => {
      const asked = async (): Promise<string> => {
        const words = programArgv(['config', ...FACTS]);
        return (await host.run(words, { env: { PATH: `${dirname(path)}:${process.env['PATH'] ?? ''}` } })).stderr;
      };
      const without = await asked();
      put(OPTIONS, '');
      const withFile = await asked();
      rmSync(host.file(OPTIONS));
      const { stderr } = await host.run([path, '--version']);
      const version = /: this host has 2\.\d+\.\d+$/m;
      expect(withFile).toMatch(version);
      expect(version.test(without)).toBe(stderr.includes('Keepalived v'));
      expect(
        /^note: keepalived does not run on this host: .*: touch \/etc\/keepalived\/keepalived.config-opts/m.test(
          without,
        ),
      ).toBe(!stderr.includes('Keepalived v'));
    },
  );

  test('keepalived -t has nothing to say on a host that has just booted, once the directory is made', async () => {
    put(OPTIONS, '');
    expect((await host.run(['ls', '/run/redisha'])).code).not.toBe(0);
    expect(await host.run(['sh', '-c', makeDirectory()])).toMatchObject({ code: 0, stderr: '' });
    expect((await host.run(['stat', '-c', '%a %U', '/run/redisha'])).stdout).toBe('755 root\n');
    const facts = ['--script-user', 'root', '--executable', STUB];
    expect(await complaints(await generated([...FACTS, ...facts]), 1)).toBe('');
  });

  describe.each(PROFILE_NAMES)('profile %s', (profile) => {
    test.each(
      PAIRS.flatMap(([family, vip, ...nodes]) =>
        [[], ['--unicast']].flatMap((cast) =>
          LAYOUTS.map((layout) => [family, cast.join(''), layout.name, vip, nodes, cast, layout] as const),
        ),
      ),
    )('%s %s, %s: keepalived -t has nothing to say', async (_family, _cast, _name, vip, nodes, cast, layout) => {
      const facts = ['--nodes', nodes.join(','), '--interface', 'eth0', '--script-user', 'root', '--executable', STUB];
      const made = await generated([...facts, ...cast, '--profile', profile, ...layout.args(vip)]);
      expect(await complaints(made, 1, 2)).toBe('');
    });

    test.each(here)('$title starts without a complaint, and calls redisha with every word', async ({ path }) => {
      rmSync(host.file('/run/redisha'), { recursive: true, force: true });
      const facts = ['--script-user', 'root', '--profile', profile, '--executable', STUB];
      const keepalived = new Keepalived(host, fileOf(await generated([...FACTS, ...facts]), 1, /keepalived/), path);
      put(CALLS, '');
      const calls = (): string => readFileSync(host.file(CALLS), 'utf8');
      await keepalived.start();
      await waitFor('its master', { deadlineMs: 20_000 }, calls, (seen) => /^master/m.test(seen));
      await keepalived.stop();
      expect(keepalived.log.split('\n').filter((line) => DISLIKE.test(line))).toEqual([]);
      const words = `127.0.0.1 ${B} 6379`;
      const isWatched = profile !== 'article';
      const looks = isWatched
        ? `watch ${words.replace(/6379$/, 'redis_6379=6379')} /run/redisha/fifo`
        : 'check 127.0.0.1 6379';
      // Where the resident tells by the file, keepalived is in FAULT until then.
      const commands = ['backup', 'master', 'stop', ...(isWatched ? ['fault'] : [])];
      expect(new Set(calls().trim().split('\n'))).toEqual(
        new Set([looks, ...commands.map((command) => `${command} ${words}`)]),
      );
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
    expect(await complaints(made, 1)).toBe('');
  });

  test.each(here)(
    '$title: signed adverts are for 2.4.3 and newer, and an older one refuses the file',
    async ({ path }) => {
      const key = '/etc/keepalived/pair.key';
      put(key, `hex:${'5e5a'.repeat(16)}\n`, 0o600);
      mkdirSync(host.file('/run/redisha'), { recursive: true });
      const facts = ['--script-user', 'root', '--executable', STUB, '--unicast', '--auth-hmac-key-file', key];
      const made = await generated([...FACTS, ...facts]);
      put('/etc/keepalived/signed.conf', fileOf(made, 1, /keepalived/));
      const { code, stdout, stderr } = await host.run([path, '-t', '-f', '/etc/keepalived/signed.conf']);
      const signs = whyNotSigned(foundKeepalived((await host.run([path, '--version'])).stderr)) === undefined;
      expect(code === 0).toBe(signs);
      expect(`${stdout}${stderr}`.includes("Unknown keyword 'auth_hmac'")).toBe(!signs);
    },
  );

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

  test.skipIf(missing.length > 0).each(missing)('$title: $missing', ({ missing: why }) => {
    expect(why).toBeUndefined();
  });
});
