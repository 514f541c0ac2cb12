/** What `redisha config` writes is taken by the real keepalived without a word, and by the real Redis. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROFILE_NAMES } from '../../src/core/blueprint.ts';
import { openPlace } from '../cli/lib.ts';
import type { Host } from '../lib/host.ts';
import { Keepalived } from '../lib/keepalived.ts';
import { whyNoWorld } from '../lib/namespaces.ts';
import { RedisServer } from '../lib/redis.ts';
import { waitFor } from '../lib/wait.ts';
import { World } from '../lib/world.ts';
import { A, B, FACTS, PAIRS, fileOf, generated } from './lib/printed.ts';

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
const TELLS_FIT = 'while [ $# -gt 1 ]; do [ "$1" != --track-file ] || echo 0 >"$2"; shift; done\n';
/** Anything that keepalived says when it does not like something, and its one piece of unasked advice. */
const DISLIKE =
  /warn|notice|unknown|ignor|disab|clearing|not exist|unsafe|truncat|invalid|cannot|error|missing|unable|fail/i;

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
    put(STUB, `#!/bin/sh\necho "$*" >>${CALLS}\n${TELLS_FIT}`, 0o755);
  });

  afterAll(() => world.close());

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
      const isHeld = profile !== 'article';
      const held = isHeld ? '--respawn --hold 3580s --track-file /run/redisha/6379-unfit ' : '';
      // Where the first check tells by the file, keepalived is in FAULT until then.
      const commands = ['backup', 'master', 'stop', ...(isHeld ? ['fault'] : [])];
      expect(new Set(calls().trim().split('\n'))).toEqual(
        new Set([`check ${held}127.0.0.1 6379`, ...commands.map((command) => `${command} ${words}`)]),
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
