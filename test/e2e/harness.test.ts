/** The tests' own promise: nothing outlives a test, however it ends, and two of them do not meet. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { whyNoWorld } from '../lib/namespaces.ts';
import { Running } from '../lib/process.ts';
import { RedisServer } from '../lib/redis.ts';
import { waitFor } from '../lib/wait.ts';
import { World } from '../lib/world.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/harness/hold-a-world.ts', import.meta.url));

/** A process that nobody has reaped yet runs no more. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe.runIf((await whyNoWorld(['redis-server'])) === undefined)('the harness', () => {
  test('a killed test takes its world with it, a frozen Redis included', async () => {
    const child = new Running([process.execPath, PROGRAM]);
    const line = await child.said('its processes', 20_000, (text) => text.startsWith('world '));
    const pids = [...line.text.matchAll(/\d+/g)].map(Number);
    expect(pids.map(runs)).toEqual([true, true]);
    await child.stop('SIGKILL');
    const look = () => pids.filter(runs);
    await waitFor('the end of the world', { deadlineMs: 10_000 }, look, (left) => left.length === 0);
  });

  test('two worlds use the same addresses and ports and share nothing', async () => {
    const worlds = await Promise.all([World.create(), World.create()]);
    try {
      const hosts = await Promise.all(worlds.map((world) => world.addHost('a', '192.168.72.11', 'eno16777736')));
      const [one, other] = hosts.map((host) => new RedisServer(host));
      await Promise.all([one?.start(), other?.start()]);
      await one?.ask('SET', 'key', 'one');
      expect(await other?.ask('GET', 'key')).toBeNull();
    } finally {
      await Promise.all(worlds.map((world) => world.close()));
    }
  });

  test('a host that lost its power keeps its disk, and nothing else', async () => {
    const world = await World.create();
    try {
      const host = await world.addHost('a', '192.168.72.11', 'eno16777736');
      await host.run(['sh', '-c', 'echo kept >/var/lib/redisha/file; echo gone >/run/file']);
      const sleeper = await host.spawn(['sleep', 'infinity']);
      await host.kill();
      expect([host.up, sleeper.over]).toEqual([false, true]);
      await host.boot();
      const found = await host.run(['sh', '-c', 'cat /var/lib/redisha/file /run/file']);
      expect(found.stdout).toBe('kept\n');
      expect(host.owns('192.168.72.11')).toBe(true);
    } finally {
      await world.close();
    }
  });
});
