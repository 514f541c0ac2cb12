/** "Going live" in docs/operations.md on Debian's own redis.conf: by the commands that `redisha config` prints, and nothing else. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Host } from '../lib/host.ts';
import { redisha } from '../lib/implementation.ts';
import { Keepalived } from '../lib/keepalived.ts';
import { TempDir } from '../lib/loopback.ts';
import { A, ADDRESS, B, DEVICE } from '../lib/pair.ts';
import { waitFor } from '../lib/wait.ts';
import { World } from '../lib/world.ts';
import { hostsPossible } from './on-a-pair.ts';

const CONF = '/etc/redis/redis.conf';
/** Where this machine has no redis.conf of Debian's: what of it matters here. */
const LIKE_DEBIAN = 'bind 127.0.0.1 -::1\nprotected-mode yes\nport 6379\ndir /var/lib/redis\n';
/** As install.sh puts it in place. */
const PROGRAM = '/usr/local/bin/redisha';
const PASSWORD = '/etc/redisha/password';

const sh = async (host: Host, line: string) => {
  const done = await host.run(['sh', '-c', line], { timeoutMs: 20_000 });
  expect({ line, code: done.code }, done.stderr).toEqual({ line, code: 0 });
  return done;
};

/** A host with a Redis as the package brings it, and with redisha. */
const bootHost = async (world: World, name: string, address: string): Promise<Host> => {
  const host = await world.addHost(name, address, DEVICE);
  await redisha.install(host);
  const packaged = existsSync(CONF) ? readFileSync(CONF, 'utf8') : LIKE_DEBIAN;
  mkdirSync(host.file('/etc/redis'), { recursive: true });
  writeFileSync(host.file(CONF), packaged);
  return host;
};

const startRedis = (host: Host) =>
  host.spawn(['redis-server', CONF, '--daemonize', 'no', '--supervised', 'no', '--logfile', '']);

/** The commands of the node, as they are printed. Nothing is copied between two hosts that share a disk. */
const commandsOn = (printed: string, address: string): readonly string[] =>
  (printed.split(`As root on ${address}`)[1] ?? '')
    .split('\n\n')[0]
    ?.split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('scp ')) ?? [];

describe.runIf(hostsPossible)('a new pair, of which one Redis has data', () => {
  test('goes live by the commands that config prints', async () => {
    const world = await World.create();
    onTestFinished(() => world.close());
    const [a, b] = await Promise.all([bootHost(world, 'a', A), bootHost(world, 'b', B)]);
    const out = await TempDir.create();
    onTestFinished(() => out.remove());
    const before = await startRedis(a);
    await waitFor(
      'redis',
      { deadlineMs: 10_000 },
      () => sh(a, 'redis-cli SET kept 1'),
      () => true,
    );
    const facts = `--vip ${ADDRESS}/24 --nodes ${A},${B} --interface ${DEVICE} --profile fast --script-user root`;
    const files = `--redis-conf ${CONF} --password-file ${PASSWORD} --out ${out.path}`;
    const { stdout, stderr } = await sh(a, `${PROGRAM} config ${facts} ${files}`);
    expect(stderr).toContain('the part for redis.conf says over it: bind 0.0.0.0');
    expect(stderr).toContain('sets no password, and then Redis refuses other hosts');
    for (const [host, address] of [
      [a, A],
      [b, B],
    ] as const) {
      await sh(host, `printf 'requirepass sesame\\nmasterauth sesame\\n' >>${CONF}`);
      await sh(host, `echo sesame | install -m 0600 -o root /dev/stdin ${PASSWORD}`);
      const lines = commandsOn(stdout, address);
      expect(lines).toHaveLength(4);
      for (const line of lines) await sh(host, `cd ${out.path} && ${line}`);
    }
    await startRedis(b);
    await before.stop('SIGTERM', 20_000);
    await startRedis(a);
    for (const host of [a, b]) {
      const text = readFileSync(host.file('/etc/keepalived/keepalived.conf'), 'utf8');
      await new Keepalived(host, text).start();
    }
    const status = (host: Host) => host.run([PROGRAM, 'status'], { timeoutMs: 20_000 });
    for (const host of [a, b]) {
      await waitFor(
        `status of ${host.name}`,
        { deadlineMs: 40_000 },
        () => status(host),
        ({ code }) => code === 0,
      );
      const checked = await host.run([PROGRAM, 'config', 'check'], { timeoutMs: 20_000 });
      expect({ code: checked.code, stderr: checked.stderr }, checked.stdout).toEqual({ code: 0, stderr: '' });
    }
    const client = await world.addHost('client', '192.168.72.50', DEVICE);
    const { stdout: value } = await sh(client, `REDISCLI_AUTH=sesame redis-cli -h ${ADDRESS} GET kept`);
    expect(value).toBe('1\n');
    expect(existsSync(join(out.path, 'node2/keepalived.conf'))).toBe(true);
  });
});
